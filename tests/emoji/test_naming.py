"""What ships tells faces from other things, and names these."""

import pytest

from emojax import weights
from emojax.data.openmoji.parts.part_set import PartSet
from emojax.emoji import naming

THINGS = {
    "a red apple": "red apple 🍎",
    "cat": "cat 🐈",
    "thumbs up": "thumbs up 👍",
    "party popper": "party popper 🎉",
    "the Bicycle": "bicycle 🚲",
    "roter Apfel": "red apple 🍎",
    "daumen hoch": "thumbs up 👍",
    "partypopper": "party popper 🎉",
}


@pytest.fixture(scope="module")
def namer() -> naming.Namer:
    return naming.load(weights.shipped("naming"))


def test_all_faces_are_taken_for_faces_by_their_names(namer: naming.Namer) -> None:
    path = weights.shipped("parts")
    labels = [
        face.label for face in PartSet.from_json(weights.read_metadata(path)["parts"], source=path).faces
    ]
    found = namer.name([label.annotation for label in labels])
    assert sum(named.is_face for named in found) >= 0.98 * len(labels)
    assert sum(named.face == label.hexcode for named, label in zip(found, labels, strict=True)) > 95


@pytest.mark.parametrize(
    "text",
    ["smiling face with a party hat", "face with medical mask", "cowboy", "green face about to vomit", "sad"],
)
def test_faces_with_extras_are_faces(text: str, namer: naming.Namer) -> None:
    (named,) = namer.name([text])
    assert named.is_face


@pytest.mark.parametrize("text", THINGS)
def test_things_are_named(text: str, namer: naming.Namer) -> None:
    (named,) = namer.name([text])
    assert not named.is_face
    assert f"{named.name} {named.emoji}".replace("\ufe0f", "") == THINGS[text]


def test_a_text_is_named_as_alone_among_many(namer: naming.Namer) -> None:
    texts = [*THINGS, "sad face", "cat", "two"]
    found = namer.name(texts)
    alone = [namer.name([text])[0] for text in texts]
    assert [named.name for named in found] == [named.name for named in alone]
    assert [named.share for named in found] == pytest.approx([named.share for named in alone], abs=1e-5)


def test_emoji_without_characters_are_shown_by_number() -> None:
    assert naming.shown("1F636-200D-1F32B-FE0F") == "\U0001f636\u200d\U0001f32b\ufe0f"
    assert naming.shown("E000") == "U+E000"
    with pytest.raises(ValueError, match="no characters"):
        naming.shown("DC00")


@pytest.mark.parametrize(
    ("text", "face"),
    [
        ("a crying cat", {"crying face", "loudly crying face"}),
        ("kissing cat", {"kissing face", "kissing face with smiling eyes", "kissing face with closed eyes"}),
        ("thumbs up", {"slightly smiling face"}),
        ("a dog", {"slightly smiling face"}),
    ],
)
def test_the_nearest_face_shares_a_word_or_smiles(text: str, face: set[str], namer: naming.Namer) -> None:
    (found,) = namer.name([text])
    assert not found.is_face
    assert dict(namer.names)[found.face] in face


@pytest.mark.parametrize("hexcode", ["D800", "110000", "F" * 40, "1F600--FE0F", "", "smile"])
def test_code_points_that_are_no_characters_are_refused(hexcode: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        naming.shown(hexcode)
