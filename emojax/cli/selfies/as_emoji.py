"""``infer.py --selfie ... --as emoji``: an emoji with the expression of a photo."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Final

from emojax.core.errors import UserError

# As in infer.py, what a mode needs is imported where it begins.
if TYPE_CHECKING:
    from emojax.avatar.result import Avatar

SUFFIXES: Final = (".svg", ".png")


def check(args: argparse.Namespace, many: bool) -> None:
    """Raises `UserError` where a flag is of avatars, or a folder is given."""
    for name, given in (
        ("--set", args.overrides),
        ("--explain", args.explain),
        ("--exact_colors", args.exact_colors),
        ("--mood", args.mood != "as-seen"),
    ):
        if given:
            raise UserError(f"{name} is for avatars, and --as emoji draws an emoji: leave one of them out")
    if many:
        raise UserError("--as emoji is for one photo: give one, not a folder")
    if str(args.out) == "-":
        raise UserError("--out -: is the JSON of an avatar, and --as emoji draws a picture; name a file")


def check_name(out: Path) -> None:
    """Raises `UserError` where a file's name asks for something else than a picture."""
    if out.suffix.lower() not in SUFFIXES:
        raise UserError(f"--out {out}: give a name that ends in .svg or .png")


def write(avatar: "Avatar", out: Path, *, size: int, background: str | None) -> str:
    """Draws the emoji of the face that an avatar is of: .png by the net, .svg of OpenMoji's parts.

    Returns:
      What was seen and drawn, for the user.
    """
    from emojax import weights
    from emojax.core.files import replacing
    from emojax.emoji import mirror, parts
    from emojax.media import image

    generator = parts.load(weights.shipped("parts"))
    found = mirror.choose(generator.part_set, avatar.read)
    if out.suffix.lower() == ".png":
        image.save_png(out, mirror.picture(generator, found, size=size, background=background))
    else:
        (document,) = parts.vectors(generator.part_set, mirror.samples(generator, found))
        with replacing(out) as temporary:
            temporary.write_text(document, encoding="utf-8")
    names = ", ".join(f"{slot} {generator.part_set.parts[n].name}" for slot, n in found.parts.items())
    seen = ", ".join(f"{name} {word}" for name, word in found.words.items())
    left = f"; left out, as it does not fit: {', '.join(found.left_out)}" if found.left_out else ""
    return f"{out}: an emoji with {names}; seen: {seen}{left}"
