"""Which labels make up a part of a face, and the part's shape, apart from all that lies around it.

A photo and a drawing of one thing have few pixels' colours in common, but its shape.
"""

from collections.abc import Mapping
from typing import Final

import jax
import jax.numpy as jnp
import numpy as np

from emojax.data.faces.labels import CLASSES

_FEATURES: Final = (
    *("left brow", "right brow", "left eye", "right eye", "eyeglasses"),
    *("nose", "mouth", "upper lip", "lower lip"),
)

LABELS: Final[Mapping[str, tuple[str, ...]]] = {
    # The outline from forehead to chin. Not the ears: hair hides them or not whatever the face's
    # shape, and they are parts of their own.
    "face": ("skin", *_FEATURES),
    # What carries complexion, wrinkles and beard; the features are holes in it.
    "skin": ("skin", "nose"),
    "hair": ("hair",),
    "hat": ("hat",),
    "left_brow": ("left brow",),
    "right_brow": ("right brow",),
    "left_eye": ("left eye",),
    "right_eye": ("right eye",),
    "eyeglasses": ("eyeglasses",),
    "nose": ("nose",),
    "mouth": ("mouth", "upper lip", "lower lip"),
    "left_ear": ("left ear",),
    "right_ear": ("right ear",),
    "neck": ("neck", "necklace"),
    "cloth": ("cloth",),
}
"""Names of the labels, of `CLASSES`, by part: all of `emojax.data.parts.builder.PARTS`, in its order."""

SOURCES: Final[Mapping[str, tuple[str, ...]]] = {
    "face": ("face",),
    "hair": ("hair",),
    "hat": ("hat",),
    "brow": ("right_brow", "left_brow"),
    "eye": ("right_eye", "left_eye"),
    "eyeglasses": ("eyeglasses",),
    "nose": ("nose",),
    "mouth": ("mouth",),
}
"""Kinds of shapes, and the parts that are of each: twins are one kind."""

KINDS: Final[Mapping[str, str]] = {part: kind for kind, parts in SOURCES.items() for part in parts}
"""The kind of each part that has one."""

PATCH_SIZE: Final = 64
"""Side of a part's picture in pixels."""

CHANNELS: Final = 3
"""Of a shape: what one part consists of, at most."""


def shape(part: str, masks: np.ndarray | jax.Array) -> jax.Array:
    """What of a part's picture is the part.

    Args:
      part: of `LABELS`.
      masks: ``uint8[..., H, W]``, labels as a data set has them. What is unknown counts as not the part.

    Returns:
      ``float32[..., H, W, CHANNELS]`` of 0 and 1. A mouth's channels are its inside, the upper and
      the lower lip; any other part is in the first.
    """
    return jnp.asarray(table(part))[masks]


def own_pixels(part: str, masks: np.ndarray) -> np.ndarray:
    """``bool[..., H, W]``: which pixels of ``uint8[..., H, W]`` are the part's, whichever label they have."""
    own = np.asarray(table(part).any(axis=-1))
    return own[masks]


def table(part: str) -> np.ndarray:
    """``float32[256, CHANNELS]``: the shape's pixel for each value of a label map."""
    # Pictures of left parts are mirrored, labels too, and so show right ones.
    labels = LABELS[part.replace("left_", "right_")]
    channels = [(label,) for label in labels] if part == "mouth" else [labels]
    values = np.zeros((256, CHANNELS), np.float32)
    for channel, comprised in enumerate(channels):
        values[[CLASSES.index(label) for label in comprised], channel] = 1.0
    return values
