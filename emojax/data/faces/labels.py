"""The labels of face parsing: their names, their numbers, and what mirroring does to them."""

from typing import Any, Final

import numpy as np

CLASSES: Final = (
    "background",
    "skin",
    "left brow",
    "right brow",
    "left eye",
    "right eye",
    "eyeglasses",
    "left ear",
    "right ear",
    "earring",
    "nose",
    "mouth",
    "upper lip",
    "lower lip",
    "neck",
    "necklace",
    "cloth",
    "hair",
    "hat",
)
"""The labels' names, in the order of the public BiSeNet face-parsing checkpoint. Left is the person's
left, which is on the right of a picture."""

UNKNOWN: Final = 255
"""The label of pixels nobody has labelled: not learned from, not scored."""


def _mirrored_labels() -> np.ndarray:
    table = np.arange(256, dtype=np.uint8)
    for number, name in enumerate(CLASSES):
        side, _, part = name.partition(" ")
        if side in ("left", "right"):
            table[number] = CLASSES.index(f"{'right' if side == 'left' else 'left'} {part}")
    return table


MIRRORED: Final = _mirrored_labels()
"""``uint8[256]``: the label of each label's pixels in a mirrored picture. Brows, eyes and ears swap sides."""


def mirror_labels(labels: np.ndarray) -> np.ndarray:
    """The label maps ``uint8[..., H, W]`` of the mirrored pictures."""
    return MIRRORED[labels[..., ::-1]]


def mirror_scores(scores: Any) -> Any:
    """The scores ``[..., H, W, 19]`` (NumPy or JAX) of the mirrored pictures: width and channels swapped."""
    return scores[..., ::-1, :][..., MIRRORED[: len(CLASSES)]]


def colorize(labels: np.ndarray) -> np.ndarray:
    """Label maps ``uint8[...]`` as pictures ``uint8[..., 3]``; background is black, unknown is white."""
    hues = np.arange(256) * 0.381966  # golden section: neighbours look apart
    wheel = np.clip(np.abs((hues[:, None] + np.asarray([0, 2, 1]) / 3) % 1 * 6 - 3) - 1, 0, 1)
    palette = np.rint(255 * (0.25 + 0.75 * wheel)).astype(np.uint8)
    palette[0], palette[255] = 0, 255
    return palette[labels]
