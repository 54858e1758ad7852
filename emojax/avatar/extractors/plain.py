"""Parts compared as they are, without any net: what a learned extractor has to be better than."""

import dataclasses
from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np

from emojax.avatar.reading.segments import Segment
from emojax.data.parts import shapes

_SIDE: Final = 16
"""Pixels of a side that pictures are shrunk to: finer detail never lies alike on a photo and a drawing."""


@dataclasses.dataclass(frozen=True)
class Pixels:
    """A part's own pixels, all else grey. An `emojax.avatar.matching.library.Extractor`."""

    name: str = "pixels"
    digest: str = "emojax.pixels.1"
    needs_pixels: bool = True

    def embed(self, part: str, segments: Sequence[Segment]) -> np.ndarray:
        """``float32[B, 768]`` of B segments, at least one."""
        own = [shapes.own_pixels(part, each.labels)[..., None] for each in segments]
        pictures = [each.image / np.float32(127.5) - 1 for each in segments]
        return _shrunk([np.where(mine, seen, 0) for mine, seen in zip(own, pictures, strict=True)])

    def photo_mean(self, part: str, zoom: float) -> np.ndarray | None:
        """None: it is not measured."""
        return None


@dataclasses.dataclass(frozen=True)
class Shapes:
    """The shape itself that autoencoders see. An `emojax.avatar.matching.library.Extractor`."""

    name: str = "shapes"
    digest: str = "emojax.shapes.1"
    needs_pixels: bool = False

    def embed(self, part: str, segments: Sequence[Segment]) -> np.ndarray:
        """``float32[B, 768]`` of B segments, at least one."""
        table = shapes.table(part)
        return _shrunk([table[each.labels] for each in segments])

    def photo_mean(self, part: str, zoom: float) -> np.ndarray | None:
        """None: it is not measured."""
        return None


def _shrunk(pictures: Sequence[np.ndarray]) -> np.ndarray:
    small = [
        cv2.resize(picture.astype(np.float32), (_SIDE, _SIDE), interpolation=cv2.INTER_AREA)
        for picture in pictures
    ]
    return np.stack(small).reshape(len(small), -1)
