"""The face parser that ships, on the demo's portrait: the label map it gives today."""

import itertools
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from emojax.avatar import demo
from emojax.avatar.faces.parser import FaceParser
from emojax.data.faces.labels import CLASSES
from emojax.evaluation.measures import segmentation
from emojax.media import image

GOLDEN = Path(__file__).parents[2] / "goldens" / "demo_labels.png"
"""Written by ``make_demo.py`` beside it."""

LEAST = 0.98
"""Mean IoU over the classes of either map. The last digits of scores differ between machines and versions of
JAX, which moves single pixels of the borders."""


@pytest.fixture(scope="module")
def stored() -> np.ndarray:
    return np.asarray(Image.open(GOLDEN))


@pytest.fixture(scope="module")
def found() -> np.ndarray:
    return FaceParser.load().label_maps(image.read_photo(demo.PORTRAIT)[None])[0]


def _mean_iou(truth: np.ndarray, labels: np.ndarray) -> float:
    """Over all classes that either map has, the background included."""
    return float(np.nanmean(segmentation.scores(np.asarray(segmentation.confusion(truth, labels))).iou))


def test_the_portrait_has_the_stored_labels(stored: np.ndarray, found: np.ndarray) -> None:
    assert found.shape == stored.shape
    assert found.dtype == np.uint8
    assert _mean_iou(stored, found) >= LEAST


def test_the_stored_labels_are_of_a_woman_in_uniform_with_glasses(stored: np.ndarray) -> None:
    """Whoever writes the file anew sees here if the new weights do not know what is on the portrait."""
    areas = dict(zip(CLASSES, np.bincount(stored.ravel(), minlength=len(CLASSES)), strict=True))
    for name, least in {
        "cloth": 60_000,
        "hat": 15_000,
        "skin": 15_000,
        "eyeglasses": 4_000,
        "nose": 1_500,
    }.items():
        assert areas[name] >= least, name
    columns = {name: np.nonzero(stored == CLASSES.index(name))[1].mean() for name in CLASSES if areas[name]}
    for part in ("brow", "eye", "ear"):
        assert columns[f"left {part}"] > columns[f"right {part}"]


def test_any_two_classes_that_change_places_are_noticed(stored: np.ndarray, found: np.ndarray) -> None:
    present = set(np.unique(stored).tolist())
    for a, b in itertools.combinations(range(len(CLASSES)), 2):
        order = np.arange(len(CLASSES), dtype=np.uint8)
        order[[a, b]] = b, a
        assert (_mean_iou(stored, order[found]) < LEAST) == bool({a, b} & present), (CLASSES[a], CLASSES[b])
