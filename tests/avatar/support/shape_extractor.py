"""An extractor without weights, for tests: a part's shape itself, blurred and centred."""

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np

from emojax.avatar.reading.segments import Segment
from emojax.data.parts.shapes import part_mask

_SIDE: Final = 16


class ShapeExtractor:
    name = "shape"
    needs_pixels = False

    def __init__(self, digest: str = "1") -> None:
        self.digest = digest
        self.calls = 0

    def embed(self, part: str, segments: Sequence[Segment]) -> np.ndarray:
        self.calls += 1
        shapes = [part_mask(part, segment.labels).astype(np.float32) for segment in segments]
        small = [cv2.resize(shape, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA) for shape in shapes]
        return np.stack(small).reshape(len(small), -1) - 0.25

    def photo_mean(self, part: str, zoom: float) -> np.ndarray | None:
        return None
