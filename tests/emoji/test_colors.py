"""A colour in a description is the face's where it is said of the face, whatever colour it usually has."""

import numpy as np
import pytest

from emojax import weights
from emojax.data.openmoji.parts.part_set import PartSet
from emojax.emoji import colors, reading
from emojax.emoji.prompts import Chooser

COLORS = ("red", "green", "blue", "orange", "yellow")
WHOLE = ("{} melting face", "{} face in clouds")
MOODS = (
    "{} face about to vomit",
    "a {} vomiting face",
    "sad {} face",
    "angry {} face with horns",
    "{} devil",
    "a {} smiley that cries",
    "{} frozen face",
    "a hot face that is {}",
    "{} face with heart eyes and a tear",
    "furious face with {} skin",
    "sleepy and {} emoji",
    "{} face with purple hearts",
)


@pytest.fixture(scope="module")
def reader() -> reading.TextReader:
    return reading.load(weights.shipped("text"))


@pytest.fixture(scope="module")
def chooser(reader: reading.TextReader) -> Chooser:
    path = weights.shipped("parts")
    parts = PartSet.from_json(weights.read_metadata(path)["parts"], source=path)
    return Chooser(parts, reader.slots)


@pytest.mark.parametrize("color", COLORS)
def test_each_colour_is_drawn_in_each_mood(color: str, reader: reading.TextReader, chooser: Chooser) -> None:
    texts = [mood.format(color) for mood in MOODS]
    for read in reader.read(texts):
        base = chooser.choose(read, None).fixed["base"]
        assert chooser.parts.parts[base].name == color, read.text
        assert chooser.understood(read)["base"] == color


def test_a_face_that_does_not_come_apart_keeps_its_colour_and_says_so(
    reader: reading.TextReader, chooser: Chooser
) -> None:
    for color in COLORS:
        for read in reader.read([mood.format(color) for mood in WHOLE]):
            expected = () if color == "yellow" else (color,)
            assert chooser.choose(read, None).left_out == expected, read.text


@pytest.mark.parametrize(
    "text",
    [
        "face with red hearts",
        "red heart eyes",
        "face with blue tears",
        "green hat on a smiling face",
        "face with a blue mask",
        "smiling face with red cheeks",
        "happy face not green",
    ],
)
def test_the_colour_of_a_part_is_not_the_faces(
    text: str, reader: reading.TextReader, chooser: Chooser
) -> None:
    (read,) = reader.read([text])
    assert chooser.parts.parts[chooser.choose(read, None).fixed["base"]].name == "yellow"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("angry red face", ["red"]),
        ("red and angry face", ["red"]),
        ("angry and red", ["red"]),
        ("red or green face", ["red", "green"]),
        ("green face with red hearts", ["green"]),
        ("face with green skin", ["green"]),
        ("face with tears and a blue head", ["blue"]),
        ("face with green", []),
        ("red heart eyes", []),
        ("hearts that are red", []),
        ("a face that is red", ["red"]),
        ("orange", ["orange"]),
        ("happy face", []),
    ],
)
def test_which_colours_are_said_of_the_face(text: str, expected: list[str]) -> None:
    assert colors.of_face(text.split()) == expected


def test_a_text_without_colours_is_read_once() -> None:
    told = (np.asarray([0.9, 0.1]), np.asarray([0.2, 0.8]))
    assert colors.sayings(["happy", "face"]) == []
    assert colors.repainted(told, [], 1) == told


def test_of_several_colours_each_is_as_likely_and_other_slots_stay() -> None:
    told = (np.asarray([0.9, 0.1]), np.asarray([0.0, 0.0, 1.0]))
    red = (np.asarray([0.5, 0.5]), np.asarray([1.0, 0.0, 0.0]))
    blue = (np.asarray([0.5, 0.5]), np.asarray([0.0, 1.0, 0.0]))
    found = colors.repainted(told, [red, blue], 1)
    assert found[0] is told[0]
    assert found[1].tolist() == [0.5, 0.5, 0.0]
    assert colors.sayings(["red", "hearts"]) == [["hearts"]]
