"""Labels are found by their names, misspellings included; untrusted tables are refused."""

import dataclasses
import json
import string
import unicodedata

import pytest

from emojax.core.errors import UserError
from emojax.data.openmoji import labels
from emojax.data.openmoji.labels import Label, LabelTable

TABLE = LabelTable(
    tuple(
        Label(hexcode, emoji, shortcode, annotation, tuple(tags.split(",")))
        for hexcode, emoji, shortcode, annotation, tags in (
            ("1F618", "😘", "kissing_heart", "face blowing a kiss", "love,smooch,143"),
            ("1F60D", "😍", "heart_eyes", "smiling face with heart-eyes", "love,romance"),
            ("1F644", "🙄", "roll_eyes", "face with rolling eyes", "eyeroll,ugh"),
            ("263A", "☺️", "relaxed", "smiling face", "outlined"),
            ("1F47F", "👿", "imp", "angry face with horns", "devil,evil"),
            ("1F608", "😈", "smiling_imp", "smiling face with horns", "devil,evil,purple"),
            ("1F636-200D-1F32B-FE0F", "😶‍🌫️", "face_in_clouds", "face in clouds", "fog,absentminded"),
            ("1F613", "😓", "sweat", "downcast face with sweat", "cold"),
        )
    )
)


def name(text: str) -> str:
    return TABLE.labels[TABLE.find(text)].shortcode


@pytest.mark.parametrize("number", range(len(TABLE)))
def test_every_name_of_a_label_finds_it(number: int) -> None:
    label = TABLE.labels[number]
    codes = label.hexcode.split("-")
    for text in (
        label.shortcode,
        f":{label.shortcode}:",
        label.shortcode.upper().replace("_", " "),
        label.shortcode.replace("_", ""),
        label.annotation,
        label.annotation.title().replace(" ", "-"),
        label.emoji,
        label.emoji.replace("\ufe0f", ""),
        label.emoji.replace("\ufe0f", "") + "\ufe0f",
        label.hexcode,
        label.hexcode.lower(),
        " ".join(f"U+{code}" for code in codes),
        "-".join(f"u+{code.lower()}" for code in codes if code != "FE0F"),
        f"  {label.shortcode}\n",
    ):
        assert TABLE.find(text) == number, text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("rolling eyes", "roll_eyes"),  # some words of a name
        ("clouds face", "face_in_clouds"),  # in another order
        ("romance", "heart_eyes"),  # a tag that no other has
        ("angry devil", "imp"),  # names and tags together
        ("kising hart", "kissing_heart"),  # words put right
        ("roling eyes", "roll_eyes"),
        ("smooh", "kissing_heart"),
        ("kisingheart", "kissing_heart"),  # a name put right
        ("relxaed", "relaxed"),
    ],
)
def test_what_people_write_finds_what_they_mean(text: str, expected: str) -> None:
    assert name(text) == expected


def _table(*names: str) -> LabelTable:
    return LabelTable(tuple(Label(f"E00{i}", "", name, name) for i, name in enumerate(names)))


@pytest.mark.parametrize(("word", "is_found"), [("haert", True), ("hart", True), ("lova", False)])
def test_words_are_corrected_from_a_ratio_on(word: str, is_found: bool) -> None:
    """Ratios of 0.8 and 0.89 to "heart", and of 0.75 to "love"."""
    table = _table("heart of stone", "love of gold")
    if is_found:
        assert table.find(word) == table.find(f"{word} stone") == 0
    else:
        with pytest.raises(UserError, match="there is no label"):
            table.find(word)


@pytest.mark.parametrize(("length", "wrong", "is_found"), [(9, 2, False), (14, 3, True)])
def test_a_misspelt_name_must_be_similar(length: int, wrong: int, is_found: bool) -> None:
    """Ratios of 7/9 and 11/14, below and above 0.78."""
    name = string.ascii_lowercase[:length]
    table = _table(f"{name[:4]} {name[4:]}", "something else")
    misspelt = "0" * wrong + name[wrong:]
    if is_found:
        assert table.find(misspelt) == 0
    else:
        with pytest.raises(UserError, match="there is no label"):
            table.find(misspelt)


@pytest.mark.parametrize(("length", "is_clear"), [(24, True), (26, False)])
def test_a_misspelt_name_must_lead_the_next(length: int, is_clear: bool) -> None:
    """By one letter: 1/24 of the ratio is enough, and 1/26 is not."""
    name = string.ascii_lowercase[:length]
    other = name.replace("e", "7").replace("u", "9")
    table = _table(*(f"{each[:12]} {each[12:]}" for each in (other, name)))
    misspelt = name.replace("e", "5")
    if is_clear:
        assert table.find(misspelt) == 1
    else:
        with pytest.raises(UserError, match=f"fits {name[:12]} {name[12:]}, {other[:12]}"):
            table.find(misspelt)


def test_an_exact_name_wins_over_those_that_contain_it() -> None:
    assert name("imp") == "imp"
    assert name("smiling face") == "relaxed"


def test_what_fits_several_lists_them() -> None:
    with pytest.raises(UserError, match="'love' fits kissing_heart 😘, heart_eyes 😍: name one"):
        TABLE.find("love")
    with pytest.raises(UserError, match="'face' fits .* and 3 more"):
        TABLE.find("face")
    with pytest.raises(UserError, match=r"fits one a, one b, one c, one d, one e: name one of them"):
        _table(*(f"one {letter}" for letter in "abcde")).find("one")


def test_all_words_of_a_name_find_it_in_any_order() -> None:
    assert _table("one two", "one two three").find("two one three") == 1


@pytest.mark.parametrize("text", ["zebra crossing", "🤖", "143", "⚑", "\x1b[31m"])
def test_what_is_unknown_gets_the_five_nearest(text: str) -> None:
    with pytest.raises(UserError) as refusal:
        TABLE.find(text)
    message = str(refusal.value)
    assert repr(text) in message
    named = [label for label in TABLE.labels if str(label) in message]
    assert len(named) >= 5
    assert message.isprintable() or "\u200d" in message


def test_the_nearest_of_an_emoji_are_like_its_unicode_name() -> None:
    """😺 is SMILING CAT FACE WITH OPEN MOUTH."""
    with pytest.raises(UserError, match="'😺'; the nearest are (heart_eyes|smiling_imp|relaxed) "):
        TABLE.find("😺")


@pytest.mark.parametrize("text", ["", "  \n ", "::", ":"])
def test_the_empty_label_is_refused(text: str) -> None:
    with pytest.raises(UserError, match="a label is empty"):
        TABLE.find(text)


@pytest.mark.parametrize(
    "text", ["x" * 10_000, "heart " * 2_000, "heart" + " " * 9_000 + "eyes", "😘" * 10_000]
)
def test_an_endless_label_is_refused_in_a_line(text: str) -> None:
    with pytest.raises(UserError, match="is longer than 120 characters") as refusal:
        TABLE.find(text)
    assert len(str(refusal.value)) < 250


def test_the_table_has_aligned_columns_with_the_characters_last() -> None:
    lines = TABLE.table().splitlines()
    assert len(lines) == len(TABLE)
    for column in ("annotation", "hexcode", "emoji"):
        starts = {
            line.rindex(getattr(label, column)) for line, label in zip(lines, TABLE.labels, strict=True)
        }
        assert len(starts) == 1, column
    assert all(line.endswith(label.emoji) for line, label in zip(lines, TABLE.labels, strict=True))


def test_json_comes_back_as_it_was() -> None:
    assert LabelTable.from_json(TABLE.to_json(), source="here") == TABLE
    short = json.dumps([{"hexcode": "1F600", "emoji": "😀", "shortcode": "grinning", "annotation": "grin"}])
    assert LabelTable.from_json(short, source="here").labels == (Label("1F600", "😀", "grinning", "grin"),)


def _row(**changes: object) -> list[object]:
    return [dataclasses.asdict(TABLE.labels[0]) | changes]


@pytest.mark.parametrize(
    "rows",
    [
        {},
        [],
        [1],
        [None] * 20_001,
        _row(emoji=3),
        _row(shortcode=""),
        _row(hexcode=""),
        _row(annotation="x" * 301),
        _row(annotation="\x1b]0;owned\x07"),
        _row(emoji="\u202e😘"),
        _row(shortcode="two\nlines"),
        _row(tags="love"),
        _row(tags=["love"] * 201),
        _row(tags=[["love"]]),
        _row() * 2,
        [{"hexcode": "1F618"}],
    ],
)
def test_untrusted_tables_are_refused_by_name(rows: object) -> None:
    with pytest.raises(UserError, match=r"^their\.safetensors: its labels cannot be read"):
        LabelTable.from_json(json.dumps(rows), source="their.safetensors")


def test_a_table_is_bounded_in_size(monkeypatch: pytest.MonkeyPatch) -> None:
    text = TABLE.to_json()
    monkeypatch.setattr(labels, "_MAX_JSON", len(text))
    assert LabelTable.from_json(text, source="x") == TABLE
    with pytest.raises(UserError, match=f"and {len(text):,} are read"):
        LabelTable.from_json(text + " ", source="x")
    monkeypatch.undo()
    for largest in ({"annotation": "x" * 300}, {"tags": ["x"] * 200}):
        assert len(LabelTable.from_json(json.dumps(_row(**largest)), source="x")) == 1


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, "[" + " " * 2**24 + "]"])
def test_what_is_no_json_or_too_much_is_refused(text: str) -> None:
    with pytest.raises(UserError, match="cannot be read|is not JSON|is JSON of"):
        LabelTable.from_json(text, source="their.safetensors")


def test_refused_characters_are_those_that_do_not_show() -> None:
    for character in map(chr, [*range(0x20), 0x7F, 0x200B, 0x202E, 0x2066, 0x2028, 0xFEFF]):
        assert unicodedata.category(character)[0] in "CZ"
        with pytest.raises(UserError):
            LabelTable.from_json(json.dumps(_row(annotation=f"a{character}b")), source="x")
