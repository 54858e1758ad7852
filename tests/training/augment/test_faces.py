"""Photos and label maps are transformed alike, mirrored labels swap sides, and values stay in their range."""

import functools

import jax
import jax.numpy as jnp
import numpy as np

from emojax.data.faces.labels import CLASSES, UNKNOWN
from emojax.training.augment.faces import Augmentation, augment, occlude, pack, warp

S, SIZE = 64, 48
LEFT_EYE, RIGHT_EYE, SKIN, HAIR = (CLASSES.index(name) for name in ("left eye", "right eye", "skin", "hair"))
_GREY = np.asarray([(i * 37) % 256 for i in range(256)], np.uint8)


def _faces(count: int = 16) -> np.ndarray:
    """A pixel's grey is a function of its label, the same for both eyes."""
    masks = np.full((count, S, S), SKIN, np.uint8)
    masks[:, :20] = HAIR
    masks[:, 26:38, 8:24] = RIGHT_EYE
    masks[:, 26:38, 40:56] = LEFT_EYE
    masks[:, 44:] = UNKNOWN
    grey = _GREY[np.where(masks == LEFT_EYE, RIGHT_EYE, masks)]
    return pack(np.repeat(grey[..., None], 3, axis=-1), masks)


@functools.cache
def _warp(coarse: float):  # type: ignore[no-untyped-def]
    return jax.jit(lambda key, pixels: warp(key, pixels, SIZE, Augmentation(coarse=coarse)))


def _inner(masks: np.ndarray, reach: int = 2) -> np.ndarray:
    """Pixels whose neighbours within `reach` have the same label."""
    same = np.ones(masks.shape, bool)
    for axis in (1, 2):
        for shift in range(-reach, reach + 1):
            same &= np.roll(masks, shift, axis) == masks
    return same


def test_every_label_is_where_its_colour_is() -> None:
    for seed in range(3):
        images, masks = map(np.asarray, _warp(0.0)(jax.random.key(seed), _faces()))
        kept = _inner(masks) & (masks > 0)  # 0: outside, filled with any colour
        expected = _GREY[np.where(masks == LEFT_EYE, RIGHT_EYE, masks)] / 255
        wrong = np.abs(images - expected[..., None]).max(-1) > 0.02
        assert kept.mean() > 0.2
        assert wrong[kept].mean() < 0.02


def test_left_and_right_are_the_persons_in_mirrored_faces_too() -> None:
    """The right eye lies left of the left one when the head is upright, mirrored or not."""
    masks = np.concatenate([_warp(0.0)(jax.random.key(seed), _faces())[1] for seed in range(4)])
    column = np.arange(SIZE)[None, None]
    seen = [(masks == eye).sum((1, 2)) for eye in (RIGHT_EYE, LEFT_EYE)]
    both = (seen[0] > 20) & (seen[1] > 20)
    right, left = (
        ((masks == eye) * column).sum((1, 2)) / np.maximum(n, 1) for eye, n in zip((5, 4), seen, strict=True)
    )
    assert both.sum() > 20
    assert (right < left)[both].all()


def test_half_of_the_faces_are_mirrored() -> None:
    pixels = _faces()
    pixels[:, 26:38, 8:24, :3] = 255  # one eye only is white
    images, masks = map(np.asarray, _warp(0.0)(jax.random.key(3), pixels))
    white = (images.min(-1) > 0.99) & _inner(masks, 1)
    as_right, as_left = ((white & (masks == eye)).sum((1, 2)) for eye in (RIGHT_EYE, LEFT_EYE))
    assert 3 <= (as_right > as_left).sum() <= 13
    assert 3 <= (as_left > as_right).sum() <= 13


def test_faces_of_low_resolution_keep_sharp_labels() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (16, S, S, 3)).astype(np.uint8)
    pixels = np.concatenate([noise, _faces()[..., 3:]], axis=-1)
    key = jax.random.key(0)
    (sharp, labels), (blurred, same) = _warp(0.0)(key, pixels), _warp(1.0)(key, pixels)
    np.testing.assert_array_equal(labels, same)
    visible = np.asarray(labels) > 0
    assert np.asarray(blurred)[visible].std() < 0.7 * np.asarray(sharp)[visible].std()


def test_occluders_are_background_and_the_rest_is_unchanged() -> None:
    pixels = _faces()
    images, masks = jnp.asarray(pixels[..., :3] / 255.0, jnp.float32), jnp.asarray(pixels[..., 3], jnp.int32)
    covered, labels = map(np.asarray, jax.jit(lambda k: occlude(k, images, masks, 2))(jax.random.key(1)))
    hidden = labels != np.asarray(masks)
    assert 0.005 < hidden.mean() < 0.3
    assert (labels[hidden] == 0).all()
    changed = np.abs(covered - np.asarray(images)).max(-1) > 1e-6
    assert hidden[changed].mean() > 0.5  # the soft edges keep their labels
    assert not changed[~hidden].all()


def test_augmented_faces_are_in_range_and_a_key_gives_the_same_again() -> None:
    run = jax.jit(lambda key, pixels: augment(key, pixels, SIZE, Augmentation()))
    images, masks = run(jax.random.key(0), _faces())
    again, _ = run(jax.random.key(0), _faces())
    other, _ = run(jax.random.key(1), _faces())
    assert images.shape == (16, SIZE, SIZE, 3)
    assert images.dtype == jnp.float32
    assert jnp.isfinite(images).all()
    assert -1 <= images.min() < images.max() <= 1
    assert set(np.unique(masks)) <= {0, SKIN, LEFT_EYE, RIGHT_EYE, HAIR, UNKNOWN}
    np.testing.assert_array_equal(images, again)
    assert (images != other).any()


def test_a_small_photo_is_anywhere_in_the_frame_and_mostly_in_it() -> None:
    settings = Augmentation(
        min_zoom=0.5, max_zoom=0.5, near=0.0, max_rotation=0.0, turned=0.0, coarse=0.0, occluders=0
    )
    hair = pack(np.full((64, S, S, 3), 9, np.uint8), np.full((64, S, S), HAIR, np.uint8))
    _, masks = jax.jit(lambda key: warp(key, hair, SIZE, settings))(jax.random.key(0))
    seen = np.asarray(masks) == HAIR
    axis = (np.arange(SIZE) + 0.5) / SIZE - 0.5
    centres = np.stack([(seen.sum(a) * axis).sum(1) / seen.sum((1, 2)) for a in (1, 2)])
    # Half the frame's side fits with its middle up to a quarter off; a little more is cut off.
    assert 0.22 < np.abs(centres).max() < 0.3
    assert seen.mean((1, 2)).min() > 0.25 * 0.6
