"""Phrases name parts that exist; captions say what their answers say."""

import random
from pathlib import Path

import numpy as np
import pytest
from support import part_faces

from emojax import weights
from emojax.core.errors import UserError
from emojax.data.openmoji.metadata import Emoji
from emojax.data.openmoji.parts import collecting
from emojax.data.openmoji.parts.part_set import PartSet
from emojax.data.openmoji.words import lexicon, moods, phrases, slots
from emojax.data.openmoji.words.captions import Captions, mistyped
from emojax.data.openmoji.words.slots import NOTHING, Slots


@pytest.fixture(scope="module")
def parts() -> PartSet:
    """OpenMoji's, as the weights that ship have them."""
    path = weights.shipped("parts")
    return PartSet.from_json(weights.read_metadata(path)["parts"], source=path)


@pytest.fixture(scope="module")
def made(parts: PartSet) -> Slots:
    return slots.make(parts)


@pytest.fixture(scope="module")
def captions(parts: PartSet, made: Slots) -> Captions:
    faces = phrases.faces(parts, {})
    return Captions(
        parts,
        made,
        entries=phrases.entries(parts, made),
        faces=faces,
        moods=phrases.moods(parts),
        others=[phrases.Subject(0, ("pizza",), ("cheese", "slice"), {})],
    )


def test_the_lexicon_names_parts_and_moods_name_faces_that_there_are(parts: PartSet) -> None:
    rows = {"eyes": lexicon.EYES, "mouth": lexicon.MOUTHS, "extra": lexicon.EXTRAS, "base": lexicon.BASES}
    for kind, entries in rows.items():
        known = {parts.parts[n].name for n in parts.numbers(kind)} | {"no mouth"}
        assert {name for names in entries for name in names.split(", ")} <= known
    shortcodes = {face.label.shortcode for face in parts.faces}
    assert {name for names in moods.MOODS.values() for name in names.split(", ")} <= shortcodes


def test_no_phrase_means_parts_of_two_slots_and_all_extras_are_of_a_family(
    parts: PartSet, made: Slots
) -> None:
    seen: dict[str, int] = {}
    for entry in phrases.entries(parts, made):
        for phrase in (*entry.phrases, *entry.synonyms):
            assert seen.setdefault(phrase, entry.slot) == entry.slot, phrase
    known = {parts.parts[n].name for n in parts.numbers("extra")}
    assert {name for names in slots.FAMILIES.values() for name in names} == known


def test_every_part_has_an_answer_and_faces_have_those_of_their_parts(parts: PartSet, made: Slots) -> None:
    answers = made.answers(parts)
    assert len(set(answers.values())) == len(answers) == len(parts.parts)
    mouth = made.index("mouth")
    nothing = made.slots[mouth].keys.index(NOTHING)
    for face in parts.faces:
        truth = made.of_face(face, answers)
        named = {made.slots[s].kind for s in truth}
        assert named - {"mouth"} == set(face.parts) - {"mouth"}
        assert (truth.get(mouth) == nothing) == ("mouth" not in face.parts and "whole" not in face.parts)


def test_slots_survive_json_and_what_is_none_is_refused(made: Slots) -> None:
    assert Slots.from_json(made.to_json(), source="file") == made
    renamed = made.to_json().replace('"eyes"', '"ears"')
    for text in ("", "{}", "[1]", "[]", renamed, made.to_json().replace(f'"{NOTHING}"', '"x"')):
        with pytest.raises(UserError, match="file: its slots cannot be read"):
            Slots.from_json(text, source="file")


def test_captions_are_functions_of_their_seed_and_hold_pairs_out(captions: Captions) -> None:
    def drawn(seed: int) -> list[object]:
        rng = random.Random(seed)
        return [captions.draw(rng) for _ in range(20)]

    assert drawn(1) == drawn(1) != drawn(2)
    rng = random.Random(0)
    assert not any(captions.holds_out(captions.draw(rng).answers) for _ in range(3000))
    assert any(
        captions.is_held_out(a, b) for a in captions.of_slot("eyes") for b in captions.of_slot("mouth")
    )


def test_held_out_synonyms_are_in_no_caption_of_their_parts(captions: Captions) -> None:
    entries = [e for name in ("eyes", "mouth", "head") for e in captions.of_slot(name)]
    synonyms = {s for e in entries for s in e.synonyms}
    assert len(synonyms) > 20
    assert not synonyms & {p for e in entries for p in e.phrases}


def test_what_a_caption_is_without_is_no_answer(captions: Captions) -> None:
    rng, found = random.Random(3), 0
    halo = captions.slots.index("head")
    for _ in range(12_000):
        caption = captions.draw(rng)
        text = " ".join(caption.words)
        if "without halo" in text and " hat" not in text and "horns" not in text:
            found += 1
            assert halo not in caption.answers, text
    assert found


def test_a_misspelling_is_one_edit_away() -> None:
    rng = random.Random(0)
    for _ in range(200):
        wrong = mistyped("sunglasses", rng)
        assert abs(len(wrong) - 10) <= 1
        assert sum(a != b for a, b in zip(wrong, "sunglasses", strict=False)) <= 10
    assert {len(mistyped("sunglasses", rng)) for _ in range(200)} == {9, 10, 11}
    assert mistyped("hat", rng) == "hat"
    assert mistyped("träne", rng) == "träne"


def test_other_things_are_nearest_to_the_face_that_shares_their_rare_words(tmp_path: Path) -> None:
    folder = part_faces.write_faces(tmp_path / "openmoji")
    own = collecting.load(folder)
    faces = phrases.faces(own, {})

    def thing(name: str, *tags: str) -> Emoji:
        return Emoji("1F355", "", name, "food-drink", "food", tags, 1.0, False)

    hungry, stone = (
        phrases.others([thing(*words)], own, faces, {})[0]
        for words in (("pizza", "savoring"), ("stone", "face"))
    )
    assert hungry.face is not None
    assert own.faces[hungry.face].label.annotation == "face savoring food"
    assert stone.face is None


def test_colors_that_no_base_has_are_in_no_keyword(parts: PartSet) -> None:
    known = {word for face in phrases.faces(parts, {}) for tag in face.tags for word in tag.split()}
    assert not known & lexicon.COLORS
    assert np.isin(["happy", "devil"], list(known)).all()
