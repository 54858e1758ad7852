"""The report of a generator from parts: perfect for faces as composed, worse for what others get wrong."""

from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest
from evaluation.support.drawn_emoji import Projection
from support import part_faces

from emojax.core.errors import UserError
from emojax.data.openmoji.parts import collecting, composing, layers
from emojax.data.openmoji.parts.part_set import PartSet
from emojax.evaluation.emoji_parts import __main__ as program
from emojax.evaluation.emoji_parts import classifier, report
from emojax.evaluation.measures import copying
from emojax.media import image

SIZE = 32
COUNT = 48


class Composer:
    """Draws what it is asked for without a fault; or with one, `spoil`, a function of pictures."""

    def __init__(self, parts: PartSet, tables: composing.Tables, spoil: Any = lambda x: x) -> None:
        self.parts, self.tables, self.spoil = parts, tables, spoil

    def one_hot(self, labels: Any) -> np.ndarray:
        chosen = np.asarray(self.tables["faces"])[list(labels)]
        return np.asarray(composing.classes(chosen, len(self.parts.parts)))

    def draw(self, latents: np.ndarray, classes: np.ndarray | None = None) -> np.ndarray:
        assert classes is not None
        P = len(self.parts.parts)
        chosen = np.full((len(classes), 4), P, np.int32)
        for row, column in np.argwhere(classes):
            kind = self.parts.parts[column].kind
            chosen[row, composing.SLOTS.index("base" if kind == "whole" else kind)] = column
        pictures = composing.on((0, 0, 0), jax.jit(composing.compose)(self.tables, chosen, latents))
        return self.spoil(image.to_uint8(np.asarray(pictures)))


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> PartSet:
    return collecting.load(part_faces.write_faces(tmp_path_factory.mktemp("faces") / "openmoji"))


@pytest.fixture(scope="module")
def tables(parts: PartSet) -> composing.Tables:
    return jax.device_put(composing.tables(parts, layers.load(parts, SIZE)))


@pytest.fixture(autouse=True)
def _few_faces_are_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copying, "_LEAST", 4)


@pytest.fixture(scope="module")
def reader(parts: PartSet, tables: composing.Tables) -> classifier.Reader:
    return classifier.train(parts, tables, seed=0, steps=130)


def _report(reader: classifier.Reader, generator: Composer) -> dict[str, Any]:
    extractors = Projection(), Projection("random_cnn", "another")
    return report.evaluate(
        generator, generator.parts, generator.tables, reader, extractors, count=COUNT, seed=0
    )


def test_what_is_composed_has_no_fault(
    parts: PartSet, tables: composing.Tables, reader: classifier.Reader
) -> None:
    found = _report(reader, Composer(parts, tables))
    for name in ("trained", "held_out"):
        assert found[name]["psnr"] > 60
        assert found[name]["both"] == found[name]["both_of_composed"] > 0.9
    emoji = found["extractors"]["emoji_net"]
    assert emoji["two_sample"] == emoji["two_sample_of_composed"] < 0.75
    assert emoji["kid"] == emoji["kid_of_composed"]
    assert emoji["label_accuracy"] == 1
    assert emoji["labels_missed"] == []
    assert found["texture"]["fake"]["outline"] == pytest.approx(found["texture"]["real"]["outline"], abs=0.05)
    assert 0 < found["new_pairs"] <= 1


def test_faults_are_found(parts: PartSet, tables: composing.Tables, reader: classifier.Reader) -> None:
    """Mouths of others are read as wrong; pictures of another kind are told from real ones."""

    def without_mouth(pictures: np.ndarray) -> np.ndarray:
        spoiled = pictures.copy()
        spoiled[:, SIZE // 2 :] = spoiled[:, SIZE // 2 - 1, None]
        return spoiled

    found = _report(reader, Composer(parts, tables, without_mouth))
    assert found["held_out"]["mouth"] < found["held_out"]["mouth_of_composed"] - 0.1
    assert found["held_out"]["psnr"] < 30
    emoji = found["extractors"]["emoji_net"]
    assert emoji["two_sample"] > 0.9 > emoji["two_sample_of_composed"]
    assert emoji["kid"] > 2 * abs(emoji["kid_of_composed"])


def test_labels_that_look_like_others_are_named(
    parts: PartSet, tables: composing.Tables, reader: classifier.Reader
) -> None:
    def one_for_all(pictures: np.ndarray) -> np.ndarray:
        return np.broadcast_to(pictures[:1], pictures.shape)

    emoji = _report(reader, Composer(parts, tables, one_for_all))["extractors"]["emoji_net"]
    assert emoji["label_accuracy"] == pytest.approx(1 / len(parts.faces))
    assert len(emoji["labels_missed"]) == len(parts.faces) - 1


def test_the_program_refuses_what_knows_no_parts(tmp_path: Path) -> None:
    out = tmp_path / "report.json"
    with pytest.raises(UserError, match="knows no parts"):
        program.main(["--weights=dcgan_best", f"--out={out}"])
    with pytest.raises(UserError, match="--count"):
        program.main(["--count=39", f"--out={out}"])
    assert not out.exists()
