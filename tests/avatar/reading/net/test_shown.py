"""Logits become calibrated probabilities, and evidence in which rare words count for more."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emojax import weights
from emojax.avatar.reading.net.shown import FORMAT, Attribute, Reader, Reading, bounded
from emojax.core.errors import UserError
from emojax.data.faces.labels import CLASSES

BROWS = Attribute(("neutral", "frown"), (0.9, 0.1), weighted=0.5, balance=0.5)
HAT = Attribute(("none", "cap", "other"), (0.5, 0.25, 0.25), weighted=0.0, balance=1.0)
READER = Reader({"brows": BROWS, "headwear": HAT}, {}, ())


def _ratio(words: Any, first: str, second: str) -> float:
    return float(np.log(words[first] / words[second]))


def test_each_attribute_has_its_own_logits_and_sums_to_one() -> None:
    found = READER.decode(np.array([0.0, 0.0, 3.0, 1.0, -2.0], np.float32))
    for words in (*found.probabilities.values(), *found.evidence.values()):
        assert sum(words.values()) == pytest.approx(1)
    assert _ratio(found.probabilities["headwear"], "cap", "other") == pytest.approx(3.0)


def test_the_weight_that_training_gave_rare_words_is_taken_back() -> None:
    found = READER.decode(np.zeros(5, np.float32))
    assert _ratio(found.probabilities["brows"], "neutral", "frown") == pytest.approx(0.5 * np.log(9))
    assert _ratio(found.evidence["brows"], "neutral", "frown") == pytest.approx(0)
    assert _ratio(found.probabilities["headwear"], "none", "cap") == pytest.approx(0)
    assert _ratio(found.evidence["headwear"], "none", "cap") == pytest.approx(-np.log(2))


def _file(path: Path, **changes: Any) -> Path:
    attributes = {"brows": dataclasses.asdict(BROWS), **changes.pop("attributes", {})}
    metadata = {"format": FORMAT, "attributes": json.dumps(attributes), "features": '["areas"]', **changes}
    heads = {"kernel": np.ones((3, 2), np.float32), "bias": np.zeros(2, np.float32)}
    statistics = {name: np.ones(3, np.float32) for name in ("mean", "inverse", "gain")}
    weights.save(path, {"params": {"heads": heads}, "statistics": statistics}, metadata=metadata)
    return path


def test_a_file_is_read_as_it_was_written(tmp_path: Path) -> None:
    found = Reader.load(_file(tmp_path / "net.safetensors"))
    assert found.attributes == {"brows": BROWS}
    assert found.order == ("areas",)


@pytest.mark.parametrize(
    "changes",
    [
        {"format": "emojax.segmentation.1"},
        {"attributes": {"headwear": dataclasses.asdict(HAT)}},
        {"attributes": {"brows": {"words": ["neutral", "frown"]}}},
        {"attributes": {"brows": dataclasses.asdict(dataclasses.replace(BROWS, frequencies=(1.0, 0.0)))}},
        {"features": "["},
    ],
)
def test_other_files_are_refused_in_one_line(tmp_path: Path, changes: dict[str, Any]) -> None:
    with pytest.raises(UserError, match="holds no attribute net"):
        Reader.load(_file(tmp_path / "net.safetensors", **changes))


def test_what_ships_reads_every_attribute_that_drawings_can_show() -> None:
    from emojax.data.faces.attributes import WORDS

    found = Reader.load()
    assert {name: each.words for name, each in found.attributes.items()} == dict(WORDS)


@pytest.mark.parametrize("seen", [True, False])
def test_the_label_map_says_whether_glasses_are_worn_and_the_net_which(seen: bool) -> None:
    labels = np.zeros((306, 306), np.uint8)
    labels[130:165, 80:220] = CLASSES.index("eyeglasses") * seen
    own = {"glasses": {"none": 0.3, "clear": 0.1, "sun": 0.3, "on_head": 0.3}, "lines": {"none": 1.0}}
    found = bounded(Reading(own, own), labels)
    for words in found:
        assert sum(words["glasses"].values()) == pytest.approx(1)
        assert words["glasses"]["clear"] + words["glasses"]["sun"] == pytest.approx(0.98 if seen else 0.02)
        assert words["glasses"]["sun"] == pytest.approx(20 * 3 * words["glasses"]["clear"])  # no eye is seen
        assert words["lines"] == {"none": 1.0}
    labels[140:150, 100:120] = CLASSES.index("left eye")
    through = bounded(Reading(own, own), labels).evidence["glasses"]
    assert through["sun"] == pytest.approx(0.28 * 3 * through["clear"])
    assert bounded(Reading({}, {}), labels) == Reading({}, {})
