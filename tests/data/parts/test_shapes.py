"""Shapes: a part's own labels and nothing else, whatever side it is from."""

import numpy as np
import pytest

from emojax.data.faces.labels import CLASSES, UNKNOWN
from emojax.data.parts import builder, shapes

EVERYTHING = np.arange(256, dtype=np.uint8).reshape(1, 16, 16)


def _labels(part: str, channel: int) -> set[str]:
    values = np.asarray(shapes.shape(part, EVERYTHING))[..., channel].reshape(256)
    assert set(values.tolist()) <= {0.0, 1.0}
    return {CLASSES[value] if value < len(CLASSES) else "unknown" for value in np.flatnonzero(values)}


def test_every_part_has_labels_and_every_shape_its_parts() -> None:
    assert tuple(shapes.LABELS) == builder.PARTS
    assert set(shapes.TYPES) < set(builder.PARTS)
    assert {shapes.TYPES[part] for part in shapes.TYPES} == set(shapes.PARTS_OF_TYPE)


def test_a_mouths_lips_and_inside_have_channels_of_their_own() -> None:
    found = [_labels("mouth", channel) for channel in range(3)]
    assert found == [{"mouth"}, {"upper lip"}, {"lower lip"}]


def test_a_face_is_its_whole_outline() -> None:
    features = {"nose", "mouth", "upper lip", "lower lip", "left eye", "right eye", "eyeglasses"}
    assert _labels("face", 0) == features | {"skin", "left brow", "right brow"}
    assert _labels("face", 1) == _labels("face", 2) == set()


@pytest.mark.parametrize("kind", ["brow", "eye"])
def test_twins_show_what_the_right_one_shows(kind: str) -> None:
    """Pictures of left parts are mirrored, and so are their labels."""
    for side in ("left", "right"):
        assert shapes.TYPES[f"{side}_{kind}"] == kind
        assert _labels(f"{side}_{kind}", 0) == {f"right {kind}"}


@pytest.mark.parametrize("part", builder.PARTS)
def test_the_unknown_belongs_to_no_part_and_own_pixels_are_all_channels(part: str) -> None:
    shape = np.asarray(shapes.shape(part, EVERYTHING))
    assert shape.shape == (1, 16, 16, shapes.CHANNELS)
    assert shape.dtype == np.float32
    own = shapes.part_mask(part, EVERYTHING)
    assert np.array_equal(own, shape.any(-1))
    assert own.any()
    assert not own.reshape(256)[UNKNOWN]
