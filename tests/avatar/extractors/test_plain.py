"""Baselines: averages over areas of the part alone, whatever surrounds it."""

import numpy as np
import pytest

from emojax.avatar.datasets import drawn_parts
from emojax.avatar.extractors.plain import Pixels, Shapes
from emojax.avatar.reading.segments import Segment, segment
from emojax.avatar.styles import style
from emojax.data.faces.labels import CLASSES
from emojax.data.parts.shapes import part_mask


def _averages(pictures: np.ndarray) -> np.ndarray:
    """``float[64, 64, 3]`` to the means of blocks of 4 x 4."""
    return pictures.reshape(16, 4, 16, 4, 3).mean((1, 3)).reshape(-1)


def _random(label: int, other: int) -> Segment:
    rng = np.random.default_rng(0)
    labels = rng.choice(np.asarray([label, other], np.uint8), (64, 64))
    return Segment(rng.integers(0, 256, (64, 64, 3), np.uint8), labels, (0.0, 0.0, 1.0, 1.0))


@pytest.mark.parametrize(("part", "label"), [("nose", 10), ("right_brow", 3), ("left_brow", 3)])
def test_pixels_are_averaged_from_minus_one_to_one(part: str, label: int) -> None:
    found = _random(label, 1)
    masked = np.where(found.labels[..., None] == label, found.image / 127.5 - 1, 0)
    vectors = Pixels().embed(part, [found])
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(vectors, [_averages(masked)], atol=1e-6)


def test_shapes_are_averaged_by_channel() -> None:
    inside, upper = CLASSES.index("mouth"), CLASSES.index("upper lip")
    found = _random(inside, upper)
    channels = np.stack([found.labels == inside, found.labels == upper, np.zeros((64, 64))], -1)
    vectors = Shapes().embed("mouth", [found, found])
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(vectors, [_averages(channels.astype(float))] * 2, atol=1e-6)


def _mouth() -> Segment:
    drawn = drawn_parts.portrait(style.load(style.find("flat")), 3, 0)
    found = segment(drawn.pixels, drawn.labels, "mouth")
    assert found is not None
    return found


@pytest.mark.parametrize("extractor", [Pixels(), Shapes()])
def test_a_vector_depends_on_the_part_alone(extractor: Pixels | Shapes) -> None:
    mouth = _mouth()
    own = part_mask("mouth", mouth.labels)
    outside = Segment(np.where(own[..., None], mouth.image, np.uint8(9)), mouth.labels, mouth.box)
    inside = Segment(np.where(own[..., None], np.uint8(9), mouth.image), mouth.labels, mouth.box)
    smaller = Segment(mouth.image, np.where(np.arange(64) < 32, mouth.labels, np.uint8(1)), mouth.box)
    first, same, painted, cut = extractor.embed("mouth", [mouth, outside, inside, smaller])
    assert first.shape == (768,)
    np.testing.assert_array_equal(first, same)
    assert np.array_equal(first, painted) != extractor.needs_pixels
    assert not np.allclose(first, cut)
    assert extractor.photo_mean("mouth", 1.0) is None
