"""From what was seen, frame by frame, to how an avatar is posed: drawings, transforms, the head."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from emojax.avatar.motion.expression import evidence
from emojax.avatar.motion.gauges import Gauges
from emojax.avatar.motion.identity import Identity
from emojax.avatar.motion.smoothing import hold, without_lag
from emojax.avatar.motion.states import CHANGE, Switch, steady
from emojax.avatar.motion.watching import Moment
from emojax.avatar.pipeline import AvatarMaker
from emojax.avatar.reading.moves import Move
from emojax.data.faces.attributes import WORDS

HEAD: Final[Mapping[str, Any]] = {"cutoff": 1.2, "rise": 10.0}
"""Filter of the head's position, size and roll, in portrait sides and radians. Cut-off smaller: slow nods are
flattened; larger: the head of someone who sits still trembles. Rise smaller: quick moves are flattened."""

FEATURES: Final[Mapping[str, Any]] = {"cutoff": 1.5, "rise": 0.25}
"""Filter of gaze, brows and mouth, in pixels of the face frame. Cut-off larger: features tremble. Rise
smaller: speech looks mumbled."""

LIDS: Final[Mapping[str, Any]] = {"cutoff": 4.0, "rise": 4.0}
"""Filter of the eyes' opening, in shares of that of open eyes. Smaller: blinks of four frames are missed."""

OPEN_QUANTILE: Final = 0.7
"""Quantile of a scene's eye openings that counts as open. Smaller: a sleepy scene's eyes are drawn wide.
Larger: one startled moment makes all others narrow."""

BLINK: Final = {"low": 0.55, "high": 0.7}
"""Shares of that at which an eye is closed, and open again. Smaller: short blinks are missed. Larger: a look
down is a blink."""

_NARROWEST: Final = 0.45
_WIDEST: Final = 1.12
"""Share of its height to which a drawn eye closes before the drawing of closed eyes takes its place, and most
to which it opens. Smaller: lids become thick lines. Larger: pupils become ovals."""

_GAZE: Final = (5.0, 2.5)
_GAZE_GAIN: Final = 1.3
"""Units by which drawn irises may move to a side, and up or down; and by how much of the eye's own movement.
More: they leave the eye. Less: nobody sees where the face looks."""

_BROW_LIMIT: Final = 7.0
"""Units by which brows rise or fall. More: they touch the eyes. Less: surprise is not seen."""

_MOUTH_SCALES: Final = (0.6, 1.5)
_MOUTH_WIDTHS: Final = (0.85, 1.2)
"""Factors by which an open mouth opens and closes, and a mouth becomes wider, beyond its drawing. Wider:
lines become thick, and mouths leave the face."""

_MAX_ROLL: Final = 40.0
_SCALES: Final = (0.86, 1.14)
_MAX_SHIFT: Final = 0.12
"""Degrees, factors and shares of the frame by which an avatar's head turns, grows and moves. More: it leaves
the picture."""


@dataclasses.dataclass(frozen=True)
class Head:
    """Where the head is, relative to where it is on average.

    Attributes:
      roll_degrees: clockwise, as one sees it; of the face itself.
      scale: factor.
      right, down: shares of the face frame's side.
    """

    roll_degrees: float = 0.0
    scale: float = 1.0
    right: float = 0.0
    down: float = 0.0


@dataclasses.dataclass(frozen=True)
class Pose:
    """How an avatar is drawn in one frame.

    Attributes:
      choice: variant by part type.
      moves: transforms by part type.
      gaze: units by which the irises are moved to the right and down.
      head: of the whole.
      words: by attribute of the expression, what is shown.
      blinking: whether the eyes are closed.
    """

    choice: Mapping[str, str]
    moves: Mapping[str, Move]
    gaze: tuple[float, float]
    head: Head
    words: Mapping[str, str]
    blinking: bool


@dataclasses.dataclass(frozen=True)
class Measured:
    """What a face does in one frame, smoothed.

    Attributes:
      now: gauges.
      moved: by how much they differ from what is usual; 0 where that is unknown.
      lids: how far the eyes are open, 1 as usual.
      closed: whether they are closed.
      head: where it is.
      words: by attribute of the expression, what is shown; lids aside.
    """

    now: Gauges
    moved: Gauges
    lids: float
    closed: bool
    head: Head
    words: Mapping[str, str]


def pose(
    maker: AvatarMaker, identity: Identity, moments: Sequence[Moment], *, hysteresis: bool = True
) -> list[Pose]:
    """The poses of one scene.

    Args:
      maker: of the identity.
      identity: of the scene's face.
      moments: of the scene, at least one in which the face was found.
      hysteresis: keep an expression until another is clearly likelier; False takes each frame's likeliest.
    """
    looks = [moment for moment in moments if not moment.skipped] or list(moments)
    times = [moment.time for moment in looks]
    between = _Between(times, [moment.time for moment in moments])
    gauges = np.asarray([moment.gauges for moment in looks], np.float64)
    at = {name: column for column, name in enumerate(Gauges._fields)}
    lids = between(_lids(gauges[:, [at["left"], at["right"]]].mean(1), times)[:, None])[:, 0]
    smooth = without_lag(gauges, times, **FEATURES)
    usual = medians(np.where(np.isnan(gauges), np.nan, smooth))
    now_all, moved = between(smooth), np.nan_to_num(between(smooth - usual))
    heads = [head_of(*row) for row in between(_squares(looks, times)).tolist()]
    words = {
        name: between.nearest(found)
        for name, found in _words(looks, gauges, change=CHANGE if hysteresis else 0.0).items()
    }
    blink = Switch(**BLINK)
    poses = []
    for n in range(len(moments)):
        shown = {name: WORDS[name][words[name][n]] for name in words}
        gauges_now, gauges_moved = Gauges(*now_all[n].tolist()), Gauges(*moved[n].tolist())
        lid = float(lids[n])
        seen = Measured(gauges_now, gauges_moved, lid, blink(lid), heads[n], shown)
        poses.append(of_frame(maker, identity, seen))
    return poses


def of_frame(maker: AvatarMaker, identity: Identity, seen: Measured) -> Pose:
    """The pose for what was measured of one frame."""
    shown = dict(seen.words)
    if seen.closed and "eyes" in shown:
        shown["eyes"] = "closed"
    choice = identity.avatar.choice | {
        name: identity.drawings[name][word]
        for name, word in shown.items()
        if word in identity.drawings.get(name, {})
    }
    gaze = tuple(
        float(np.clip(_GAZE_GAIN * value, -limit, limit))
        for value, limit in zip((seen.moved.gaze_right, seen.moved.gaze_down), _GAZE, strict=True)
    )
    moves = _moves(maker, identity, choice, seen)
    return Pose(choice, moves, (gaze[0], gaze[1]), seen.head, shown, seen.closed)


def _lids(opening: np.ndarray, times: Sequence[float]) -> np.ndarray:
    """``float[T]``: how far the eyes are open, 1 as usual in the scene."""
    known = opening[~np.isnan(opening)]
    usual = float(np.quantile(known, OPEN_QUANTILE)) if len(known) else 0.0
    if usual <= 0:
        return np.ones(len(opening))
    return np.nan_to_num(without_lag(opening[:, None] / usual, times, **LIDS)[:, 0], nan=1.0)


class _Between:
    """Takes what was seen at some times to all times."""

    def __init__(self, seen: Sequence[float], wanted: Sequence[float]) -> None:
        self._seen, self._wanted = np.asarray(seen), np.asarray(wanted)

    def __call__(self, rows: np.ndarray) -> np.ndarray:
        """``float[S, N]`` to ``float[T, N]``, linearly."""
        return np.stack([np.interp(self._wanted, self._seen, column) for column in rows.T], -1)

    def nearest(self, items: Sequence[int]) -> list[int]:
        """The item of the nearest time; of the later one halfway between."""
        after = np.clip(np.searchsorted(self._seen, self._wanted), 1, max(len(self._seen) - 1, 1))
        last = len(self._seen) - 1
        first, second = self._seen[np.minimum(after - 1, last)], self._seen[np.minimum(after, last)]
        take = np.where(self._wanted - first < second - self._wanted - 1e-9, after - 1, after)
        return [items[min(int(k), last)] for k in take]


def medians(values: np.ndarray) -> np.ndarray:
    """Of each column of ``float[T, N]``, NaN left aside; NaN for a column of nothing else."""
    return np.asarray([np.median(c[~np.isnan(c)]) if (~np.isnan(c)).any() else np.nan for c in values.T])


def _words(looks: Sequence[Moment], gauges: np.ndarray, *, change: float) -> dict[str, list[int]]:
    found = {}
    for name, rows in evidence([moment.shown for moment in looks], gauges).items():
        known = [n for n, row in enumerate(rows) if row is not None]
        path = steady([row for row in rows if row is not None], change=change)
        before = np.maximum(np.searchsorted(known, np.arange(len(looks)), side="right") - 1, 0)
        found[name] = [path[k] for k in before]
    return found


def _squares(looks: Sequence[Moment], times: Sequence[float]) -> np.ndarray:
    """``float[S, 4]``: x and y in sides and from their medians, log of the size likewise, roll in radians."""
    rows = [
        [np.nan] * 4
        if moment.square is None
        else [moment.square.x, moment.square.y, np.log(moment.square.side), moment.square.roll_degrees]
        for moment in looks
    ]
    squares = hold(np.asarray(rows))
    # Unwrapped, so that a head that lies on its side does not turn round once.
    squares[:, 3] = np.unwrap(np.radians(squares[:, 3]))
    squares[:, :2] -= np.median(squares[:, :2], axis=0)
    squares[:, :2] /= np.exp(np.median(squares[:, 2]))
    squares[:, 2] -= np.median(squares[:, 2])
    return without_lag(squares, times, together=True, **HEAD)


def head_of(x: float, y: float, size: float, roll: float) -> Head:
    """The head of a square: x and y in sides and log of the size from where they usually are, radians."""
    return Head(
        float(np.clip(np.degrees(roll), -_MAX_ROLL, _MAX_ROLL)),
        float(np.clip(np.exp(size), *_SCALES)),
        _limited(x),
        _limited(y),
    )


def _limited(shift: float) -> float:
    """A shift that nears its limit gently."""
    return float(_MAX_SHIFT * np.tanh(shift / _MAX_SHIFT))


def _moves(
    maker: AvatarMaker, identity: Identity, choice: Mapping[str, str], seen: Measured
) -> dict[str, Move]:
    """The transforms of a frame: where the face has its features, and what they do now."""
    moves = maker.moves_to(identity.places, choice)
    if "brows" in moves:
        rise = float(np.clip(seen.moved.brows, -_BROW_LIMIT, _BROW_LIMIT))
        moves["brows"] = moves["brows"]._replace(down=moves["brows"].down - rise)
    if "eyes" in moves and not seen.closed:
        open_ = float(np.clip(seen.lids, _NARROWEST, _WIDEST))
        moves["eyes"] = moves["eyes"]._replace(high=moves["eyes"].high * open_)
    if "mouth" in moves and "mouth" in identity.places:
        moves["mouth"] = _mouth(maker, identity, choice["mouth"], moves["mouth"], seen)
    return moves


def _mouth(maker: AvatarMaker, identity: Identity, variant: str, move: Move, seen: Measured) -> Move:
    usual, now, moved = identity.places["mouth"], seen.now, seen.moved
    wide = float(np.clip(1 + moved.mouth_width / max(usual.width, 1.0), *_MOUTH_WIDTHS))
    high = 1.0
    drawn = maker.library.places["mouth"].get(variant)
    is_open = maker.style.variant("mouth", variant).tags.get("open", False)
    if is_open and drawn is not None and not np.isnan(now.mouth_height):
        # As high for its width as the face's own.
        own = now.mouth_height / max(now.mouth_width, 1.0)
        high = float(np.clip(own * drawn.width * move.wide / (drawn.height * move.high), *_MOUTH_SCALES))
    right, down = (float(np.clip(shift, -4, 4)) for shift in (moved.mouth_x, moved.mouth_y))
    return move._replace(
        wide=move.wide * wide, high=move.high * high, right=move.right + right, down=move.down + down
    )
