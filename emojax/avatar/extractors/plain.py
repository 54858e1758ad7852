"""Baselines without a net: a part's pixels or its shape, downsampled. A learned extractor must beat them."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from emojax.avatar.reading.segments import Segment
from emojax.core.errors import UserError
from emojax.data.parts import shapes

_SIDE: Final = 16
"""Side of the downsampled pictures, in pixels. Smaller, parts of different shape become one vector;
larger, a shift of a pixel or two between a photo and a drawing outweighs the difference of their shapes.
Not fitted."""


@dataclasses.dataclass(frozen=True)
class Pixels:
    """A part's own pixels, everything around it grey. An `emojax.avatar.extractors.table.Extractor`."""

    name: str = "pixels"
    digest: str = "emojax.pixels.1"
    needs_pixels: bool = True

    @classmethod
    def load(cls, weights: Path | None) -> "Pixels":
        """The extractor; UserError if given a weight file, since it has no weights."""
        _refuse_weights(weights)
        return cls()

    def embed(self, part: str, segments: Sequence[Segment]) -> np.ndarray:
        """``float32[B, 768]`` of B >= 1 segments, colours in [-1, 1]."""
        masks = [shapes.part_mask(part, segment.labels)[..., None] for segment in segments]
        images = [segment.image / np.float32(127.5) - 1 for segment in segments]
        return _downsample([np.where(mask, image, 0) for mask, image in zip(masks, images, strict=True)])

    def photo_mean(self, part: str, zoom: float) -> np.ndarray | None:
        """None: not measured."""
        return None


@dataclasses.dataclass(frozen=True)
class Shapes:
    """The shape that autoencoders take as input. An `emojax.avatar.extractors.table.Extractor`."""

    name: str = "shapes"
    digest: str = "emojax.shapes.1"
    needs_pixels: bool = False

    @classmethod
    def load(cls, weights: Path | None) -> "Shapes":
        """The extractor; UserError if given a weight file, since it has no weights."""
        _refuse_weights(weights)
        return cls()

    def embed(self, part: str, segments: Sequence[Segment]) -> np.ndarray:
        """``float32[B, 768]`` of B >= 1 segments, in [0, 1]."""
        table = shapes.table(part)
        return _downsample([table[segment.labels] for segment in segments])

    def photo_mean(self, part: str, zoom: float) -> np.ndarray | None:
        """None: not measured."""
        return None


def _refuse_weights(weights: Path | None) -> None:
    if weights is not None:
        raise UserError(f"{weights}: this extractor has no weights; leave the file out")


def _downsample(pictures: Sequence[np.ndarray]) -> np.ndarray:
    """Averages over areas: pictures ``[H, W, 3]`` to ``float32[B, _SIDE * _SIDE * 3]``."""
    small = [
        cv2.resize(picture.astype(np.float32), (_SIDE, _SIDE), interpolation=cv2.INTER_AREA)
        for picture in pictures
    ]
    return np.stack(small).reshape(len(small), -1)
