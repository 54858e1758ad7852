"""Baselines: a vector depends on the part alone, not on what surrounds it."""

import numpy as np
import pytest

from emojax.avatar.datasets import drawn_parts
from emojax.avatar.extractors.plain import Pixels, Shapes
from emojax.avatar.reading.segments import Segment, segment
from emojax.avatar.styles import style
from emojax.data.parts.shapes import part_mask


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
