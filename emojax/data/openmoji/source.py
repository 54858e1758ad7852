"""Finding or downloading OpenMoji's drawings: from a folder, the cache, npm, or the GitHub release.

OpenMoji (openmoji.org, CC BY-SA 4.0, HfG Schwäbisch Gmünd and contributors) is one metadata file and one
SVG for each emoji. The pinned version is recognised by the digest of these files, wherever they come
from.
"""

import hashlib
import json
import re
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from absl import logging

from emojax.core.errors import UserError
from emojax.core.files import cache_dir, publish
from emojax.data import npm
from emojax.data.archive import Limits, unpack
from emojax.data.openmoji.metadata import MAX_METADATA_BYTES, Emoji, read_metadata
from emojax.media.svg import MAX_BYTES

VERSION = "17.0.0"
DIGEST = "ac4872bb8711dd1692549239c6dba76b04b6c083fe057ba975dd768774c5cb23"
NPM_INTEGRITY = "EBnYrNGdcdw+OSXmENeNE1yBNRu6tOraTmoOyUbJkTmvT/+XETp8RZLSJFzD3lrPc5N9CzsyPnRTk0Vp4UaI9w=="
# The release's archive of colour drawings, a few MB; the tag's archive also has all drawings as PNG. The
# metadata is not among the release's files.
SVG_URL = f"https://github.com/hfg-gmuend/openmoji/releases/download/{VERSION}/openmoji-svg-color.zip"
METADATA_URL = f"https://raw.githubusercontent.com/hfg-gmuend/openmoji/{VERSION}/data/openmoji.json"

_NPM_SECONDS = 300
_LIMITS = Limits(members=50_000, member_bytes=MAX_METADATA_BYTES, total_bytes=200_000_000)


@dataclass(frozen=True)
class Source:
    """A set of drawings.

    Attributes:
      metadata: the file openmoji.json.
      svg_dir: the folder of ``<hexcode>.svg``.
      version: OpenMoji's version, or "custom" if the folder does not name one.
      digest: SHA-256 of the metadata and of the drawings that it lists.
    """

    metadata: Path
    svg_dir: Path
    version: str
    digest: str

    def drawing(self, emoji: Emoji) -> Path:
        """The file of an emoji, which may be missing."""
        return self.svg_dir / f"{emoji.hexcode}.svg"


def locate(
    openmoji_dir: Path | None = None,
    *,
    cache: Path | None = None,
    download: Callable[[str], Path] | None = None,
) -> Source:
    """Finds the drawings, and downloads the pinned version if it is not in the cache.

    Args:
      openmoji_dir: a folder to use instead, with any version or other drawings. Its layout is that of the
        npm package and the repository (``data/openmoji.json``, ``color/svg/*.svg``), or flat
        (``openmoji.json`` beside the SVG files).
      cache: for downloads; ``cache_dir() / "openmoji"`` by default.
      download: downloads a URL to a local file, such as ``dl_manager.download`` of tensorflow-datasets.
        Without it npm alone is tried.

    Raises:
      UserError: the folder is unusable, or all downloads failed.
    """
    if openmoji_dir is not None:
        if not Path(openmoji_dir).is_dir():
            raise UserError(f"--openmoji_dir={openmoji_dir}: no such folder")
        return read_folder(Path(openmoji_dir))
    cache = cache or cache_dir() / "openmoji"
    copy = cache / VERSION
    if copy.exists():
        try:
            return _verified(copy)
        except UserError as error:
            logging.warning("%s; removing it and downloading it again", error)
            shutil.rmtree(copy, ignore_errors=True)
    cache.mkdir(parents=True, exist_ok=True)
    problems = []
    for fetch in (_from_npm, lambda directory: _from_release(directory, download)):
        with tempfile.TemporaryDirectory(dir=cache, prefix=".fetch-") as directory:
            try:
                fetched = fetch(Path(directory))
            except UserError as error:
                problems.append(str(error))
                continue
            publish(fetched, copy)
            return _verified(copy)
    raise UserError(
        f"OpenMoji {VERSION} could not be downloaded ({'; '.join(problems)}): download {SVG_URL} and "
        f"{METADATA_URL}, unzip the first into a folder with the second, and pass --openmoji_dir=FOLDER"
    )


def read_folder(folder: Path) -> Source:
    """Checks a folder of drawings and computes its digest.

    Raises:
      UserError: it has another layout than in `locate`, its metadata is unusable, or it has none of the
        drawings that the metadata lists.
    """
    for metadata, svg_dir in (
        (folder / "data" / "openmoji.json", folder / "color" / "svg"),
        (folder / "openmoji.json", folder),
    ):
        if metadata.is_file() and svg_dir.is_dir():
            break
    else:
        raise UserError(
            f"{folder}: is no OpenMoji folder: it has neither data/openmoji.json with color/svg/ nor "
            "openmoji.json beside the SVG files"
        )
    emoji = read_metadata(metadata)
    try:
        lines = [f"openmoji.json {_sha256(metadata)}"]
        for path in (svg_dir / f"{entry.hexcode}.svg" for entry in emoji):
            if path.is_file():
                if path.stat().st_size > MAX_BYTES:
                    raise UserError(f"{path}: is larger than {MAX_BYTES:,} bytes")
                lines.append(f"{path.name} {_sha256(path)}")
    except OSError as error:
        raise UserError(f"{folder}: cannot be read: {error}") from error
    if len(lines) == 1:
        raise UserError(f"{svg_dir}: holds none of the drawings that {metadata} names as <hexcode>.svg")
    digest = hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()
    return Source(metadata, svg_dir, VERSION if digest == DIGEST else _package_version(folder), digest)


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _package_version(folder: Path) -> str:
    try:
        version = json.loads((folder / "package.json").read_bytes())["version"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return "custom"
    return version if isinstance(version, str) and re.fullmatch(r"[\w.+-]{1,40}", version) else "custom"


def _verified(folder: Path) -> Source:
    source = read_folder(folder)
    if source.digest != DIGEST:
        raise UserError(f"{folder}: is not OpenMoji {VERSION}, whole and unaltered")
    return source


def _from_npm(directory: Path) -> Path:
    """Downloads and unpacks the npm package in ``directory``; returns the folder of its contents."""
    tarball = npm.pack(f"openmoji@{VERSION}", directory, integrity=NPM_INTEGRITY, seconds=_NPM_SECONDS)
    unpack(tarball, directory / "unpacked", wanted=_is_wanted, limits=_LIMITS)
    folder = directory / "unpacked" / "package"
    _verified(folder)
    return folder


def _is_wanted(member: str) -> bool:
    return member == "package/data/openmoji.json" or (
        member.startswith("package/color/svg/") and member.endswith(".svg")
    )


def _from_release(directory: Path, download: Callable[[str], Path] | None) -> Path:
    """Downloads the GitHub release; returns the folder of its contents."""
    if download is None:
        raise UserError("no download was allowed")
    try:
        bundle, metadata = Path(download(SVG_URL)), Path(download(METADATA_URL))
    except Exception as error:  # network libraries raise errors of many types
        raise UserError(f"downloading the release failed: {type(error).__name__} {error}") from error
    try:
        unpack(bundle, directory / "unpacked", wanted=lambda member: member.endswith(".svg"), limits=_LIMITS)
        drawing = next(iter((directory / "unpacked").rglob("1F600.svg")), None)
        folder = drawing.parent if drawing else directory / "unpacked"
        shutil.copyfile(metadata, folder / "openmoji.json")
        _verified(folder)
    except UserError as error:
        # tensorflow-datasets caches downloads with their checksums, and would neither download them again
        # nor accept other contents.
        for path in (bundle, metadata):
            path.unlink(missing_ok=True)
            path.with_name(f"{path.name}.INFO").unlink(missing_ok=True)
        raise UserError(f"the downloaded release was removed: {error}") from error
    return folder
