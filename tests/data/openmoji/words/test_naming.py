"""Captions that name emoji: what they say is true of all that they name, and what is held out is in none."""

import random

import pytest

from emojax import weights
from emojax.data.openmoji.metadata import Emoji
from emojax.data.openmoji.parts.part_set import PartSet
from emojax.data.openmoji.words import naming, phrases, slots
from emojax.data.openmoji.words.captions import Captions
from emojax.data.openmoji.words.keywords import Keywords
from emojax.data.openmoji.words.naming import Named, NamingCaptions

FRUIT = ("apple", "pear", "plum", "cherry", "quince", "medlar", "fig", "date", "lime", "lemon", "grape")


@pytest.fixture(scope="module")
def known() -> NamingCaptions:
    path = weights.shipped("parts")
    parts = PartSet.from_json(weights.read_metadata(path)["parts"], source=path)
    made = slots.make(parts)
    faces = Captions(
        parts,
        made,
        entries=phrases.entries(parts, made),
        faces=phrases.faces(parts, {}),
        moods=phrases.moods(parts),
        others=[phrases.Subject(None, ("thing",), (), {})],
    )
    named = [
        Named(
            f"1F3{i:02X}", name, False, (name,), ("fruit", f"{name} tree"), {"de": Keywords(f"de {name}", ())}
        )
        for i, name in enumerate(FRUIT)
    ]
    named.append(Named("1F600", "grinning face", True, ("grinning face",), ("grin",), {}))
    return NamingCaptions(named, faces)


def test_captions_say_what_is_true_of_all_that_they_name(known: NamingCaptions) -> None:
    rng, faces, plain = random.Random(0), 0, 0
    for _ in range(1500):
        words, meant = known.draw(rng)
        faces += not meant
        text = " ".join(words)
        if meant and text in known.meant:
            plain += 1
            assert set(meant) == known.meant[text]
    assert 0.18 < faces / 1500 < 0.32
    assert plain > 400


def test_a_shared_keyword_means_all_that_have_it(known: NamingCaptions) -> None:
    assert known.meant["fruit"] == set(range(len(FRUIT)))
    assert known.meant["de plum"] == {FRUIT.index("plum")}


def test_what_is_held_out_is_in_no_caption_by_itself() -> None:
    texts = [f"word {i}" for i in range(400)]
    held_out = [text for text in texts if naming.is_held_out(text)]
    assert 5 <= len(held_out) <= 45
    named = [Named("1F34E", "x", False, tuple(texts), (), {})]
    captions = NamingCaptions(named, _NoFaces())  # type: ignore[arg-type]
    rng = random.Random(0)
    seen = {" ".join(captions.draw(rng)[0][-2:]) for _ in range(4000)}
    assert not seen & set(held_out)
    assert len(seen & set(texts)) > 300


class _NoFaces:
    """Descriptions of faces of one word."""

    moods = ()
    slots = slots.Slots((slots.Slot("subject", "", ("other",)),))

    def draw(self, rng: random.Random) -> object:
        from emojax.data.openmoji.words.captions import Caption

        return Caption(("face",), {})


def test_skin_tones_are_left_out_and_texts_are_plain() -> None:
    def emoji(hexcode: str, annotation: str, skin_tone: bool = False) -> Emoji:
        tags = ("Thumb!", "...", "thumb")
        return Emoji(hexcode, "", annotation, "people-body", "hand", tags, 1.0, skin_tone)

    rows = [emoji("1F44D", "Thumbs Up"), emoji("1F44D-1F3FB", "thumbs up: light", True)]
    languages = {
        "en": {"1F44D": Keywords("thumbs up", ("+1",))},
        "de": {"1F44D": Keywords("Daumen", ("gut",))},
    }
    (found,) = naming.collect(rows, ["1F600"], languages)
    assert (found.title, found.names, found.tags) == ("thumbs up", ("thumbs up",), ("thumb", "1"))
    assert found.languages == {"de": Keywords("daumen", ("gut",))}
    assert not found.is_face
