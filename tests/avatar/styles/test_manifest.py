"""``style.json``: every bound holds on both sides, errors name place, value and remedy, the schema agrees."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from avatar.support.tiny_style import changed_manifest, manifest

from emojax.avatar.styles import style
from emojax.avatar.styles.manifest import PART_TYPES, SLOTS, json_schema, parse
from emojax.core.errors import UserError

ROOT = Path(__file__).parents[3]
VALIDATOR = jsonschema.Draft202012Validator(json_schema())
MOUTH = {"open": False, "smile": True}


def _palette(count: int, **first: Any) -> list[dict[str, Any]]:
    colors = [{"id": f"c{n}", "hex": "#aabbcc"} for n in range(count)]
    colors[0].update(first)
    return colors


def _parse(content: Any) -> Any:
    return parse(json.dumps(content).encode(), "style.json")


ACCEPTED: dict[str, dict[str, Any]] = {
    "as it is": {},
    "a text of 1": {"name": "x"},
    "a text of 200": {"author": "x" * 200},
    "an id of 48": {"palettes__skin": _palette(1, id="a" * 48)},
    "upper-case digits": {"palettes__skin": _palette(1, hex="#AABBCC")},
    "256 colours": {"palettes__skin": _palette(256)},
    "another palette": {"palettes__scarf": _palette(1)},
    "a colour of no person": {"palettes__skin": _palette(1, natural=False)},
    "a default colour": {"palettes__skin": _palette(3), "defaults": {"skin": "c2"}},
    "nothing followed": {"follows": {}},
    "a slot that another follows": {"follows": {"beard": "hair", "brows": "hair.line"}},
    "the least canvas": {"canvas": [-1000, 1000, 64]},
    "the largest canvas": {"canvas": [0.5, -0.5, 1000]},
    "no border": {"border": {"color": "#FFFFFF", "width": 40}},
    "a thin border": {"border": {"color": "#ffffff", "width": 0.01}},
    "depths": {"parts__hair__z": {"back": -999, "front": 999}},
    "1,000 variants": {"parts__mouth__variants": {"one": MOUTH} | {f"v{n}": MOUTH for n in range(999)}},
    "free tags": {"parts__mouth__variants": {"one": {**MOUTH, "look": "x" * 200, "rare": True}}},
    "words shown": {
        "parts__nose__variants": {"one": {"tags": {"lines": ["some"], "fringe": ["none", "side"]}}}
    },
    "no optional types": {"parts__lines": None, "parts__earrings": None, "parts__makeup": None},
    "an unknown field at the top": {"notes": [1]},
    "the schema's address": {"$schema": "../docs/style.schema.json"},
}

REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no text": ({"name": ""}, 'name is ""; it must be a text of 1 to 200 characters'),
    "long text": ({"author": "x" * 201}, 'author is "xxx.*"?; it must be a text'),
    "no number as text": ({"version": 1}, "version is 1; it must be a text"),
    "lacking text": ({"licence": None}, "the file lacks 'licence'; add it"),
    "an id of 49": ({"palettes__skin": _palette(1, id="a" * 49)}, r"palettes\.skin\[0\]\.id is \"aaaa"),
    "an id with a line break": ({"palettes__skin": _palette(1, id="a\n")}, r"palettes\.skin\[0\]\.id is"),
    "an upper-case id": (
        {"palettes__skin": _palette(1, id="A")},
        r"id is \"A\"; it must be an id",
    ),
    "a palette's name": ({"palettes__Skin": _palette(1)}, 'palettes has the name "Skin"; it must be an id'),
    "a colour's name": (
        {"palettes__hair": _palette(2, hex="red")},
        r'palettes\.hair\[0\]\.hex is "red"; it must be a colour, written as #rrggbb',
    ),
    "half a colour": ({"palettes__hair": _palette(1, hex="#abc")}, r"hair\[0\]\.hex is \"#abc\""),
    "no colour": ({"palettes__hair": []}, r"palettes\.hair is \[\]; it must be a list of 1 to 256 colours"),
    "257 colours": ({"palettes__hair": _palette(257)}, r"palettes\.hair is \[.*; it must be a list of 1 to"),
    "twice one colour": (
        {"palettes__hair": _palette(2, id="c1")},
        r"palettes\.hair has two colours",
    ),
    "natural as text": (
        {"palettes__skin": _palette(1, natural="no")},
        r'palettes\.skin\[0\]\.natural is "no"; it must be true or false',
    ),
    "a colour's unknown field": (
        {"palettes__skin": _palette(1, name="y")},
        r"palettes\.skin\[0\] has the unknown 'name'; it can have id, hex, natural",
    ),
    "palettes that are none": ({"palettes": []}, r"palettes is \[\]; it must be an object"),
    "a lacking palette": ({"palettes__iris": None}, "palettes lacks iris; add them"),
    "a default of no palette": ({"defaults": {"nose": "c0"}}, r"defaults\.nose is 'c0', which is no colour"),
    "a default of no colour": ({"defaults": {"skin": "c9"}}, r"defaults\.skin is 'c9'.*; there are first"),
    "a circle": ({"follows": {"hair": "beard", "beard": "hair"}}, r"follows\.hair is 'beard'; name a slot"),
    "a follower of a follower": ({"follows": {"brows": "beard", "beard": "hair"}}, r"follows\.brows"),
    "an unknown follower": ({"follows": {"nose": "hair"}}, r"follows\.nose is 'hair'; name a slot"),
    "an unknown leader": ({"follows": {"beard": "nose"}}, r"follows\.beard is 'nose'; name a slot"),
    "an unknown shade": (
        {"follows": {"beard": "hair.dim"}},
        r"follows\.beard has the shade 'dim'",
    ),
    "a number followed": ({"follows": {"beard": 3}}, r"follows\.beard is 3; it must be a slot or its shade"),
    "two numbers": ({"canvas": [0, 0]}, r"canvas is \[0, 0\]; it must be the square \[x, y, side\]"),
    "canvas too small": (
        {"canvas": [0, 0, 63.9]},
        r"canvas\[2\] is 63\.9; it must be a number from 64",
    ),
    "canvas too large": ({"canvas": [0, 0, 1000.1]}, r"canvas\[2\] is 1000\.1; it must be"),
    "canvas too far": (
        {"canvas": [0, -1000.1, 64]},
        r"canvas\[1\] is -1000\.1; it must be a number",
    ),
    "canvas too far right": ({"canvas": [1000.1, 0, 64]}, r"canvas\[0\] is 1000\.1; it must be"),
    "canvas of a truth": ({"canvas": [True, 0, 64]}, r"canvas\[0\] is true; it must be"),
    "no width": (
        {"border": {"color": "#ffffff", "width": 0}},
        r"border\.width is 0; it must be a number",
    ),
    "too wide": ({"border": {"color": "#ffffff", "width": 40.1}}, r"border\.width is 40\.1"),
    "border's colour": (
        {"border": {"color": "white", "width": 9}},
        r'border\.color is "white"; it must be',
    ),
    "an unknown type": ({"parts__horns": {}}, "parts has the unknown 'horns'; it can have head, ears"),
    "a lacking type": ({"parts__nose": None}, "parts lacks 'nose'; add it"),
    "a depth as text": (
        {"parts__hair__z": {"front": "high"}},
        r'parts\.hair\.z\.front is "high"; it must be a whole number from -999 to 999',
    ),
    "too deep": ({"parts__hair__z": {"back": -1000}}, r"parts\.hair\.z\.back is -1000"),
    "too high": ({"parts__hair__z": {"front": 1000}}, r"parts\.hair\.z\.front is 1000"),
    "half a depth": ({"parts__hair__z": {"front": 1.5}}, r"parts\.hair\.z\.front is 1\.5"),
    "no depth": ({"parts__hair__z": {}}, r"parts\.hair\.z is \{\}; it must be an object with a depth"),
    "an unknown layer": (
        {"parts__hair__z": {"top": 1}},
        r'z has the name "top"; it must be one of',
    ),
    "no variant": (
        {"parts__mouth__variants": {}},
        r"parts\.mouth\.variants is \{\}; it must be an object with 1",
    ),
    "1,001 variants": (
        {"parts__mouth__variants": {"one": MOUTH} | {f"v{n}": MOUTH for n in range(1000)}},
        r"parts\.mouth\.variants is .*; it must be an object with 1 to 1,000 variants",
    ),
    "a path as an id": (
        {"parts__nose__variants": {"one": {}, "../../x": {}}},
        r'parts\.nose\.variants has the name "\.\./\.\./x"; it must be an id',
    ),
    "a default that is none": ({"parts__hair__default": "two"}, r"parts\.hair\.default 'two' is none of its"),
    "a number for a truth": (
        {"parts__mouth__variants": {"one": MOUTH, "two": {**MOUTH, "open": 1}}},
        r"parts\.mouth\.variants\.two\.open is 1; it must be true or false",
    ),
    "a lacking tag": (
        {"parts__mouth__variants": {"one": MOUTH, "two": {"open": True}}},
        r"parts\.mouth\.variants\.two lacks 'smile'; add it",
    ),
    "an unknown word": (
        {"parts__facial_hair__variants": {"one": {"kind": "sideburns"}}},
        r'variants\.one\.kind is "sideburns"; it must be one of "none", "stubble"',
    ),
    "an unknown word shown": (
        {"parts__nose__variants": {"one": {"tags": {"lines": ["deep"]}}}},
        r'one\.tags\.lines\[0\] is "deep"; it must be one of "none", "some", "marked"',
    ),
    "no words shown": (
        {"parts__nose__variants": {"one": {"tags": {"lines": []}}}},
        r"tags\.lines is \[\]; it must be a list of some of none, some, marked",
    ),
    "an unknown attribute": (
        {"parts__nose__variants": {"one": {"tags": {"turn": ["front"]}}}},
        r"tags has the unknown 'turn'; it can have hair_length",
    ),
    "a number as a free tag": (
        {"parts__nose__variants": {"one": {"size": 3}}},
        r"parts\.nose\.variants\.one\.size is 3; it must be true, false or a text",
    ),
    "a long free tag": ({"parts__nose__variants": {"one": {"look": "x" * 201}}}, r"variants\.one\.look is"),
    "a free tag's name": (
        {"parts__nose__variants": {"one": {"A b": True}}},
        r'one has the name "A b"',
    ),
    "an unknown field": (
        {"parts__nose__depth": 1},
        r"parts\.nose has the unknown 'depth'; it can have z",
    ),
}
BEYOND_THE_SCHEMA = {
    *("twice one colour", "a default of no palette", "a default of no colour", "a circle"),
    *("a follower of a follower", "an unknown follower", "an unknown leader", "an unknown shade"),
    "a default that is none",
}
"""What a schema cannot say: one field's value depends on another's."""


@pytest.mark.parametrize("case", ACCEPTED)
def test_what_is_allowed_is_read_and_valid_by_the_schema(case: str) -> None:
    content = changed_manifest(**ACCEPTED[case])
    read = _parse(content)
    assert read.file.name == content["name"]
    assert list(read.file.palettes) == list(content["palettes"])
    VALIDATOR.validate(content)


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_not_allowed_is_refused_in_one_line_and_by_the_schema(case: str) -> None:
    changes, message = REFUSED[case]
    content = changed_manifest(**changes)
    with pytest.raises(UserError, match=rf"^style\.json: .*{message}") as caught:
        _parse(content)
    assert len(str(caught.value)) < 260
    assert VALIDATOR.is_valid(content) == (case in BEYOND_THE_SCHEMA)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"{", "is not JSON"),
        (b"[" * 99_999, "is not JSON"),
        (b'{"canvas": [0, 0, Infinity]}', "is not JSON"),
        (b'{"canvas": [0, 0, 1e999]}', "is not JSON"),
        (b"\xff\xfe{\x00}\x00", "is not JSON"),
        (b"[]", r"the file is \[\]; it must be an object"),
    ],
)
def test_what_is_no_json_object_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(UserError, match=rf"style\.json: {message}"):
        parse(data, "style.json")


@pytest.mark.parametrize("field", ["name", "version", "licence", "author"])
@pytest.mark.parametrize("text", ["two\nlines", "\x1b[31mred", "right to left \u202e"])
def test_words_can_be_printed(field: str, text: str) -> None:
    with pytest.raises(UserError, match=f"{field} has characters that cannot be printed"):
        _parse(changed_manifest(**{field: text}))


def test_defaults_are_the_chosen_colours_or_the_first() -> None:
    palette = [{"id": "a", "hex": "#AA0000"}, {"id": "b", "hex": "#BB0000"}]
    read = _parse(changed_manifest(palettes__skin=palette, palettes__hat=palette, defaults={"hat": "b"}))
    assert set(read.defaults) == set(SLOTS)
    assert (read.defaults["skin"], read.defaults["hat"]) == ("#aa0000", "#bb0000")
    border = _parse(changed_manifest(border={"color": "#FFEEDD", "width": 3})).file.border
    assert (border.color, border.width) == ("#ffeedd", 3.0)


def test_free_tags_and_the_order_of_variants_are_kept() -> None:
    variants = {name: {**MOUTH, "look": name} for name in ("one", "z", "a", "m")}
    tags = _parse(changed_manifest(parts__mouth__variants=variants)).tags
    assert list(tags) == list(PART_TYPES)
    assert list(tags["mouth"].items()) == list(variants.items())


def test_words_are_apart_from_the_other_tags() -> None:
    shown = {"mouth": ["teeth_smile", "open_smile"]}
    found = _parse(changed_manifest(parts__mouth__variants={"one": {**MOUTH, "tags": shown}}))
    assert (found.words["mouth"]["one"], found.tags["mouth"]["one"]) == (shown, MOUTH)
    assert found.words["nose"]["one"] == {}


def test_a_type_left_out_is_not_there() -> None:
    found = _parse(changed_manifest(parts__lines=None))
    assert set(PART_TYPES) - found.tags.keys() == {"lines"} == set(PART_TYPES) - found.words.keys()


def test_a_byte_order_mark_is_allowed() -> None:
    assert parse(b"\xef\xbb\xbf" + json.dumps(manifest()).encode(), "style.json").file.name == "tiny"


def test_the_published_schema_is_the_one_of_the_types() -> None:
    """If not: ``python -m emojax.avatar.styles schema --out docs/style.schema.json``."""
    assert json.loads((ROOT / "docs" / "style.schema.json").read_text()) == json_schema()
    jsonschema.Draft202012Validator.check_schema(json_schema())


@pytest.mark.parametrize("folder", style.built_in_styles(), ids=lambda folder: folder.name)
def test_shipped_manifests_are_valid_by_the_schema(folder: Path) -> None:
    VALIDATOR.validate(json.loads((folder / "style.json").read_text()))
