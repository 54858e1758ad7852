"""Views of portraits keep their labels where their pixels are."""

import numpy as np

from emojax.avatar.faces.portraits import Portrait
from emojax.data.faces.labels import CLASSES
from emojax.training.attributes.views import augmented

LEFT, RIGHT = CLASSES.index("left eye"), CLASSES.index("right eye")


def _portrait() -> Portrait:
    """Eyes of two colours: the person's right eye, on the left of the picture, is red."""
    pixels, labels = np.full((306, 306, 3), 128, np.uint8), np.ones((306, 306), np.uint8)
    for columns, label, color in (
        (slice(80, 120), RIGHT, (220, 20, 20)),
        (slice(190, 230), LEFT, (20, 20, 220)),
    ):
        pixels[130:160, columns], labels[130:160, columns] = color, label
    return Portrait(pixels, labels)


def test_labels_move_with_the_pixels_and_eyes_swap_sides_in_the_mirror() -> None:
    portrait, mirrored = _portrait(), 0
    for seed in range(12):
        view = augmented(portrait, np.random.default_rng(seed))
        assert view.pixels.shape == portrait.pixels.shape
        assert view.pixels.dtype == view.labels.dtype == np.uint8
        columns = {label: np.nonzero(view.labels == label)[1].mean() for label in (LEFT, RIGHT)}
        assert columns[RIGHT] < columns[LEFT]  # in any picture
        red = {label: view.pixels[view.labels == label].mean(0) for label in (LEFT, RIGHT)}
        mirrored += bool(red[LEFT][0] > red[LEFT][2])
        assert (red[LEFT][0] > red[LEFT][2]) == (red[RIGHT][0] < red[RIGHT][2])
    assert 2 <= mirrored <= 10


def test_a_view_is_another_for_another_seed_and_the_same_for_the_same() -> None:
    portrait = _portrait()
    views = [augmented(portrait, np.random.default_rng(seed)).pixels for seed in (0, 0, 1)]
    assert (views[0] == views[1]).all()
    assert (views[0] != views[2]).any()
