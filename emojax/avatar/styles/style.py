"""A style: a folder of drawn parts, and what may be chosen from it.

``style.json`` lists palettes and part types; ``parts/TYPE/VARIANT.svg`` are the drawings, all in the
frame of CelebA-HQ's portraits scaled to 306 x 306 units (docs/styles.md). Folders come from anyone:
everything read here is bounded and checked.
"""

import dataclasses
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from xml.etree.ElementTree import Element

from emojax.avatar.styles import part as style_part
from emojax.avatar.styles import shades
from emojax.avatar.styles.manifest import ID, PART_TYPES, Color, parse
from emojax.core.errors import UserError
from emojax.media.color import parse_hex

FRAME: Final = 306
"""Side of the face frame, in units."""

BUILT_IN: Final = Path(__file__).parents[2] / "styles"

MAX_AVATAR_BYTES: Final = 60_000
_MAX_MANIFEST_BYTES: Final = 256_000


@dataclasses.dataclass(frozen=True)
class Variant:
    """One drawing: its checked tree (`style_part.read`) and what it shows."""

    id: str
    root: Element
    tags: Mapping[str, str | bool]


@dataclasses.dataclass(frozen=True)
class PartType:
    """Parts to choose one of.

    Attributes:
      name: such as ``hair``.
      z: depth of each layer the drawings may have; the lowest is drawn first.
      default: the variant that stands where none is chosen.
      variants: by id, in the order of ``style.json``.
    """

    name: str
    z: Mapping[str, int]
    default: str
    variants: Mapping[str, Variant]


@dataclasses.dataclass(frozen=True)
class Style:
    """A checked style.

    Attributes:
      name, version, licence, author: as ``style.json`` gives them.
      canvas: x, y and side of the square that composed avatars show, in units of the face frame.
      palettes: the colours of each slot.
      defaults: the colour of each slot where none is given, ``#rrggbb``.
      follows: slots that take another slot's colour, or a shade of it, where none is given.
      border: colour and width of a rim around the whole figure, or None.
      parts: by part type.
      digest: SHA-256 of all files, hex.
    """

    name: str
    version: str
    licence: str
    author: str
    canvas: tuple[float, float, float]
    palettes: Mapping[str, tuple[Color, ...]]
    defaults: Mapping[str, str]
    follows: Mapping[str, str]
    border: tuple[str, float] | None
    parts: Mapping[str, PartType]
    digest: str

    def colors(self, chosen: Mapping[str, str]) -> dict[str, str]:
        """``#rrggbb`` of every slot: `chosen`, else what the slot follows, else its default.

        Raises:
          UserError: a slot that the style does not have, or what is no colour.
        """
        for slot, color in chosen.items():
            if slot not in self.palettes:
                raise UserError(f"style {self.name} has no colour {slot!r}: {', '.join(self.palettes)}")
            parse_hex(color, slot)
        colors = {**self.defaults, **chosen}
        for slot, paint in self.follows.items():
            if slot not in chosen:
                colors[slot] = shades.resolve(paint, colors)
        return colors

    def variant(self, part: str, variant: str | None = None) -> Variant:
        """The variant of that id, or the part type's default; UserError if there is none."""
        if part not in self.parts:
            raise UserError(f"style {self.name} has no part {part!r}: {', '.join(self.parts)}")
        kind = self.parts[part]
        try:
            return kind.variants[kind.default if variant is None else variant]
        except KeyError:
            raise UserError(
                f"style {self.name} has no {part} {variant!r}: {', '.join(list(kind.variants)[:40])}"
            ) from None


def find(name: str) -> Path:
    """The folder of a style that comes with emojax, or of that path; UserError if it is neither."""
    built_in = BUILT_IN / name
    if ID.fullmatch(name) and built_in.is_dir():
        return built_in
    if Path(name).is_dir():
        return Path(name)
    known = ", ".join(path.name for path in built_in_styles())
    raise UserError(f"style {name!r} is neither a folder nor one of {known}")


def built_in_styles() -> list[Path]:
    """The folders of all styles that come with emojax."""
    return sorted(path.parent for path in BUILT_IN.glob("*/style.json"))


def load(folder: Path) -> Style:
    """Reads and checks the style in `folder`.

    Raises:
      UserError: "<file>: <what is wrong>".
    """
    data = _read(folder, "style.json", _MAX_MANIFEST_BYTES)
    manifest = parse(data, str(folder / "style.json"))
    digest = hashlib.sha256(data)
    parts = {}
    largest = 0
    for part, listed in manifest.parts.items():
        variants, sizes = {}, []
        for variant, tags in listed.variants.items():
            drawing = _read(folder, f"parts/{part}/{variant}.svg", style_part.MAX_BYTES)
            name = str(folder / "parts" / part / f"{variant}.svg")
            digest.update(f"{part}/{variant} {len(drawing)}\n".encode() + drawing)
            root = style_part.read(drawing, name, slots=manifest.palettes, types=PART_TYPES)
            strange = style_part.layers(root).keys() - listed.z.keys()
            if strange:
                raise UserError(f"{name}: has a {min(strange)} layer, for which style.json gives no z")
            variants[variant] = Variant(variant, root, tags)
            sizes.append(len(drawing))
        parts[part] = PartType(part, listed.z, listed.default, variants)
        largest += max(sizes)
    if largest * (2 if manifest.border else 1) > 0.8 * MAX_AVATAR_BYTES:
        raise UserError(
            f"{folder}: its largest parts have {largest:,} bytes, too many for one avatar; simplify"
        )
    return Style(
        **manifest.words,
        canvas=manifest.canvas,
        palettes=manifest.palettes,
        defaults=manifest.defaults,
        follows=manifest.follows,
        border=manifest.border,
        parts=parts,
        digest=digest.hexdigest(),
    )


def _read(folder: Path, relative: str, most: int) -> bytes:
    path = folder / relative
    try:
        # A link would let a style show, or measure, a file of its reader's.
        if not path.resolve().is_relative_to(folder.resolve()):
            raise UserError(f"{path}: leads out of the style's folder; copy the file into it")
        if not path.is_file():
            raise UserError(f"{path}: is no file, but the style needs it; add it or change style.json")
        with path.open("rb") as file:
            data = file.read(most + 1)
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror or error})") from error
    if len(data) > most:
        raise UserError(f"{path}: is larger than {most:,} bytes; simplify it")
    return data
