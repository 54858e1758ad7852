"""A style: a folder of SVG parts and the manifest that lists them.

``style.json`` lists palettes and part types; ``parts/TYPE/VARIANT.svg`` are the drawings, all in the
frame of CelebA-HQ's portraits scaled to 306 x 306 units (docs/styles.md). Anyone may write such a folder,
so everything read here is bounded and checked.
"""

import dataclasses
import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final
from xml.etree.ElementTree import Element

from emojax.avatar.styles import part as style_part
from emojax.avatar.styles import shades
from emojax.avatar.styles.decode import ID
from emojax.avatar.styles.manifest import PART_TYPES, ListedPart, parse
from emojax.avatar.styles.shades import Color
from emojax.core import untrusted
from emojax.core.errors import UserError
from emojax.media.color import parse_hex

FRAME: Final = 306
"""Side of the face frame, in units."""

BUILT_IN: Final = Path(__file__).parents[2] / "styles"

MAX_AVATAR_BYTES: Final = 60_000
"""Size limit of a composed avatar. Random avatars of the styles that ship have up to 27,000 bytes: a limit
below that would refuse them, a higher one makes pages that show many avatars slower."""

_MAX_PARTS_SHARE: Final = 0.8
"""Share of `MAX_AVATAR_BYTES` that the largest drawing of every part type may fill together. The rest is for
what composing adds: groups, clip paths, ids and slots. Larger, an avatar of a style that was accepted may
still exceed the limit; smaller, styles are refused that would fit."""

_MAX_MANIFEST_BYTES: Final = 256_000
"""Sixteen times the size of the manifests that ship. Lower, large styles are refused; higher, an untrusted
file takes longer to parse before it is refused."""


@dataclasses.dataclass(frozen=True)
class Variant:
    """One drawing.

    Attributes:
      id: unique within its part type.
      root: its checked tree, of `style_part.read`.
      tags: what ``style.json`` says of it.
      words: by attribute of `emojax.data.faces.attributes.WORDS`, what the drawing shows of it. An attribute
        that is missing is not its matter.
    """

    id: str
    root: Element
    tags: Mapping[str, str | bool]
    words: Mapping[str, Sequence[str]] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class PartType:
    """A part type, of which an avatar has one variant.

    Attributes:
      name: such as ``hair``.
      z: depth of each layer that the drawings may have; the lowest is drawn first.
      default: id of the variant that is used where none is chosen.
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
      name, version, licence, author: as in ``style.json``.
      canvas: x, y and side of the square that composed avatars show, in units of the face frame.
      palettes: the colours of each slot.
      defaults: the colour of each slot where none is given, ``#rrggbb``.
      follows: by slot the slot whose colour, or a shade of it, it takes where none is given.
      border: colour and width in units of a rim around the whole figure, or None.
      parts: by part type.
      digest: SHA-256 over all files, hex.
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
        """``#rrggbb`` of every slot: `chosen`, else the colour of the slot it follows, else its default.

        Raises:
          UserError: the style has no such slot, or the value is not a colour.
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
        listed = self.parts[part]
        try:
            return listed.variants[listed.default if variant is None else variant]
        except KeyError:
            raise UserError(
                f"style {self.name} has no {part} {variant!r}: {', '.join(list(listed.variants)[:40])}"
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
    file = manifest.file
    digest = hashlib.sha256(data)
    parts = {}
    largest = 0
    for part, tags_of in manifest.tags.items():
        listed: ListedPart = getattr(file.parts, part)
        variants, sizes = {}, []
        for variant, tags in tags_of.items():
            drawing = _read(folder, f"parts/{part}/{variant}.svg", style_part.MAX_BYTES)
            name = str(folder / "parts" / part / f"{variant}.svg")
            digest.update(f"{part}/{variant} {len(drawing)}\n".encode() + drawing)
            root = style_part.read(drawing, name, slots=file.palettes, types=PART_TYPES)
            unlisted = style_part.layers(root).keys() - listed.z.keys()
            if unlisted:
                raise UserError(
                    f"{name}: has a {min(unlisted)} layer, for which style.json gives no z; add one or "
                    "move the shapes"
                )
            variants[variant] = Variant(variant, root, tags, manifest.words[part][variant])
            sizes.append(len(drawing))
        parts[part] = PartType(
            part, {str(layer): z for layer, z in listed.z.items()}, listed.default, variants
        )
        largest += max(sizes)
    # A border draws the whole figure a second time.
    if largest * (2 if file.border else 1) > _MAX_PARTS_SHARE * MAX_AVATAR_BYTES:
        raise UserError(
            f"{folder}: its largest parts have {largest:,} bytes, too many for one avatar; simplify them"
        )
    return Style(
        name=file.name,
        version=file.version,
        licence=file.licence,
        author=file.author,
        canvas=file.canvas,
        palettes={slot: tuple(colors) for slot, colors in file.palettes.items()},
        defaults=manifest.defaults,
        follows=file.follows,
        border=None if file.border is None else (file.border.color, file.border.width),
        parts=parts,
        digest=digest.hexdigest(),
    )


def _read(folder: Path, relative: str, most: int) -> bytes:
    path = folder / relative
    # A link would let a style draw, or give the size of, a private file.
    if not untrusted.real_path(path).is_relative_to(untrusted.real_path(folder)):
        raise UserError(f"{path}: links to a place outside the style's folder; copy the file into it")
    return untrusted.read_bytes(path, most=most)
