"""``infer.py --generate`` of faces from parts: ``--eyes``, ``--mouth``, ``--extra``, ``--base``, and SVG."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from emojax.cli.flags import flag
from emojax.cli.generators import generator_files
from emojax.core import paths
from emojax.core.errors import UserError

# As in infer.py, what a mode needs is imported where it begins.
if TYPE_CHECKING:
    from emojax.data.openmoji.parts.part_set import PartSet
    from emojax.emoji.generate import EmojiGenerator
    from emojax.emoji.parts import PartEmojiGenerator, Samples

WEIGHTS: Final = "parts"
"""The weights that know parts."""

SLOTS: Final = ("base", "eyes", "mouth", "extra")

FLAGS: Final = (
    *(
        flag(
            f"--{slot}",
            *("--generate", f"--{slot} list"),
            metavar="TEXT",
            action="append",
            help=f"the {slot} to draw: a name, or an emoji that has it; repeat it to draw several in turn. "
            "`list` alone prints all",
        )
        for slot in SLOTS
    ),
    flag(
        "--format",
        "--generate",
        default="png",
        choices=("png", "svg"),
        help="svg draws the same parts as editable vectors, exact at any size, one group a part",
    ),
)


def wanted(args: argparse.Namespace) -> list[str]:
    """The flags that name parts."""
    return [slot for slot in SLOTS if getattr(args, slot)]


def sample(generator: "PartEmojiGenerator", args: argparse.Namespace) -> tuple["Samples", str]:
    """What to draw, and what it is called.

    Raises:
      UserError: a label or a part is unknown, or parts are asked for that do not go together.
    """
    from emojax.emoji.parts import find_part

    count = range(args.generate)
    if args.label:
        if wanted(args):
            raise UserError(f"--label and --{wanted(args)[0]} both say what to draw: leave one out")
        labels = generator.part_set.labels
        faces = [_find_label(generator, text) for text in args.label]
        named = ", ".join(str(labels.labels[i]) for i in faces)
        return generator.own(args.seed, count, [faces[i % len(faces)] for i in count]), f"emoji of {named}"
    found = {
        slot: [find_part(generator.part_set, slot, text) for text in getattr(args, slot)]
        for slot in wanted(args)
    }
    rows = max(map(len, found.values()), default=0)
    fixed = [{slot: numbers[i % len(numbers)] for slot, numbers in found.items()} for i in range(rows)]
    for row in fixed:
        _check_fit(generator.part_set, row)
    return generator.sample(args.seed, count, fixed), "emoji"


def write_svg(documents: Sequence[str], args: argparse.Namespace, out: Path) -> str:
    """Writes vectors: to one file, or numbered ones to a folder.

    Returns:
      What was written, for the user.
    """
    from emojax.core.files import replacing
    from emojax.data.openmoji.parts.vector import MARK
    from emojax.emoji import numbered

    one = out.suffix.lower() == ".svg"
    if one and len(documents) > 1:
        raise UserError(
            f"--out {out} is one file, and --generate {len(documents)} are several: give a folder"
        )
    targets = [out] if one else [out / f"{number:04d}.svg" for number in range(len(documents))]
    paths.refuse_replacing({f"--out {path}": path for path in targets}, generator_files(args))
    for path, text in zip(targets, documents, strict=True):
        with replacing(path) as temporary:
            temporary.write_text(text, encoding="utf-8")
    if not one:
        numbered.remove_drawings(out, len(documents), MARK)
    return f"{out}: {'an emoji' if one else f'{len(documents)} emoji'} as SVG, CC BY-SA 4.0 as OpenMoji"


def as_parted(generator: "EmojiGenerator", source: str, asked: str) -> "PartEmojiGenerator":
    """A generator that knows parts.

    Raises:
      UserError: it does not; `asked` is the flag that needs it.
    """
    from emojax.emoji.parts import PartEmojiGenerator

    if not isinstance(generator, PartEmojiGenerator):
        raise UserError(f"{asked}: {source} knows no parts; --weights {WEIGHTS} does")
    return generator


def _find_label(generator: "PartEmojiGenerator", text: str) -> int:
    try:
        return generator.part_set.labels.find(text)
    except UserError as error:
        raise UserError(f"--label: {error}") from error


def table(generator: "PartEmojiGenerator", slot: str) -> str:
    """A line for each part that a flag may name."""
    from emojax.emoji.parts import part_table

    return part_table(generator.part_set, slot)


def _check_fit(parts: "PartSet", row: dict[str, int]) -> None:
    for slot, number in row.items():
        for other, another in row.items():
            if not parts.fits[number, another]:
                a, b = parts.parts[number].name, parts.parts[another].name
                raise UserError(
                    f"--{slot} {a!r} and --{other} {b!r} do not go together: they overlap, or both change "
                    "the outline; choose another of one of them"
                )
