"""``style.json``: what it may say, read field by field so that each mistake has its line."""

import dataclasses
import json
import re
from collections.abc import Mapping
from typing import Any, Final, NoReturn

from emojax.avatar.styles import shades
from emojax.avatar.styles.part import LAYERS
from emojax.core.errors import UserError
from emojax.media.color import parse_hex

PART_TYPES: Final[Mapping[str, Mapping[str, tuple[str | bool, ...]]]] = {
    "head": {},
    "ears": {},
    "hair": {
        "length": ("none", "short", "medium", "long"),
        "texture": ("none", "straight", "wavy", "curly", "coily"),
        "fringe": (False, True),
    },
    "brows": {},
    "eyes": {},
    "nose": {},
    "mouth": {"open": (False, True), "smile": (False, True)},
    "glasses": {"glasses": (False, True)},
    "facial_hair": {"kind": ("none", "stubble", "moustache", "goatee", "beard")},
    "hat": {"hat": (False, True)},
    "clothes": {},
}
"""The parts that every style has, and the tags that each of their variants has: attributes are read off
them. Further tags are free."""

SLOTS: Final = ("skin", "hair", "brows", "beard", "iris", "lips", "cloth", "glasses", "hat")
"""The palettes that every style has; it may have more."""

_MAX_VARIANTS: Final = 1_000
_MAX_TEXT: Final = 200
_MAX_CANVAS: Final = 1_000
ID: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,47}")


@dataclasses.dataclass(frozen=True)
class Color:
    """One colour of a palette: its name, ``#rrggbb``, and whether people come in it."""

    id: str
    hex: str
    natural: bool = True


@dataclasses.dataclass(frozen=True)
class Listed:
    """One part type as ``style.json`` lists it: depths by layer, the default's id, tags by variant."""

    z: dict[str, int]
    default: str
    variants: dict[str, dict[str, str | bool]]


@dataclasses.dataclass(frozen=True)
class Manifest:
    """The content of ``style.json``; `emojax.avatar.styles.style.Style` says what it means."""

    words: dict[str, str]
    canvas: tuple[float, float, float]
    palettes: dict[str, tuple[Color, ...]]
    defaults: dict[str, str]
    follows: dict[str, str]
    border: tuple[str, float] | None
    parts: dict[str, Listed]


def parse(data: bytes, name: str) -> Manifest:
    """Reads ``style.json``.

    Raises:
      UserError: "<name>: <the field and what is wrong with it>".
    """
    try:
        content = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise UserError(f"{name}: is not JSON ({error}); mend it or build it again") from error
    return _Reader(name).manifest(content)


class _Reader:
    def __init__(self, name: str) -> None:
        self.name = name

    def manifest(self, content: Any) -> Manifest:
        content = self.object(content, "the file")
        palettes = {
            self.id(slot, "palettes"): self.palette(slot, colors)
            for slot, colors in self.object(content.get("palettes"), "palettes").items()
        }
        parts = self.object(content.get("parts"), "parts")
        self.same(parts, PART_TYPES, "parts")
        lacking = set(SLOTS) - palettes.keys()
        if lacking:
            self.refuse(f"palettes lacks {', '.join(sorted(lacking))}")
        border = content.get("border")
        return Manifest(
            words={key: self.text(content, key) for key in ("name", "version", "licence", "author")},
            canvas=self.canvas(content.get("canvas")),
            palettes=palettes,
            defaults=self.defaults(content.get("defaults", {}), palettes),
            follows=self.follows(content.get("follows", {}), palettes),
            border=None if border is None else self.border(self.object(border, "border")),
            parts={part: self.part(part, parts[part]) for part in PART_TYPES},
        )

    def palette(self, slot: str, colors: Any) -> tuple[Color, ...]:
        if not isinstance(colors, list) or not 1 <= len(colors) <= 256:
            self.refuse(f"palettes.{slot} is no list of 1 to 256 colours")
        where = f"palettes.{slot}"
        read = []
        for color in colors:
            color = self.object(color, where)
            self.same({"natural": True, **color}, ("id", "hex", "natural"), where)
            parse_hex(color["hex"], f"{self.name}: {where}")
            natural = color.get("natural", True)
            if not isinstance(natural, bool):
                self.refuse(f"{where}.natural is {json.dumps(natural)[:40]}; it must be true or false")
            read.append(Color(self.id(color["id"], where), color["hex"].lower(), natural))
        if len({color.id for color in read}) < len(read):
            self.refuse(f"{where} names a colour twice")
        return tuple(read)

    def defaults(self, defaults: Any, palettes: Mapping[str, tuple[Color, ...]]) -> dict[str, str]:
        """``#rrggbb`` by slot."""
        colors = {slot: choices[0].hex for slot, choices in palettes.items()}
        for slot, name in self.object(defaults, "defaults").items():
            named = [color.hex for color in palettes.get(slot, ()) if color.id == name]
            if not named:
                self.refuse(f"defaults.{slot} is {name!r}, which is no colour of a palette of that name")
            colors[slot] = named[0]
        return colors

    def follows(self, follows: Any, palettes: Mapping[str, Any]) -> dict[str, str]:
        for slot, paint in self.object(follows, "follows").items():
            other, shade = shades.split_paint(paint if isinstance(paint, str) else "")
            # One step only, so that no two slots can follow each other.
            if slot not in palettes or other not in palettes or other in follows:
                self.refuse(f"follows.{slot} is {paint!r}: name a slot that follows none, as in 'hair.shade'")
            if shade is not None and shade not in shades.SHADES:
                self.refuse(f"follows.{slot} has the shade {shade!r}; there are {', '.join(shades.SHADES)}")
        return dict(follows)

    def canvas(self, canvas: Any) -> tuple[float, float, float]:
        if (
            not isinstance(canvas, list)
            or len(canvas) != 3
            or not all(type(number) in (int, float) and abs(number) <= _MAX_CANVAS for number in canvas)
            or canvas[2] < 64
        ):
            self.refuse("canvas is not [x, y, side] of a square in units of the face frame")
        return (canvas[0], canvas[1], canvas[2])

    def border(self, border: Mapping[str, Any]) -> tuple[str, float]:
        self.same(border, ("color", "width"), "border")
        parse_hex(border["color"], f"{self.name}: border.color")
        if type(border["width"]) not in (int, float) or not 0 < border["width"] <= 40:
            self.refuse("border.width is not a number of units up to 40")
        return border["color"].lower(), float(border["width"])

    def part(self, part: str, content: Any) -> Listed:
        content = self.object(content, f"parts.{part}")
        self.same(content, ("z", "default", "variants"), f"parts.{part}")
        z = self.object(content["z"], f"parts.{part}.z")
        if (
            not z
            or not z.keys() <= set(LAYERS)
            or not all(type(v) is int and abs(v) < 1000 for v in z.values())
        ):
            self.refuse(
                f"parts.{part}.z does not give a whole number for {' and '.join(LAYERS)}, or one of them"
            )
        variants = self.object(content["variants"], f"parts.{part}.variants")
        if not 1 <= len(variants) <= _MAX_VARIANTS:
            self.refuse(f"parts.{part}.variants has {len(variants)} variants; 1 to {_MAX_VARIANTS:,} can be")
        listed = {
            self.id(variant, f"parts.{part}.variants"): self.tags(part, variant, tags)
            for variant, tags in variants.items()
        }
        if content["default"] not in listed:
            self.refuse(f"parts.{part}.default {content['default']!r} is none of its variants")
        return Listed(dict(z), content["default"], listed)

    def tags(self, part: str, variant: str, tags: Any) -> dict[str, str | bool]:
        where = f"parts.{part}.variants.{variant}"
        tags = self.object(tags, where)
        for tag, values in PART_TYPES[part].items():
            # 0 equals False, but JSON has its own.
            if not any(tags.get(tag) is value or (tags.get(tag) == value != 0) for value in values):
                choices = ", ".join(json.dumps(value) for value in values)
                self.refuse(f"{where}.{tag} is {json.dumps(tags.get(tag))}; it must be one of {choices}")
        for tag, value in tags.items():
            if not isinstance(value, str | bool) or len(str(value)) > _MAX_TEXT or not ID.fullmatch(tag):
                self.refuse(f"{where}.{tag} is no short text, true or false")
        return dict(tags)

    def object(self, value: Any, where: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            self.refuse(f"{where} is no object {{...}}")
        return value

    def same(self, given: Mapping[str, Any], wanted: Any, where: str) -> None:
        for key in given.keys() ^ set(wanted):
            self.refuse(f"{where} {'has the unknown' if key in given else 'lacks'} {key!r}")

    def text(self, content: Mapping[str, Any], key: str) -> str:
        value = content.get(key)
        if not isinstance(value, str) or not 1 <= len(value) <= _MAX_TEXT or not value.isprintable():
            self.refuse(f"{key} is no text of 1 to {_MAX_TEXT} characters")
        return value

    def id(self, value: Any, where: str) -> str:
        if not isinstance(value, str) or not ID.fullmatch(value):
            self.refuse(f"{where} has the id {str(value)[:60]!r}; ids are a-z, 0-9, _ and -, up to 48")
        return value

    def refuse(self, reason: str) -> NoReturn:
        raise UserError(f"{self.name}: {reason}")
