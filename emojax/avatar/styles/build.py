"""Builds a style's parts from templates: shapes with parameters, and variants that draw them.

``templates/style.json`` is the manifest without variants; ``templates/TYPE.xml`` has them::

    <part>
      <shape id="disc" r="10" fill="@iris">
        <circle cx="{153+37}" cy="146" r="{r}" fill="{fill}" class="left-eye"/>
      </shape>
      <variant id="wide" open="true">
        <pair><draw shape="disc" r="12"/></pair>
      </variant>
    </part>

``<draw shape=... />`` draws a ``<shape>``; its other attributes override the shape's defaults. ``{...}``
is arithmetic with parameters. ``<pair>`` draws its content twice, once mirrored at the middle of the face
with left and right swapped in the classes. ``@slot`` and ``@slot.shade`` are palette colours; ``class``,
``layer``, ``outline``, ``clip`` and ``keep`` become ``data-class`` and so on. In a variant,
``tags="hair_length:short,medium fringe:none"`` is what the drawing shows, in the words of labels.
"""

import ast
import json
import operator
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from emojax.avatar.styles import shades
from emojax.avatar.styles.decode import ID
from emojax.avatar.styles.manifest import OPTIONAL_TYPES, PART_TYPES
from emojax.avatar.styles.part import PAINTS, serialize
from emojax.avatar.styles.style import FRAME
from emojax.core import untrusted
from emojax.core.errors import UserError
from emojax.core.files import replacing, replacing_directory

_SHORT: Final = {"class", "layer", "outline", "clip", "keep"}
_OPERATORS: Final = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_MAX_DEPTH: Final = 20
"""Levels of nesting of shapes and groups. Templates that ship need 6: a lower limit refuses them, a higher
one lets a shape that draws itself run for longer."""

_MAX_DRAWN: Final = 20_000
"""Elements of a part type. Those that ship have up to 900. Fewer refuse large styles; more let
shapes that draw one another twice keep a core busy."""

_MAX_TEMPLATE: Final = 1_000_000
"""Bytes of a template. Those that ship have up to 30,000. Smaller refuses large styles; larger lets a wrong
file take long before it is refused."""

_SIDES: Final = {"left": "right", "right": "left"}


def build(folder: Path) -> int:
    """Writes ``parts/`` and ``style.json`` from ``templates/`` in `folder`; returns how many parts.

    Raises:
      UserError: "<file>: <what is wrong>".
    """
    files = render(folder)
    _refuse_deleting(folder, files)
    with replacing_directory(folder / "parts") as parts:
        for name, text in files.items():
            if name != "style.json":
                path = parts / Path(name).relative_to("parts")
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
    with replacing(folder / "style.json") as path:
        path.write_text(files["style.json"], encoding="utf-8")
    return len(files) - 1


def _refuse_deleting(folder: Path, files: Mapping[str, str]) -> None:
    """UserError if ``parts/`` has a drawing that the templates do not make, which `build` would delete."""
    for path in sorted((folder / "parts").rglob("*")):
        if not path.is_dir() and path.relative_to(folder).as_posix() not in files:
            raise UserError(
                f"{path}: no template makes it, and a build would delete it; move it out of parts/, or put "
                "its shapes into a template"
            )


def render(folder: Path) -> dict[str, str]:
    """The text of each file that `build` writes, by its path in the style's folder."""
    templates = folder / "templates"
    manifest, defaults = _read_manifest(templates / "style.json")
    files: dict[str, str] = {}
    for part in manifest["parts"]:
        variants = dict(_Part(templates / f"{part}.xml", defaults).variants())
        manifest["parts"][part]["variants"] = {variant: tags for variant, (tags, _) in variants.items()}
        files |= {f"parts/{part}/{variant}.svg": text for variant, (_, text) in variants.items()}
    files["style.json"] = json.dumps(manifest, indent=1, ensure_ascii=False) + "\n"
    return files


def _read_manifest(path: Path) -> tuple[dict[str, Any], dict[str, str]]:
    """The manifest without variants, and the default colour of each slot, for the parts' files."""
    try:
        manifest = untrusted.read_json(path)
        parts = manifest["parts"]
        manifest["parts"] = {
            part: parts[part] for part in PART_TYPES if part in parts or part not in OPTIONAL_TYPES
        }
        for part in manifest["parts"]:
            manifest["parts"][part]["variants"] = {}
        slots = manifest["palettes"]
        defaults = {slot: colors[0]["hex"] for slot, colors in slots.items()}
        for slot, default in manifest.get("defaults", {}).items():
            defaults[slot] = {color["id"]: color["hex"] for color in slots[slot]}[default]
        for slot, paint in manifest.get("follows", {}).items():
            defaults[slot] = shades.resolve(paint, defaults)
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise UserError(
            f"{path}: lacks palettes, defaults or parts, or has wrong ones ({error!r}); see docs/styles.md"
        ) from error
    return manifest, defaults


class _Part:
    """The template file of one part type."""

    def __init__(self, path: Path, defaults: Mapping[str, str]) -> None:
        self.name, self.defaults = str(path), defaults
        try:
            self.root = fromstring(untrusted.read_text(path, most=_MAX_TEMPLATE), forbid_dtd=True)
        except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
            raise UserError(f"{path}: is not well-formed XML without DOCTYPE ({error})") from error
        self.drawn = 0
        self.shapes = {shape.get("id", ""): shape for shape in self.root.iter("shape")}

    def variants(self) -> Iterator[tuple[str, tuple[dict[str, Any], str]]]:
        """Each variant's id, tags and drawing."""
        for variant in self.root.iter("variant"):
            name = variant.get("id", "")
            if not ID.fullmatch(name):  # it becomes a file name
                raise UserError(
                    f"{self.name}: a variant has the id {name[:60]!r}; ids are 1 to 48 of a-z, 0-9, _ and -"
                )
            tags: dict[str, Any] = {
                key: {"true": True, "false": False}.get(value, value)
                for key, value in variant.attrib.items()
                if key not in ("id", "tags")
            }
            if "tags" in variant.attrib:
                tags["tags"] = self.words(name, variant.attrib["tags"])
            svg = Element("svg", xmlns="http://www.w3.org/2000/svg", viewBox=f"0 0 {FRAME} {FRAME}")
            svg.extend([*self.expanded(variant, {}, 0)])
            yield name, (tags, serialize(svg))

    def words(self, variant: str, text: str) -> dict[str, list[str]]:
        """``hair_length:short,medium fringe:none`` as what ``style.json`` has under ``tags``."""
        pairs = [item.partition(":") for item in text.split()]
        if strange := [pair for pair in pairs if not pair[2]]:
            raise UserError(
                f"{self.name}: the tags of {variant!r} have {strange[0][0][:60]!r}; write attribute:word,word"
            )
        return {attribute: words.split(",") for attribute, _, words in pairs}

    def expanded(self, element: Element, values: Mapping[str, str], depth: int) -> Iterator[Element]:
        """The children of `element` as plain SVG, with shapes drawn and expressions evaluated."""
        if depth > _MAX_DEPTH:
            raise UserError(f"{self.name}: its shapes draw one another more than {_MAX_DEPTH} deep")
        for child in element:
            self.count(1)
            attributes = {key: self.filled(value, values) for key, value in child.attrib.items()}
            if child.tag == "draw":
                shape = self.shapes.get(attributes.pop("shape", ""))
                if shape is None:
                    raise UserError(f"{self.name}: there is no shape {child.get('shape')!r} to draw")
                own = {key: value for key, value in shape.attrib.items() if key != "id"}
                unknown = attributes.keys() - own.keys()
                if unknown:
                    raise UserError(f"{self.name}: the shape {shape.get('id')!r} has no {min(unknown)!r}")
                yield from self.expanded(shape, own | attributes, depth + 1)
            elif child.tag == "pair":
                group = Element("g", self.plain(attributes))
                before = self.drawn
                group.extend([*self.expanded(child, values, depth + 1)])
                self.count(self.drawn - before)  # the copy has as many
                yield group
                yield _mirrored(group)
            else:
                plain = Element(child.tag, self.plain(attributes))
                plain.extend([*self.expanded(child, values, depth + 1)])
                yield plain

    def count(self, elements: int) -> None:
        """Adds to the elements that the variants draw; UserError if they are too many."""
        self.drawn += elements
        if self.drawn > _MAX_DRAWN:
            raise UserError(
                f"{self.name}: its variants draw more than {_MAX_DRAWN:,} elements; simplify them"
            )

    def plain(self, attributes: Mapping[str, str]) -> dict[str, str]:
        """Attributes as they are in a part: ``@slot`` resolved, short names with ``data-``."""
        result: dict[str, str] = {}
        for key, value in attributes.items():
            if key in PAINTS and value.startswith("@"):
                slot = shades.split_paint(value[1:])[0]
                if slot not in self.defaults:
                    raise UserError(f"{self.name}: {key}={value!r} names no palette of the style")
                result |= {key: shades.resolve(value[1:], self.defaults), f"data-{key}": value[1:]}
            else:
                result["data-" * (key in _SHORT) + key] = " ".join(value.split())
        return result

    def filled(self, text: str, values: Mapping[str, str]) -> str:
        """`text` with each ``{expression}`` replaced by its value."""

        def value(match: re.Match[str]) -> str:
            expression = match[1].strip()
            if expression in values:
                return values[expression]
            try:
                return f"{round(_number(ast.parse(expression, mode='eval').body, values), 2) + 0.0:g}"
            except (SyntaxError, ValueError, ArithmeticError, RecursionError, MemoryError) as error:
                raise UserError(f"{self.name}: {{{expression}}} cannot be evaluated ({error})") from error

        return re.sub(r"\{([^{}]*)\}", value, text)


def _number(node: ast.expr, values: Mapping[str, str]) -> float:
    """Evaluates numbers, parameters and + - * /; ValueError for any other expression."""
    match node:
        case ast.Constant(value=int() | float() as number):
            return float(number)
        case ast.Name(id=name) if name in values:
            return float(values[name])
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_number(operand, values)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            return float(_OPERATORS[type(op)](_number(left, values), _number(right, values)))
    raise ValueError(f"{ast.unparse(node)} is neither a number, a parameter nor one of + - * /")


def _mirrored(group: Element) -> Element:
    """A copy of `group`, mirrored at the middle of the face, with left and right swapped in its classes."""
    copy = fromstring(serialize(group))
    for element in copy.iter():
        side, dash, rest = element.get("data-class", "").partition("-")
        if side in _SIDES:
            element.set("data-class", _SIDES[side] + dash + rest)
        for key, value in element.attrib.items():
            element.set(
                key, f"{value}-mirrored" if key == "id" else re.sub(r"(url\(#[^)]*)", r"\1-mirrored", value)
            )
    copy.set("transform", f"matrix(-1 0 0 1 {FRAME} 0)")
    return copy
