"""One pass of the net gives the labels and features that separate passes give."""

import jax
import numpy as np
import pytest
from models.test_bisenet import random_variables

from emojax.avatar.faces.parser import FaceParser, label_square
from emojax.avatar.reading.net import at_once, features
from emojax.models import bisenet


@pytest.fixture(scope="module")
def parser() -> FaceParser:
    """Untrained, with an input of 64 pixels."""
    model = bisenet.create("light", width=4)
    return FaceParser(model, random_variables(model), 64, mirror=False)


@pytest.fixture(scope="module")
def pixels() -> np.ndarray:
    rows = np.random.default_rng(0).integers(0, 256, (18, 18, 3)).astype(np.uint8)
    return np.kron(rows, np.ones((17, 17, 1), np.uint8))


def test_labels_are_those_of_the_parser(parser: FaceParser, pixels: np.ndarray) -> None:
    labels, _ = at_once.label(parser, pixels)
    assert labels.shape == (306, 306)
    expected = np.empty((1, 306, 306), np.uint8)
    parser._parse(pixels[None], _decode, expected)
    assert (labels == expected[0]).mean() > 0.995
    assert len(np.unique(labels)) > 2


def _decode(logits: jax.Array, rows: jax.Array, columns: jax.Array) -> jax.Array:
    from emojax.avatar.faces import parser

    return parser._labels(logits, rows, columns)


def test_features_are_those_of_a_pass_of_their_own(parser: FaceParser, pixels: np.ndarray) -> None:
    labels, found = at_once.label(parser, pixels)
    expected = features.compute(parser, pixels, labels)
    assert found.keys() == expected.keys() - {"verdicts"}
    for name, values in found.items():
        np.testing.assert_allclose(values, expected[name], rtol=1e-3, atol=1e-3, err_msg=name)
    order = tuple(features.ORDER)
    joined = at_once.join(found, pixels, labels, order=order)
    np.testing.assert_allclose(joined, features.join(expected, order), rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("align_corners", [False, True])
def test_scores_are_enlarged_as_their_grid_says(align_corners: bool) -> None:
    """Two labels that meet halfway between the columns of two cells."""
    logits = np.zeros((8, 8, 19), np.float32)
    logits[:, :3, 4] = 1.0
    logits[:, 3:, 7] = 1.0
    labels = label_square(logits, 160, align_corners=align_corners)
    border = int(np.argmax(labels[80] == 7))
    cells = 2.5 / 7 * 159 if align_corners else 3 * 20
    assert abs(border - cells) <= 2
    assert set(np.unique(labels)) == {4, 7}
