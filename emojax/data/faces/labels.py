"""The labels of face parsing: names, numbers, mirroring and colours."""

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
"""Names of labels 0 to 18, in the order of the public BiSeNet face-parsing checkpoint. Left is the person's
left, on the right of the image."""

UNKNOWN: Final = 255
"""The label of unlabelled pixels, which are ignored in training and evaluation."""


def _mirrored_labels() -> np.ndarray:
    table = np.arange(256, dtype=np.uint8)
    for number, name in enumerate(CLASSES):
        side, _, part = name.partition(" ")
        if side in ("left", "right"):
            table[number] = CLASSES.index(f"{'right' if side == 'left' else 'left'} {part}")
    return table


MIRRORED: Final = _mirrored_labels()
"""``uint8[256]``: each label's label in the mirrored image. Brows, eyes and ears swap sides."""


def mirror_labels(labels: np.ndarray) -> np.ndarray:
    """The label maps ``uint8[..., H, W]`` of the mirrored images."""
    return MIRRORED[labels[..., ::-1]]


def mirror_scores(scores: Any) -> Any:
    """The class scores ``float[..., H, W, 19]``, NumPy or JAX, of the mirrored images."""
    return scores[..., ::-1, :][..., MIRRORED[: len(CLASSES)]]


def colorize(labels: np.ndarray) -> np.ndarray:
    """Label maps ``uint8[...]`` as RGB images ``uint8[..., 3]``: background black, unknown white."""
    hues = np.arange(256) * 0.381966  # steps of the golden angle: successive labels differ most
    wheel = np.clip(np.abs((hues[:, None] + np.asarray([0, 2, 1]) / 3) % 1 * 6 - 3) - 1, 0, 1)
    palette = np.rint(255 * (0.25 + 0.75 * wheel)).astype(np.uint8)
    palette[0], palette[255] = 0, 255
    return palette[labels]
