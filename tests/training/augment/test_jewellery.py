"""Synthesised jewellery: where it is, its label, its brightness, and that nothing else changes."""

import functools
from collections.abc import Callable

import jax
import numpy as np
import pytest

from emojax.data.faces.labels import CLASSES
from emojax.training.augment import jewellery
from emojax.training.augment.faces import pack

S, COUNT = 128, 32
SKIN, HAIR, LEFT_EAR, RIGHT_EAR, EARRING, NECK, NECKLACE, CLOTH = (
    CLASSES.index(name)
    for name in ("skin", "hair", "left ear", "right ear", "earring", "neck", "necklace", "cloth")
)


def _faces() -> np.ndarray:
    """A grey head with ears, on a neck, in clothes."""
    masks = np.zeros((COUNT, S, S), np.uint8)
    masks[:, 10:90, 30:98] = HAIR
    masks[:, 100:, 20:108] = CLOTH
    masks[:, 84:112, 48:80] = NECK
    masks[:, 20:88, 36:92] = SKIN
    masks[:, 46:66, 92:100] = LEFT_EAR
    masks[:, 46:66, 28:36] = RIGHT_EAR
    return pack(np.full((COUNT, S, S, 3), 140, np.uint8), masks)


@functools.cache
def _drawn(add: Callable[..., jax.Array], seed: int = 0) -> np.ndarray:
    return np.asarray(jax.jit(add)(jax.random.key(seed), _faces()))


@pytest.mark.parametrize(
    ("add", "label", "before"),
    [
        (jewellery.add_necklaces, NECKLACE, {NECK, CLOTH}),
        (jewellery.add_earrings, EARRING, {0, HAIR, LEFT_EAR, RIGHT_EAR, NECK, CLOTH}),
    ],
)
def test_only_what_is_labelled_is_painted(
    add: Callable[..., jax.Array], label: int, before: set[int]
) -> None:
    faces, drawn = _faces(), _drawn(add)
    worn = drawn[..., 3] == label
    np.testing.assert_array_equal(drawn[~worn], faces[~worn])
    assert set(np.unique(faces[..., 3][worn])) <= before, "never on a face"
    assert worn.any(axis=(1, 2)).mean() > 0.9
    painted = (drawn[..., :3] != faces[..., :3]).any(-1)
    assert painted[worn].mean() > 0.9
    assert worn.mean() < 0.03, "jewellery is small"


def test_no_two_are_alike_and_a_key_gives_the_same_again() -> None:
    for add in (jewellery.add_necklaces, jewellery.add_earrings):
        drawn = _drawn(add)
        assert len({face.tobytes() for face in drawn}) > 0.9 * COUNT
        np.testing.assert_array_equal(drawn, jax.jit(add)(jax.random.key(0), _faces()))
        assert (drawn != _drawn(add, 1)).any()


def test_earrings_hang_from_lobes_on_both_sides() -> None:
    worn = _drawn(jewellery.add_earrings)[..., 3] == EARRING
    rows = np.nonzero(worn)[1]
    assert rows.min() > 56, "below the middle of an ear that ends in row 65"
    left, right = worn[:, :, S // 2 :], worn[:, :, : S // 2]
    assert (left.any(axis=(1, 2)) == right.any(axis=(1, 2))).all()
    columns = np.nonzero(left.any(axis=1))[1] + S // 2
    assert 94 < np.median(columns) < 98


def test_necklaces_hang_lower_in_the_middle() -> None:
    worn = _drawn(jewellery.add_necklaces)[..., 3] == NECKLACE
    row = np.arange(S)[:, None]
    middle, side = (
        (worn[:, :, columns] * row).sum((1, 2)) / np.maximum(worn[:, :, columns].sum((1, 2)), 1)
        for columns in (slice(60, 68), slice(48, 54))
    )
    both = (middle > 0) & (side > 0)
    assert both.sum() > COUNT / 3
    assert (middle[both] >= side[both] - 1).mean() > 0.9


def test_some_necklaces_are_cut_off_by_the_lower_edge() -> None:
    worn = _drawn(jewellery.add_necklaces)[..., 3] == NECKLACE
    left, middle, right = (worn[:, :, c].any(axis=(1, 2)) for c in (slice(57), slice(61, 67), slice(71, S)))
    cut = left & right & ~middle
    assert 0.05 < cut.mean() < 0.5


def test_earrings_are_small_and_large() -> None:
    left = (_drawn(jewellery.add_earrings)[..., 3] == EARRING)[:, :, S // 2 :]
    widths = left.any(axis=1).sum(-1)
    assert widths.min() < 5
    assert widths.max() > 12


def test_jewellery_on_black_clothes_is_as_bright_as_the_skin() -> None:
    add = jax.jit(jewellery.add_necklaces)
    grey = _drawn(jewellery.add_necklaces)
    faces = _faces()
    faces[..., :3] = np.where(faces[..., 3:] == CLOTH, 4, faces[..., :3])
    black = np.asarray(add(jax.random.key(0), faces))
    np.testing.assert_array_equal(black[..., 3], grey[..., 3])
    worn = (grey[..., 3] == NECKLACE) & (_faces()[..., 3] == CLOTH)
    assert np.median(black[worn][:, 0]) > 0.7 * np.median(grey[worn][:, 0]) > 40

    faces[..., :3] = np.where(np.isin(faces[..., 3:], (SKIN, NECK)), 20, faces[..., :3])
    night = np.asarray(add(jax.random.key(0), faces))
    assert np.median(night[worn][:, 0]) < 0.8 * np.median(black[worn][:, 0])


def test_faces_without_visible_neck_and_ears_are_unchanged() -> None:
    faces = _faces()
    faces[..., 3] = np.where(np.isin(faces[..., 3], (NECK, LEFT_EAR, RIGHT_EAR)), HAIR, faces[..., 3])
    for add in (jewellery.add_necklaces, jewellery.add_earrings):
        np.testing.assert_array_equal(jax.jit(add)(jax.random.key(0), faces), faces)
