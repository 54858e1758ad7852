"""Cuts the parts out of many faces and writes a data set of each part.

python -m emojax.avatar.datasets.celeb_parts img_align_celeba.zip --out parts
python -m emojax.avatar.datasets.celeb_parts my_photos/ --out parts --weights bisenet.safetensors

Read them with emojax.data.parts.builder.load. A run that was stopped goes on where it was.
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
from emojax.avatar.datasets import cutting
from emojax.avatar.faces.crop import Labeller
from emojax.avatar.faces.parser import FaceParser
from emojax.core.errors import UserError
from emojax.core.files import replacing
from emojax.core.runtime import OneLineParser, positive, run_program
from emojax.data.parts import builder
from emojax.data.parts import chunks as celeb_parts_chunks
from emojax.data.parts.source import Attributes, Photos, find_attributes, find_photos, read_attributes

_STAGING: Final = ".celeb_parts"
_SUMMARY: Final = "summary.json"


@dataclasses.dataclass(frozen=True)
class Summary:
    """What came of the photos.

    Attributes:
      made_from: digests of what decides the result.
      photos: how many there were.
      faces: how many of them parts were cut from.
      skipped: the others' names by reason, "unreadable" or "no face".
      parts: how many pictures there are of each part.
    """

    made_from: dict[str, Any]
    photos: int
    faces: int
    skipped: dict[str, list[str]]
    parts: dict[str, int]

    def __str__(self) -> str:
        lines = [f"{part:<12}{count:>8}" for part, count in self.parts.items()]
        why = ", ".join(f"{len(names)} {reason}" for reason, names in self.skipped.items()) or "none"
        return "\n".join([*lines, f"{self.faces} faces on {self.photos} photos; skipped: {why}"])


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

    Photos are done in chunks, which wait under `out` until all are there; a run that is stopped, by
    whatever, leaves those that are done to the next one, and the data sets come out the same.

    Args:
      photos: of one face each.
      out: a directory, made if need be.
      parser: labels a batch of portraits.
      single: the same net, for one photo at a time, as a few need.
      parser_digest: of the parser's weights.
      attributes: what is known of the photos besides.
      batch_size: photos at a time; the result does not depend on it, but for the net's rounding.

    Raises:
      UserError: `out` holds or awaits the parts of other photos, weights or attributes, or shows no
        face at all.
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
    """Writes the data sets of what `cut` gives, as `build` does; its chunks outlive a stopped run.

    Args:
      out: a directory, made if need be.
      made_from: digests of what decides the result.
      cut: writes chunks of `celeb_parts_chunks` into a folder, going past those that are there.
      attributes: what is known of the faces besides.

    Raises:
      UserError: `out` holds or awaits what was made from something else, or no face shows at all.
    """
    target, staging = out / builder.CelebParts.name, out / _STAGING
    if target.exists():
        summary = _summary(target)
        _check_same(target, summary.made_from, made_from)
        shutil.rmtree(staging, ignore_errors=True)
        return summary
    _open_staging(staging, made_from)
    chunks = cut(staging)
    # The data sets are prepared beside and appear with one renaming.
    unpublished = staging / "tfds"
    shutil.rmtree(unpublished, ignore_errors=True)
    told = [celeb_parts_chunks.tell(chunk) for chunk in chunks]
    skipped: dict[str, list[str]] = {}
    for name, reason in (item for each in told for item in each.skipped.items()):
        skipped.setdefault(reason, []).append(name)
    photos = sum(each.photos for each in told)
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
        raise UserError(f"{target}: is not of our making; choose another --out") from error


def _read_json(path: Path) -> dict[str, Any]:
    try:
        read = json.loads(path.read_text())
        if not isinstance(read, dict):
            raise ValueError("no object")
    except (OSError, ValueError, RecursionError) as error:
        raise UserError(f"{path}: cannot be read ({error}); choose another --out") from error
    return read


def _write_json(path: Path, value: Any) -> None:
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(value, indent=1) + "\n")


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
    flags.add_argument("photos", type=Path, help="a folder or a zip of photos, such as img_align_celeba.zip")
    flags.add_argument("--out", type=Path, required=True, metavar="DIR", help="where the data sets go")
    flags.add_argument("--weights", type=Path, metavar="FILE", help="another face parser than the installed")
    flags.add_argument(
        "--attributes", type=Path, metavar="FILE", help="list_attr_celeba.txt, if not beside the photos"
    )
    flags.add_argument("--batch", type=positive, default=16, metavar="N", help="photos at a time (16)")
    flags.add_argument("--limit", type=positive, metavar="N", help="only the first so many photos")
    args = flags.parse_args(argv)
    photos = find_photos(args.photos, limit=args.limit)
    told = args.attributes or find_attributes(args.photos)
    attributes = read_attributes(told, photos.names) if told else None
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
