"""Paraphrases change one word for one that means the same, and never say what is held out."""

import pytest

from emojax import weights
from emojax.data.openmoji.parts.part_set import PartSet
from emojax.data.openmoji.words import paraphrases, phrases, slots
from emojax.data.openmoji.words.paraphrases import GROUPS, bare, expanded


@pytest.mark.parametrize(
    ("phrase", "others"),
    [
        ("angry eyebrows", ("furious eyebrows", "angry brows")),
        ("a large tear", ("an enormous tear", "a large teardrop")),
        ("eyes like hearts", ("hearts for eyes", "heart-shaped eyes")),
    ],
)
def test_a_word_or_the_way_to_compare_is_changed(phrase: str, others: tuple[str, ...]) -> None:
    found = paraphrases.paraphrases(phrase)
    assert set(others) <= set(found)
    assert phrase not in found


def test_words_within_words_stay() -> None:
    assert paraphrases.paraphrases("a moneybag") == []


def test_what_is_held_out_stays_unseen() -> None:
    known, held_out = ("angry eyes", "furious eyes", "angry eyebrows"), ("furious brows", "the irate eyes")
    found = expanded(known, held_out)
    assert "enraged eyes" in found
    assert "grumpy eyebrows" in found
    # Neither a phrase of theirs, nor a word that only they have.
    assert not {bare(text) for text in found} & {bare(text) for text in (*known, *held_out)}
    assert not {word for text in found for word in text.split()} & {"brows", "irate"}


def test_groups_have_each_word_once_and_no_two_groups_are_the_same() -> None:
    for group in GROUPS:
        assert len(group) == len(set(group)) > 1
    assert len(GROUPS) == len({frozenset(group) for group in GROUPS})


def test_no_paraphrase_of_the_lexicon_is_what_another_part_is_called() -> None:
    path = weights.shipped("parts")
    parts = PartSet.from_json(weights.read_metadata(path)["parts"], source=path)
    entries = phrases.entries(parts, slots.make(parts))
    further = [text for entry in entries for text in entry.further]
    assert len(further) > 500
    for entry in entries:
        others = [e for e in entries if e.slot != entry.slot or not set(e.answers) & set(entry.answers)]
        called = {bare(text) for e in others for text in (*e.phrases, *e.synonyms)}
        assert not {bare(text) for text in entry.further} & called
