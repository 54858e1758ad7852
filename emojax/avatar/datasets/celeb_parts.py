"""Extracts the parts of many photographed faces and writes a data set per part.

python -m emojax.avatar.datasets.celeb_parts img_align_celeba.zip --out parts
python -m emojax.avatar.datasets.celeb_parts my_photos/ --out parts --weights bisenet.safetensors

Read them with emojax.data.parts.builder.load. An interrupted run can be resumed.
"""

import argparse
import dataclasses
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from emojax import weights
from emojax.avatar.faces.crop import Labeller
from emojax.avatar.faces.parser import FaceParser
from emojax.core.errors import UserError
from emojax.core.extras import importing
from emojax.core.files import replacing
from emojax.core.runtime import OneLineParser, local_path, positive, run_program

with importing(__name__):
    from emojax.avatar.datasets import cutting
    from emojax.data.parts import builder
    from emojax.data.parts import chunks as celeb_parts_chunks
    from emojax.data.parts.source import Attributes, Photos, find_attributes, find_photos, read_attributes

_STAGING: Final = ".celeb_parts"
_SUMMARY: Final = "summary.json"


@dataclasses.dataclass(frozen=True)
class Summary:
    """What a data set was made from, and its counts.

    Attributes:
      made_from: digests of everything that the data set depends on.
      photos: number of photos.
      faces: number of photos with a face.
      skipped: names of the other photos by reason, "unreadable" or "no face".
      parts: number of pictures of each part.
    """

    made_from: dict[str, Any]
    photos: int
    faces: int
    skipped: dict[str, list[str]]
    parts: dict[str, int]

    def __str__(self) -> str:
        lines = [f"{part:<12}{count:>8}" for part, count in self.parts.items()]
        reasons = ", ".join(f"{len(names)} {reason}" for reason, names in self.skipped.items()) or "none"
        return "\n".join([*lines, f"{self.faces} faces on {self.photos} photos; skipped: {reasons}"])


def build(
    photos: Photos,
    out: Path,
    *,
    parser: Labeller,
    single: Labeller,
    parser_digest: str,
    attributes: Attributes | None = None,
    batch_size: int = 16,
) -> Summary:
    """Writes the data sets of all parts to ``out/celeb_parts``, beside a ``summary.json``.

    Photos are processed in chunks, which stay under `out` until all are complete. A run that was interrupted,
    even killed, is resumed after the last complete chunk and writes the same data sets.

    Args:
      photos: of one face each.
      out: a directory, created if missing.
      parser: labels a batch of portraits.
      single: the same net with batch size 1, for the few photos that are labelled again.
      parser_digest: of the parser's weights.
      attributes: of the photos, stored with the parts.
      batch_size: photos per call. Data sets do not depend on it but for the net's rounding.

    Raises:
      UserError: `out` has parts of other photos, weights or attributes, complete or not; or no photo has
        a face.
    """
    made_from = {
        "photos": photos.digest,
        "weights": parser_digest,
        "attributes": attributes and attributes.digest,
        "version": f"{builder.CelebParts.VERSION}/{cutting.CHUNK}",
    }

    def cut(staging: Path) -> list[Path]:
        return cutting.cut_all(photos, staging, parser=parser, single=single, batch_size=batch_size)

    return publish(out, made_from, cut, attributes)


def publish(
    out: Path,
    made_from: dict[str, Any],
    cut: Callable[[Path], list[Path]],
    attributes: Attributes | None = None,
) -> Summary:
    """Writes the data sets of the chunks that `cut` writes, as `build` does.

    Args:
      out: a directory, created if missing.
      made_from: digests of everything that the data sets depend on.
      cut: writes `celeb_parts_chunks` into a folder and skips those that exist.
      attributes: of the faces, stored with the parts.

    Raises:
      UserError: `out` was made from something else, or there is no face.
    """
    target, staging = out / builder.CelebParts.name, out / _STAGING
    if target.exists():
        summary = _summary(target)
        _check_same(target, summary.made_from, made_from)
        shutil.rmtree(staging, ignore_errors=True)
        return summary
    _open_staging(staging, made_from)
    chunks = cut(staging)
    # Prepared elsewhere and renamed at the end, so that `target` is complete whenever it exists.
    unpublished = staging / "tfds"
    shutil.rmtree(unpublished, ignore_errors=True)
    contents = [celeb_parts_chunks.read_summary(chunk) for chunk in chunks]
    skipped: dict[str, list[str]] = {}
    for name, reason in (item for each in contents for item in each.skipped.items()):
        skipped.setdefault(reason, []).append(name)
    photos = sum(each.photos for each in contents)
    faces = photos - sum(map(len, skipped.values()))
    if not faces:
        raise UserError(f"no face on any of the {photos} photos; check them, and --weights")
    counts = builder.prepare(chunks, attributes, unpublished)
    summary = Summary(made_from, photos, faces, dict(sorted(skipped.items())), counts)
    _write_json(unpublished / target.name / _SUMMARY, dataclasses.asdict(summary))
    os.rename(unpublished / target.name, target)
    shutil.rmtree(staging)
    return summary


def _open_staging(staging: Path, made_from: dict[str, Any]) -> None:
    plan = staging / "plan.json"
    if plan.exists():
        _check_same(staging, _read_json(plan), made_from)
    else:
        staging.mkdir(parents=True, exist_ok=True)
        _write_json(plan, made_from)


def _check_same(path: Path, before: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    changed = [name for name in now if before.get(name) != now[name]]
    if changed:
        raise UserError(
            f"{path}: was made from other {' and '.join(changed)}; choose another --out, or delete it"
        )


def _summary(target: Path) -> Summary:
    try:
        return Summary(**_read_json(target / _SUMMARY))
    except TypeError as error:
        raise UserError(f"{target}: was not written by this program; choose another --out") from error


def _read_json(path: Path) -> dict[str, Any]:
    try:
        read = json.loads(path.read_text(encoding="utf-8-sig"))
        if not isinstance(read, dict):
            raise ValueError("no object")
    except (OSError, ValueError, RecursionError) as error:
        raise UserError(f"{path}: cannot be read ({error}); choose another --out") from error
    return read


def _write_json(path: Path, value: Any) -> None:
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(value, indent=1) + "\n", encoding="utf-8")


def main(argv: list[str] | None = None) -> None:
    """Parses flags and does what they say.

    Raises:
      UserError: a flag or a file is wrong.
    """
    flags = OneLineParser(
        prog="python -m emojax.avatar.datasets.celeb_parts",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    flags.add_argument(
        "photos", type=local_path, help="a folder or a zip of photos, such as img_align_celeba.zip"
    )
    flags.add_argument("--out", type=local_path, required=True, metavar="DIR", help="where the data sets go")
    flags.add_argument(
        "--weights", type=local_path, metavar="FILE", help="another face parser than the installed"
    )
    flags.add_argument(
        "--attributes",
        type=local_path,
        metavar="FILE",
        help="list_attr_celeba.txt or .csv, if not beside the photos",
    )
    flags.add_argument("--batch", type=positive, default=16, metavar="N", help="photos at a time (16)")
    flags.add_argument("--limit", type=positive, metavar="N", help="only the first so many photos")
    args = flags.parse_args(argv)
    photos = find_photos(args.photos, limit=args.limit)
    table = args.attributes or find_attributes(args.photos)
    attributes = read_attributes(table, photos.names) if table else None
    path = args.weights or weights.shipped("bisenet")
    parser = FaceParser.load(path, batch_size=args.batch)
    try:
        args.out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"--out {args.out}: cannot be a folder ({error.strerror}); choose another") from error
    summary = build(
        photos,
        args.out,
        parser=parser,
        single=dataclasses.replace(parser, batch_size=1),
        parser_digest=hashlib.sha256(path.read_bytes()).hexdigest(),
        attributes=attributes,
        batch_size=args.batch,
    )
    print(summary)


if __name__ == "__main__":
    run_program(main)
