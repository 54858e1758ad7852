"""Subsets are what their names say, and every emoji has a short name of its own."""

import dataclasses

import pytest

from emojax.data.openmoji.metadata import SUBSETS, Emoji, select, shortcodes


def emoji(
    hexcode: str = "1F600", group: str = "smileys-emotion", subgroup: str = "face-smiling", **fields
) -> Emoji:
    characters = "".join(chr(int(code, 16)) for code in hexcode.split("-"))
    entry = Emoji(hexcode, characters, "an annotation", group, subgroup, (), 1.0, skin_tone=False)
    return dataclasses.replace(entry, **fields)


@pytest.mark.parametrize(
    ("entry", "subsets"),
    [
        (emoji("1F600"), {"smileys", "faces"}),
        (emoji("1F480", subgroup="face-negative"), {"faces"}),
        (emoji("2620", subgroup="face-negative"), {"faces"}),
        (emoji("1FAEA", subgroup="face-unwell"), {"faces"}),
        (emoji("1F916", subgroup="face-costume"), {"faces"}),
        (emoji("1F63A", subgroup="cat-face"), {"faces"}),
        (emoji("1F648", subgroup="monkey-face"), {"faces"}),
        (emoji("2764-FE0F", subgroup="heart"), set()),
        (emoji("1F44B", "people-body", "hand-fingers-open"), {"hands"}),
        (emoji("1F44B-1F3FB", "people-body", "hand-fingers-open", skin_tone=True), set()),
        (emoji("1F468", "people-body", "person"), {"people"}),
        (emoji("1F468-1F3FB", "people-body", "person", skin_tone=True), set()),
        (emoji("1F46A", "people-body", "family"), {"people"}),
        (emoji("1F463", "people-body", "person-symbol"), set()),
        (emoji("1F98B", "animals-nature", "animal-bug"), {"animals"}),
        (emoji("1F339", "animals-nature", "plant-flower"), set()),
        (emoji("E001", "extras-openmoji", "animals-nature"), set()),
    ],
    ids=lambda value: value.hexcode if isinstance(value, Emoji) else "",
)
def test_subsets_are_what_their_names_say(entry, subsets):
    assert {name for name in SUBSETS if select([entry], name)} == subsets | {"all"}


def test_members_are_in_unicodes_order_and_extras_last():
    entries = [emoji("E000", order=float("inf")), emoji("1F603", order=2.0), emoji("1F600", order=1.0)]
    assert [entry.hexcode for entry in select(entries, "all")] == ["1F600", "1F603", "E000"]


def test_shortcodes_are_the_first_alias_then_the_name_then_the_annotation():
    entries = [
        emoji("1F618"),
        emoji("263A"),  # the table lists it with a variation selector
        emoji("1F970"),
        emoji("E280", annotation="Exhausted face!"),
    ]
    assert shortcodes(entries) == [
        "kissing_heart",
        "relaxed",
        "smiling_face_with_three_hearts",
        "exhausted_face",
    ]


def test_shortcodes_are_unique_whatever_the_annotations():
    entries = [emoji(f"E{index:03}", annotation="grinning") for index in range(5)] + [emoji("1F600")]
    assert len(set(shortcodes(entries))) == len(entries)
