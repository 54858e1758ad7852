"""The report finds out what a reader knows: all phrases, no synonyms, English names."""

from pathlib import Path

import numpy as np
import pytest

from emojax import weights
from emojax.cli.prompts import evaluate as cli
from emojax.data.openmoji.parts.part_set import PartSet
from emojax.data.openmoji.words import phrases, slots
from emojax.data.openmoji.words.captions import Captions
from emojax.data.openmoji.words.keywords import Keywords
from emojax.emoji.naming import Named
from emojax.emoji.prompts import Chooser
from emojax.emoji.reading import Reading
from emojax.evaluation.prompts import report
from emojax.evaluation.prompts.examples import EXAMPLES
from emojax.training.text.batches import Words


@pytest.fixture(scope="module")
def known() -> Words:
    path = weights.shipped("parts")
    parts = PartSet.from_json(weights.read_metadata(path)["parts"], source=path)
    made = slots.make(parts)
    dutch = {
        phrases.bare(face.label.hexcode): Keywords(f"gezicht {i}", ()) for i, face in enumerate(parts.faces)
    }
    entries, faces = phrases.entries(parts, made), phrases.faces(parts, {"nl": dutch})
    others = [phrases.Subject(None, (f"thing {i}",), (), {}) for i in range(20)]
    captions = Captions(parts, made, entries=entries, faces=faces, moods=phrases.moods(parts), others=others)
    return Words(captions, entries, faces, others)


class _Lookup:
    """Knows the phrases that are trained on and the faces' names, letter by letter."""

    def __init__(self, known: Words) -> None:
        self.slots, self.truths = known.captions.slots, known.captions.truths
        self.names = {face.names[0]: face.face for face in known.faces}
        pairs = [(phrase, entry) for entry in known.entries for phrase in entry.phrases]
        self.phrases = sorted(pairs, key=lambda pair: -len(pair[0]))

    def read(self, texts: list[str]) -> list[Reading]:
        return [self._one(text) for text in texts]

    def _one(self, text: str) -> Reading:
        said: dict[int, tuple[int, ...]] = {}
        rest = f" {text.replace(',', ' ,')} "
        if text in self.names:
            said = dict(self.truths[self.names[text]])
        else:
            for phrase, entry in self.phrases:
                if f" {phrase} " in rest:
                    rest = rest.replace(f" {phrase} ", "  ", 1)
                    said.setdefault(entry.slot, entry.answers)
        rows = []
        for slot, count in enumerate(self.slots.counts):
            row = np.zeros(count, np.float32)
            row[list(said.get(slot, (count - 1,)))] = 1 / len(said.get(slot, (0,)))
            rows.append(row)
        return Reading(text, tuple(rows), (), {}, Named("cat", "🐈", "1F622", 1.0))


def test_figures_of_a_reader_of_known_phrases(known: Words) -> None:
    reader = _Lookup(known)
    path = weights.shipped("parts")
    parts = PartSet.from_json(weights.read_metadata(path)["parts"], source=path)
    chooser = Chooser(parts, known.captions.slots)

    def drawn(fixed: list[dict[str, int]]) -> np.ndarray:
        # A drawing whose mouth is never right.
        return np.asarray([[row["eyes"], -1] for row in fixed])

    found = report.evaluate(reader, chooser, known, count=120, seed=0, drawn=drawn)  # type: ignore[arg-type]
    pairs, synonyms = found["held_out_pairs"], found["synonyms"]
    assert min(pairs[name] for name in ("eyes", "mouth", "both", "extra")) > 0.95
    assert pairs["count"] == 120
    assert found["one_letter_wrong"]["both"] < 0.7
    assert synonyms["both"] < 0.2
    assert found["shuffled"]["both"] < 0.1
    assert found["empty"] == 1.0
    assert found["annotations"] == 1.0
    assert found["shuffled_annotations"] < 0.1
    assert found["names_of_held_out_languages"]["nl"] < 0.1
    assert found["held_out_pairs_drawn"]["eyes"] > 0.95
    assert found["held_out_pairs_drawn"]["both"] == 0.0


def test_there_are_forty_different_examples() -> None:
    assert len(EXAMPLES) == len(set(EXAMPLES)) == 40


def test_the_table_has_a_row_for_each_example(tmp_path: Path) -> None:
    row = {"prompt": "sad cat", "whole": None, "base": None, "eyes": "dots", "mouth": None, "extra": ["tear"]}
    row |= {
        "another thing": True,
        "named emoji": "cat 🐈",
        "nearest emoji": "cry",
        "left out": ["halo"],
        "unknown words": ["cat"],
    }
    path = tmp_path / "report.json"
    import json

    path.write_text(json.dumps({"examples": [row]}))
    table = cli.table({"report": path}).splitlines()
    assert table[2:] == [
        "| 1 | sad cat | no face but cat 🐈, nearest cry; eyes: dots; extra: tear; left out: halo | cat |"
    ]
