"""``style.json``: its types, which bound everything it may say, and the JSON Schema made from them.

The types check each value by itself; `parse` then checks what one field says about another.
"""

import dataclasses
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta, Struct

from emojax.avatar.styles import shades
from emojax.avatar.styles.decode import Hex, Id, Tag, Text, convert
from emojax.avatar.styles.shades import Color
from emojax.core import untrusted
from emojax.core.errors import UserError
from emojax.data.faces.attributes import SHOWN, WORDS

SLOTS: Final = ("skin", "hair", "brows", "beard", "iris", "lips", "cloth", "glasses", "hat")
"""The palettes that every style has; it may have more."""

# Bounds on what an untrusted file can cost: far above what a style needs, and so low that checking all of it
# takes a fraction of a second. Lower ones would refuse real styles, higher ones only make refusals slower.
_MAX_COLORS: Final = 256
_MAX_VARIANTS: Final = 1_000
_MAX_CANVAS: Final = 1_000
_MIN_SIDE: Final = 64
_MAX_BORDER: Final = 40
_MAX_DEPTH: Final = 999

_Coordinate = Annotated[
    float, Meta(ge=-_MAX_CANVAS, le=_MAX_CANVAS, description=f"a number from -{_MAX_CANVAS} to {_MAX_CANVAS}")
]
_Side = Annotated[
    float, Meta(ge=_MIN_SIDE, le=_MAX_CANVAS, description=f"a number from {_MIN_SIDE} to {_MAX_CANVAS}")
]
_Depth = Annotated[int, Meta(ge=-_MAX_DEPTH, le=_MAX_DEPTH, description="a whole number from -999 to 999")]
_Layers = Annotated[
    dict[Literal["back", "front"], _Depth],
    Meta(min_length=1, description="an object with a depth for back, for front or for both"),
]


class Border(Struct, frozen=True, forbid_unknown_fields=True):
    """A rim around the whole figure: its colour, and its width in units of the face frame."""

    color: Hex
    width: Annotated[float, Meta(gt=0, le=_MAX_BORDER, description=f"a number above 0, up to {_MAX_BORDER}")]

    def __post_init__(self) -> None:
        msgspec.structs.force_setattr(self, "color", self.color.lower())


def _word_list(words: tuple[str, ...]) -> Any:
    described = f"a list of some of {', '.join(words)}"
    return Annotated[list[Literal[words]], Meta(min_length=1, max_length=len(words), description=described)]  # type: ignore[valid-type]


Words: Any = msgspec.defstruct(
    "Words",
    [(name, _word_list(WORDS[name]), []) for name in SHOWN],
    frozen=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
)
"""By attribute of `SHOWN` the words of `WORDS` that a drawing shows. Attributes that are left out are not
its matter: it suits a face whatever that is."""


class Tags(Struct, frozen=True, kw_only=True):
    """A variant's tags. Attributes are read off those that are named here; others are free."""

    tags: Words = Words()


class HairTags(Tags, frozen=True):
    length: Literal["none", "short", "medium", "long"]
    texture: Literal["none", "straight", "wavy", "curly", "coily"]
    fringe: bool


class MouthTags(Tags, frozen=True):
    open: bool
    smile: bool


class GlassesTags(Tags, frozen=True):
    glasses: bool


class FacialHairTags(Tags, frozen=True):
    kind: Literal["none", "stubble", "moustache", "goatee", "beard"]


class HatTags(Tags, frozen=True):
    hat: bool


_Count = Meta(
    min_length=1, max_length=_MAX_VARIANTS, description=f"an object with 1 to {_MAX_VARIANTS:,} variants"
)


class ListedPart(Struct, frozen=True, forbid_unknown_fields=True):
    """A part type: the depth of each layer, the id of the default variant, and all variants."""

    z: _Layers
    default: Id
    variants: Annotated[dict[Id, Tags], _Count]


class HairPart(ListedPart, frozen=True):
    variants: Annotated[dict[Id, HairTags], _Count]  # type: ignore[assignment]


class MouthPart(ListedPart, frozen=True):
    variants: Annotated[dict[Id, MouthTags], _Count]  # type: ignore[assignment]


class GlassesPart(ListedPart, frozen=True):
    variants: Annotated[dict[Id, GlassesTags], _Count]  # type: ignore[assignment]


class FacialHairPart(ListedPart, frozen=True):
    variants: Annotated[dict[Id, FacialHairTags], _Count]  # type: ignore[assignment]


class HatPart(ListedPart, frozen=True):
    variants: Annotated[dict[Id, HatTags], _Count]  # type: ignore[assignment]


class Parts(Struct, frozen=True, forbid_unknown_fields=True):
    """The part types; the last three are optional."""

    head: ListedPart
    ears: ListedPart
    hair: HairPart
    brows: ListedPart
    eyes: ListedPart
    nose: ListedPart
    mouth: MouthPart
    glasses: GlassesPart
    facial_hair: FacialHairPart
    hat: HatPart
    clothes: ListedPart
    lines: ListedPart | None = None
    earrings: ListedPart | None = None
    makeup: ListedPart | None = None


PART_TYPES: Final = Parts.__struct_fields__
"""The part types' names."""

OPTIONAL_TYPES: Final = ("lines", "earrings", "makeup")
"""Those that a style may leave out."""

_Palette = Annotated[
    list[Color],
    Meta(min_length=1, max_length=_MAX_COLORS, description=f"a list of 1 to {_MAX_COLORS} colours"),
]


class StyleFile(Struct, frozen=True):
    """``style.json`` as it is written; `emojax.avatar.styles.style.Style` says what the fields mean."""

    name: Text
    version: Text
    licence: Text
    author: Text
    canvas: Annotated[
        tuple[_Coordinate, _Coordinate, _Side],
        Meta(description="the square [x, y, side] in units of the face frame"),
    ]
    palettes: Annotated[dict[Id, _Palette], Meta(extra_json_schema={"required": list(SLOTS)})]
    parts: Parts
    defaults: dict[Id, Id] = {}
    follows: dict[Id, Annotated[str, Meta(description="a slot or its shade, such as hair.shade")]] = {}
    border: Border | None = None
    schema: Annotated[str, Meta(description="the address of this schema")] = msgspec.field(
        default="", name="$schema"
    )


class _TaggedPart(Struct, frozen=True):
    variants: dict[Id, dict[Id, Tag]]


class _FreeTags(Struct, frozen=True):
    """Every variant's tags but the lists of words; those too which the types of `Parts` leave out."""

    parts: dict[Id, _TaggedPart]


@dataclasses.dataclass(frozen=True)
class Manifest:
    """A checked ``style.json``.

    Attributes:
      file: the fields as they are written.
      tags: by part type and variant, without those of `Words`.
      words: by part type, variant and attribute: what the drawing shows of it.
      defaults: ``#rrggbb`` of every slot where none is chosen.
    """

    file: StyleFile
    tags: dict[str, dict[str, dict[str, str | bool]]]
    words: dict[str, dict[str, dict[str, list[str]]]]
    defaults: dict[str, str]


def parse(data: bytes, name: str) -> Manifest:
    """Reads and checks ``style.json``.

    Args:
      data: the file's bytes.
      name: what errors call the file.

    Raises:
      UserError: "<name>: <the field and what is wrong with it>; <what to do>".
    """
    content = untrusted.parse_json(data, name)
    file = convert(content, StyleFile, name)
    listed = {part: each for part in PART_TYPES if (each := getattr(file.parts, part)) is not None}
    words = {
        part: {v: msgspec.to_builtins(variant.tags) for v, variant in each.variants.items()}
        for part, each in listed.items()
    }
    free = {
        part: {"variants": {v: {k: tags[k] for k in tags if k != "tags"} for v, tags in variants.items()}}
        for part, variants in ((part, content["parts"][part]["variants"]) for part in listed)
    }
    found = convert({"parts": free}, _FreeTags, name).parts
    tags = {part: each.variants for part, each in found.items()}
    colors = {slot: {color.id: color.hex for color in palette} for slot, palette in file.palettes.items()}
    problem = _inconsistency(file, colors)
    if problem:
        raise UserError(f"{name}: {problem}")
    chosen = {slot: colors[slot][color] for slot, color in file.defaults.items()}
    first = {slot: palette[0].hex for slot, palette in file.palettes.items()}
    return Manifest(file, tags, words, first | chosen)


def _inconsistency(file: StyleFile, colors: dict[str, dict[str, str]]) -> str | None:
    """The first contradiction between fields."""
    for field in ("name", "version", "licence", "author"):
        if not getattr(file, field).isprintable():
            return f"{field} has characters that cannot be printed; remove them"
    if lacking := sorted(set(SLOTS) - colors.keys()):
        return f"palettes lacks {', '.join(lacking)}; add them"
    for slot, palette in file.palettes.items():
        if len(colors[slot]) < len(palette):
            return f"palettes.{slot} has two colours of one id; rename one"
    for slot, color in file.defaults.items():
        if color not in colors.get(slot, {}):
            known = ", ".join(colors.get(slot, colors))
            return f"defaults.{slot} is {color!r}, which is no colour of that palette; there are {known}"
    for slot, paint in file.follows.items():
        other, shade = shades.split_paint(paint)
        # One step only, so that no two slots can follow each other.
        if slot not in colors or other not in colors or other in file.follows:
            return f"follows.{slot} is {paint!r}; name a slot that follows none, as in 'hair.shade'"
        if shade is not None and shade not in shades.SHADES:
            return f"follows.{slot} has the shade {shade!r}; there are {', '.join(shades.SHADES)}"
    for part in PART_TYPES:
        listed: ListedPart | None = getattr(file.parts, part)
        if listed is not None and listed.default not in listed.variants:
            return f"parts.{part}.default {listed.default!r} is none of its variants; name one of them"
    return None


def json_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of ``style.json``, for editors."""
    document = msgspec.json.schema(StyleFile)
    free_tags = msgspec.json.schema(dict[Id, Tag])
    for name, definition in document["$defs"].items():
        if name.endswith("Tags"):
            definition |= free_tags
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **document}
