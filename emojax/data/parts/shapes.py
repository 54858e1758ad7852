"""The labels and the shape of each part of a face.

Photos and drawings are compared by shape, because their colours and textures differ.
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
    # The outline from forehead to chin. Without ears, which hair can hide whatever the face's shape, and
    # which are parts of their own.
    "face": ("skin", *_FEATURES),
    # Where complexion, wrinkles and beard are; features are holes in it.
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
"""The labels, of `CLASSES`, of each part of `emojax.data.parts.builder.PARTS`, in its order."""

PARTS_OF_TYPE: Final[Mapping[str, tuple[str, ...]]] = {
    "face": ("face",),
    "hair": ("hair",),
    "hat": ("hat",),
    "brow": ("right_brow", "left_brow"),
    "eye": ("right_eye", "left_eye"),
    "eyeglasses": ("eyeglasses",),
    "nose": ("nose",),
    "mouth": ("mouth",),
}
"""The parts of each type: left and right parts are of one type, and share an autoencoder."""

TYPES: Final[Mapping[str, str]] = {part: name for name, parts in PARTS_OF_TYPE.items() for part in parts}
"""The type of each part that has one."""

PATCH_SIZE: Final = 64
"""Side of a part's image in pixels."""

CHANNELS: Final = 3
"""Channels of a shape: the largest number of labels that are kept apart."""


def shape(part: str, masks: np.ndarray | jax.Array) -> jax.Array:
    """The shape of a part.

    Args:
      part: a key of `LABELS`.
      masks: label maps ``uint8[..., H, W]`` of its image. Unknown pixels are not the part's.

    Returns:
      ``float32[..., H, W, CHANNELS]`` of 0 and 1. A mouth's channels are its inside, the upper and the
      lower lip; of other parts all is in the first channel.
    """
    return jnp.asarray(table(part))[masks]


def part_mask(part: str, masks: np.ndarray) -> np.ndarray:
    """The pixels of a part in label maps ``uint8[..., H, W]``, as ``bool[..., H, W]``."""
    is_part = np.asarray(table(part).any(axis=-1))
    return is_part[masks]


def table(part: str) -> np.ndarray:
    """``float32[256, CHANNELS]``: the value in the shape of each label, see `shape`."""
    # Images of left parts are mirrored, with their labels.
    labels = LABELS[part.replace("left_", "right_")]
    channels = [(label,) for label in labels] if part == "mouth" else [labels]
    values = np.zeros((256, CHANNELS), np.float32)
    for channel, comprised in enumerate(channels):
        values[[CLASSES.index(label) for label in comprised], channel] = 1.0
    return values
