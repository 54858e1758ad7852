"""Where one scene of a clip ends and another begins."""

import collections
from typing import Final

import cv2
import numpy as np

_CUT: Final = 0.45
"""Half the squared distance of two frames' small copies, each less its mean and of length 1, from which on a
new scene begins. Smaller: a hand before the camera is a cut. Larger: cuts of alike pictures are missed."""

_STEP: Final = 9.0
_STEPS: Final = 5.0
"""Mean change in levels of 255, light aside, from which on a new scene begins too, if it is so many times
that of the frames before. Smaller: quick gestures are cuts. Larger: cuts in one studio are missed."""

_RECENT: Final = 12
"""Frames before, by which that is judged. Fewer: the first quick move is a cut. More: the begin of a pan."""

_THUMBNAIL: Final = (32, 18)
_FAINT: Final = 4.0
"""Contrast, in levels of 255, below which two frames count as alike. Smaller: the noise of a black picture is
a cut in every frame. Larger: cuts in the dark are missed."""


class Cuts:
    """Looks at the frames of a clip in turn, as small copies of them."""

    def __init__(self) -> None:
        self._before: np.ndarray | None = None
        self._steps: collections.deque[float] = collections.deque(maxlen=_RECENT)

    def __call__(self, frame: np.ndarray) -> bool:
        """Whether the next frame ``uint8[H, W, 3]`` begins a new scene."""
        small = cv2.resize(frame, _THUMBNAIL, interpolation=cv2.INTER_AREA).astype(np.float32)
        before, self._before = self._before, small
        if before is None:
            return False
        step = _change(before, small)
        usual = float(np.median(self._steps)) if self._steps else 0.0
        is_cut = _distance(_standard(before), _standard(small)) > _CUT or step > max(_STEP, _STEPS * usual)
        self._steps.append(step)
        if is_cut:
            self._steps.clear()
        return is_cut


def _standard(small: np.ndarray) -> np.ndarray:
    """A small copy less its mean and of length 1, so that light does not matter."""
    apart = small - small.mean((0, 1))
    return apart / max(float(np.linalg.norm(apart)), _FAINT * apart.size**0.5)


def _change(before: np.ndarray, after: np.ndarray) -> float:
    """Mean difference of two small copies, after the first was made as bright as the second."""
    gain = min(max(float(after.mean()) / max(float(before.mean()), 1.0), 0.5), 2.0)
    return float(np.abs(after - gain * before).mean())


def _distance(first: np.ndarray, second: np.ndarray) -> float:
    return 0.5 * float(((first - second) ** 2).sum())
