"""Watches a clip from its first frame to its last: where the face is, how it moves, and its best views."""

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from typing import Final

import cv2
import numpy as np

from emojax.avatar.faces.crop import Crop
from emojax.avatar.faces.detection import Box
from emojax.avatar.faces.portraits import mark_unknown
from emojax.avatar.motion import gauges as measures
from emojax.avatar.motion.gauges import Gauges
from emojax.avatar.motion.sight import Shown, Sight
from emojax.avatar.motion.tracking import Look, Tracker, square_of
from emojax.avatar.reading.attributes import relabel_stray_hair
from emojax.avatar.reading.placement import SEGMENTS
from emojax.avatar.reading.segments import Segment, segment
from emojax.data.faces.attributes import WORDS
from emojax.media.clips import Frame

VIEWS: Final = 5
"""Views of a scene's face by which its identity is voted. Fewer: one blurred view may decide. More: a scene
takes longer to begin, a quarter of a second a view."""

_APART: Final = 0.4
"""Seconds between two of them. Smaller: all are of one moment, with one mistake. Larger: short scenes have
one view."""

_SHARP: Final = 150.0
"""Variance of the Laplacian of a crop's luma from which on sharpness counts no more. Smaller: blurred views
count as sharp. Larger: noise does."""

_LARGE: Final = 250.0
"""Portrait side in pixels of the frame from which on size counts no more: then a crop is hardly enlarged."""


@dataclasses.dataclass(frozen=True)
class View:
    """A face at a moment, kept to choose its avatar by.

    Attributes:
      weight: how much it counts: sharp, large and frontal faces more.
      time: seconds.
      crop: the aligned face.
      labels: ``uint8[306, 306]``.
    """

    weight: float
    time: float
    crop: Crop
    labels: np.ndarray

    def segments(self) -> dict[str, Segment]:
        """The parts that are visible, by name."""
        names = sorted({name for names in SEGMENTS.values() for name in names})
        found = {name: segment(self.crop.pixels, self.labels, name) for name in names}
        return {name: each for name, each in found.items() if each is not None}


@dataclasses.dataclass(frozen=True)
class Moment:
    """What one frame says.

    Attributes:
      time: seconds.
      track: number of the scene; -1 before any face was seen.
      square: the portrait's square in the frame; None where no face was found.
      cropped: the square that was cropped, where the face was expected; None likewise.
      shown: the expression; empty where no face was found.
      gauges: how the face moves; `gauges.HIDDEN` where no face was found.
      skipped: whether the face was not looked at, since the frames before and after tell enough.
    """

    time: float
    track: int
    square: Box | None
    cropped: Box | None
    shown: Shown
    gauges: Gauges
    skipped: bool = False


@dataclasses.dataclass
class Scene:
    """The views kept of one scene, a bounded number.

    Attributes:
      views: the best, apart in time.
    """

    views: list[View] = dataclasses.field(default_factory=list)

    def add(self, view: View) -> None:
        """Keeps a view if it is among the best."""
        rivals = [each for each in self.views if abs(each.time - view.time) < _APART]
        if any(each.weight >= view.weight for each in rivals):
            return
        kept = [each for each in self.views if each not in rivals] + [view]
        self.views = sorted(kept, key=lambda each: -each.weight)[:VIEWS]


@dataclasses.dataclass
class Watched:
    """A clip, as far as it was watched.

    Attributes:
      moments: one a frame.
      scenes: by track.
      cuts: how many were seen.
      height, width: of the frames, in pixels.
    """

    moments: list[Moment] = dataclasses.field(default_factory=list)
    scenes: dict[int, Scene] = dataclasses.field(default_factory=dict)
    cuts: int = 0
    height: int = 0
    width: int = 0

    @property
    def lost(self) -> list[tuple[float, float]]:
        """From when to when no face was found, in seconds."""
        spans: list[list[float]] = []
        before = True
        for moment in self.moments:
            if moment.skipped:
                continue
            if moment.square is None:
                if before:
                    spans.append([moment.time, moment.time])
                spans[-1][1] = moment.time
            before = moment.square is not None
        return [(start, end) for start, end in spans]


class Watcher:
    """Watches frame by frame."""

    def __init__(self, tracker: Tracker, sight: Sight, *, every: int = 1) -> None:
        """
        Args:
          tracker: follows the face.
          sight: sees its crops.
          every: look at the face in every so manieth frame, as long as it is followed.
        """
        self._tracker, self._sight, self._every = tracker, sight, every
        self._since = 0
        self.watched = Watched()

    def __call__(self, frame: Frame) -> tuple[Moment, View | None]:
        """The next frame's moment, which is also kept, and its face.

        Raises:
          UserError: as of `Tracker.propose`.
        """
        watched = self.watched
        watched.height, watched.width = frame.pixels.shape[:2]
        moment, view = self.see(frame)
        watched.moments.append(moment)
        watched.cuts = self._tracker.cuts
        return moment, view

    def see(self, frame: Frame) -> tuple[Moment, View | None]:
        """As a call, but the moment is not kept: for streams that do not end."""
        lost = Moment(frame.time, self._tracker.track, None, None, {}, measures.HIDDEN)
        is_cut = self._tracker.notice(frame.pixels)
        self._since = 0 if is_cut or not self._tracker.follows else (self._since + 1) % self._every
        if self._since:
            return dataclasses.replace(lost, skipped=True), None
        crop = self._tracker.propose(frame.pixels, frame.time)
        if crop is None:
            return lost, None
        labels, shown = self._sight(crop.pixels)
        look = self._tracker.accept(crop, labels, frame.time)
        if look is None:
            crop = self._tracker.again(frame.pixels)
            if crop is None:
                return lost, None
            labels, shown = self._sight(crop.pixels)
            look = self._tracker.accept(crop, labels, frame.time)
        if look is None:
            return lost, None
        known = relabel_stray_hair(mark_unknown(frame.pixels, crop.to_photo, labels))
        view = View(_weight(look, shown), frame.time, crop, known)
        self.watched.scenes.setdefault(look.track, Scene()).add(view)
        gauges = measures.measure(crop.pixels, labels)
        return Moment(frame.time, look.track, look.square, square_of(crop), shown, gauges), view


def watch(
    frames: Iterable[Frame], watcher: Watcher, *, on_frame: Callable[[Moment], None] = lambda moment: None
) -> Watched:
    """Watches all frames."""
    for frame in frames:
        on_frame(watcher(frame)[0])
    return watcher.watched


def _weight(look: Look, shown: Mapping[str, np.ndarray]) -> float:
    luma = cv2.cvtColor(look.crop.pixels, cv2.COLOR_RGB2GRAY)
    sharp = min(float(cv2.Laplacian(luma, cv2.CV_32F).var()) / _SHARP, 1.0)
    large = min(look.square.side / _LARGE, 1.0)
    front = float(shown["turn"][WORDS["turn"].index("front")]) if "turn" in shown else 1.0
    return 1e-3 + sharp * large * front
