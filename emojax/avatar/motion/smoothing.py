"""Smoothing in time: values that follow quick changes at once and do not tremble in between."""

import math
from collections.abc import Sequence
from typing import Any, Final

import numpy as np

_SPEED_CUTOFF: Final = 1.0
"""Hertz up to which the speed is believed. Smaller: a sudden move is followed late. Larger: noise counts as
speed and passes."""


class OneEuro:
    """A low-pass filter whose cut-off rises with speed (Casiez, Roussel and Vogel, 2012, "1€ filter").

    Attributes:
      value: the last result; None before the first.
      speed: its change per second, smoothed.
    """

    def __init__(self, *, cutoff: float, rise: float, together: bool = False) -> None:
        """
        Args:
          cutoff: Hertz, of a value at rest. Smaller: steadier, and slow drifts lag.
          rise: Hertz by which a speed of one unit per second raises it. Larger: quicker to follow.
          together: one cut-off for all of a vector, so that a path is not bent.
        """
        self._cutoff, self._rise, self._together = cutoff, rise, together
        self._raw: np.ndarray | None = None
        self._time = 0.0
        self.value: np.ndarray | None = None
        self.speed: np.ndarray | None = None

    def __call__(self, value: np.ndarray, time: float) -> np.ndarray:
        """The next smoothed value.

        Args:
          value: ``float[N]``.
          time: seconds, later than the last.
        """
        value = np.asarray(value, np.float64)
        if self.value is None or self._raw is None or self.speed is None:
            self.value, self.speed = value, np.zeros_like(value)
        else:
            step = max(time - self._time, 1e-6)
            rate = _share(_SPEED_CUTOFF, step)
            self.speed = self.speed + rate * ((value - self._raw) / step - self.speed)
            speed = np.linalg.norm(self.speed) if self._together else np.abs(self.speed)
            self.value = self.value + _share(self._cutoff + self._rise * speed, step) * (value - self.value)
        self._raw, self._time = value, time
        return self.value

    def ahead(self, time: float) -> np.ndarray:
        """Where the value will be at `time`, at its present speed; there must have been one."""
        assert self.value is not None
        assert self.speed is not None
        return self.value + self.speed * (time - self._time)


def _share(cutoff: Any, step: float) -> Any:
    """How much of a new value counts after `step` seconds, for a cut-off or an array of them."""
    return 1.0 / (1.0 + 1.0 / (2.0 * math.pi * cutoff * step))


def without_lag(
    values: np.ndarray, times: Sequence[float], *, cutoff: float, rise: float, together: bool = False
) -> np.ndarray:
    """A whole series smoothed forwards and backwards, so that it neither lags nor leads.

    Args:
      values: ``float[T, N]``; rows with NaN take the value of the last row without, or of the first.
      times: seconds of each, ascending.
      cutoff, rise, together: of `OneEuro`.

    Returns:
      ``float64[T, N]``; NaN only where no row has a value.
    """
    filled = hold(values)
    if not len(filled) or np.isnan(filled).all():
        return filled
    passes = []
    for order in (1, -1):
        smooth = OneEuro(cutoff=cutoff, rise=rise, together=together)
        series = [
            smooth(row, order * time) for row, time in zip(filled[::order], times[::order], strict=True)
        ]
        passes.append(np.stack(series)[::order])
    return (passes[0] + passes[1]) / 2


def hold(values: np.ndarray) -> np.ndarray:
    """``float[T, N]`` with each NaN replaced by the value before it in its column, or the first after it."""
    found = np.array(values, np.float64)
    for column in found.T:
        known = np.flatnonzero(~np.isnan(column))
        if len(known):
            at = np.maximum(np.searchsorted(known, np.arange(len(column)), side="right") - 1, 0)
            column[:] = column[known[at]]
    return found
