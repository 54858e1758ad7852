"""Smooths what is seen of a face as it comes, by what came before alone."""

import collections
import dataclasses
from typing import Final

import numpy as np

from emojax.avatar.motion.expression import evidence
from emojax.avatar.motion.gauges import Gauges
from emojax.avatar.motion.posing import (
    BLINK,
    FEATURES,
    HEAD,
    LIDS,
    OPEN_QUANTILE,
    Head,
    Measured,
    head_of,
    medians,
)
from emojax.avatar.motion.smoothing import OneEuro
from emojax.avatar.motion.states import Latest, Switch
from emojax.avatar.motion.watching import Moment
from emojax.data.faces.attributes import WORDS

_RECENT: Final = 200
"""Looks by which it is judged what is usual of a face: some 20 s. Fewer: a long smile becomes the face at
rest. More: who has moved their chair stays at the picture's edge for long."""

_CHANGE: Final = 4.5
"""Nats that a change of expression costs. One sure look gives 3.9. Smaller: a single odd look is drawn, since
nothing that comes later can correct it. Larger: an expression shows later than with the second look."""

_LEFT, _RIGHT = (Gauges._fields.index(name) for name in ("left", "right"))


@dataclasses.dataclass(frozen=True)
class Now:
    """What a face does in the newest frame.

    Attributes:
      measured: for an avatar's pose.
      eyes: the word for the eyes, of which `measured` leaves closed ones and winks to the lids; empty where
        no net reads them.
    """

    measured: Measured
    eyes: str


class Moving:
    """Follows the measures of one face. It keeps a bounded number of them."""

    def __init__(self) -> None:
        self._gauges: collections.deque[np.ndarray] = collections.deque(maxlen=_RECENT)
        self._squares: collections.deque[np.ndarray] = collections.deque(maxlen=_RECENT)
        self._held = np.full(len(Gauges._fields), np.nan)
        self._features = OneEuro(**FEATURES)
        self._lids = OneEuro(**LIDS)
        self._head = OneEuro(together=True, **HEAD)
        self._words: dict[str, Latest] = {}
        self._shown: dict[str, str] = {}
        self._eyes = Latest(change=_CHANGE)
        self._eyes_word = ""
        self._blink = Switch(**BLINK)
        self.now: Now | None = None

    def __call__(self, moment: Moment) -> Now | None:
        """What the face does in the next frame; where it is not found, what it did last, if there was one."""
        if moment.square is None or moment.skipped:
            return self.now
        row = np.asarray(moment.gauges, np.float64)
        self._gauges.append(row)
        known = np.stack(self._gauges)
        usual = medians(known)
        self._held = np.where(np.isnan(row), self._held, row)
        # What has not been seen yet is where it usually is; a filter takes no NaN.
        smooth = self._features(np.nan_to_num(self._held), moment.time)
        smooth = np.where(np.isnan(self._held), np.nan, smooth)
        lids = self._opening(known, moment.time)
        self._read(moment, row, Gauges(*usual.tolist()))
        measured = Measured(
            Gauges(*smooth.tolist()),
            Gauges(*np.nan_to_num(smooth - usual).tolist()),
            lids,
            self._blink(lids),
            self._place(moment),
            dict(self._shown),
        )
        self.now = Now(measured, self._eyes_word)
        return self.now

    def _opening(self, known: np.ndarray, time: float) -> float:
        """How far the eyes are open, 1 as usual."""
        opening = known[:, [_LEFT, _RIGHT]].mean(1)
        seen = opening[~np.isnan(opening)]
        usual = float(np.quantile(seen, OPEN_QUANTILE)) if len(seen) else 0.0
        if usual <= 0:
            return 1.0
        return float(self._lids(seen[-1:] / usual, time)[0])

    def _read(self, moment: Moment, row: np.ndarray, usual: Gauges) -> None:
        for name, (likely,) in evidence([moment.shown], row[None], usual=usual).items():
            if likely is not None:
                word = self._words.setdefault(name, Latest(change=_CHANGE))(likely)
                self._shown[name] = WORDS[name][word]
        if "eyes" in moment.shown:
            self._eyes_word = WORDS["eyes"][self._eyes(moment.shown["eyes"])]

    def _place(self, moment: Moment) -> Head:
        square = moment.square
        assert square is not None
        roll = float(np.radians(square.roll_degrees))
        if self._squares:  # unwrapped, so that a head that lies on its side does not turn round once
            before = self._squares[-1][3]
            roll = float(before + np.angle(np.exp(1j * (roll - before))))
        self._squares.append(np.asarray([square.x, square.y, np.log(square.side), roll]))
        x, y, size, _ = np.median(np.stack(self._squares), axis=0).tolist()
        side = float(np.exp(size))
        place = [(square.x - x) / side, (square.y - y) / side, float(np.log(square.side)) - size, roll]
        return head_of(*self._head(np.asarray(place), moment.time).tolist())
