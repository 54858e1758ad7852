"""A clip becomes an avatar in motion: watched once from the first frame to the last, then drawn.

Only numbers are kept of each frame, so that memory does not grow with the clip's length to speak of, and
what comes later can smooth what came before.
"""

import dataclasses
import itertools
from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import Final

import numpy as np

from emojax.avatar.faces.crop import Crop
from emojax.avatar.motion import identity as identities
from emojax.avatar.motion.identity import Identity
from emojax.avatar.motion.posing import Pose, pose
from emojax.avatar.motion.sight import LabelSight, NetSight, Sight
from emojax.avatar.motion.tracking import Tracker
from emojax.avatar.motion.watching import Moment, View, Watched, Watcher
from emojax.avatar.pipeline import AvatarMaker
from emojax.core.errors import UserError
from emojax.media.clips import EndsEarly, Frame

MAX_SIDE: Final = 1280
"""Longer side in pixels to which frames are reduced. Smaller: faces in the distance are lost. Larger: nothing
is gained, since crops have 306 pixels, and copying takes longer."""


LOOKS: Final = 13.0
"""Frames a second, at least, in which the face is looked at; others are interpolated. Smaller: blinks of
160 ms are missed. Larger: what takes the most time is done more often, and a clip of 25 frames a second takes
twice as long."""


@dataclasses.dataclass
class Film:
    """A clip that was watched, and who is in its scenes.

    Attributes:
      maker: what chose the avatars.
      fps: of the clip.
      watched: its moments.
      identities: by track.
      ended: why the clip could not be read to its end; None if it could.
    """

    maker: AvatarMaker
    fps: Fraction
    watched: Watched
    identities: dict[int, Identity] = dataclasses.field(default_factory=dict)
    ended: EndsEarly | None = None

    def poses(self, *, hysteresis: bool = True) -> list[Pose]:
        """A pose for each moment."""
        found: list[Pose] = []
        for track, moments in self.scenes():
            found += pose(self.maker, self.identities[track], moments, hysteresis=hysteresis)
        return found

    def scenes(self) -> list[tuple[int, list[Moment]]]:
        """Tracks in turn, and their moments; what comes before the first face belongs to its scene."""
        first = min(self.identities)
        grouped = itertools.groupby(self.watched.moments, key=lambda moment: max(moment.track, first))
        return [(track, list(moments)) for track, moments in grouped]


def sight_of(maker: AvatarMaker) -> Sight:
    """What sees the crops of frames: the maker's nets, if it has one that reads."""
    return LabelSight(maker.parser) if maker.reader is None else NetSight(maker.parser, maker.reader)


def shoot(
    frames: Iterable[Frame],
    maker: AvatarMaker,
    *,
    fps: Fraction,
    face: int = 0,
    on_frame: Callable[[Moment, View | None], None] = lambda moment, view: None,
    sight: Sight | None = None,
    every: int | None = None,
) -> Film:
    """Watches a clip, and decides for each scene who is in it.

    Args:
      frames: of the clip.
      maker: chooses the avatars.
      fps: of the clip.
      face: which face to follow where a scene begins; 0 is the largest.
      on_frame: called with each frame's moment and face.
      sight: sees the crops; None takes the maker's nets.
      every: look at the face in every so manieth frame; None goes by `LOOKS`.

    Raises:
      UserError: no frame shows a face.
      NoSuchFaceError: the first scene with a face has none of that number.
    """
    every = every or max(1, int(fps / LOOKS + 0.1))
    watcher = Watcher(Tracker(maker.parser, face=face), sight or sight_of(maker), every=every)
    film = Film(maker, fps, watcher.watched)
    try:
        for frame in frames:
            moment, view = watcher(frame)
            on_frame(moment, view)
            _conclude(film, before=moment.track)
    except EndsEarly as error:
        film.ended = error
    _conclude(film, before=len(film.identities) + 1)
    if not film.identities:
        if film.ended is not None:
            raise film.ended
        raise UserError("no face found in any frame: use a clip that shows one from the front, well lit")
    return film


def _conclude(film: Film, *, before: int) -> None:
    """Decides scenes that are over, and lets go of their pictures."""
    for track in [track for track in film.watched.scenes if track < before]:
        found = identities.decide(film.maker, film.watched.scenes.pop(track).views)
        nothing = np.zeros((0, 0), np.uint8)
        crop = Crop(np.zeros((0, 0, 3), np.uint8), found.avatar.crop.face, found.avatar.crop.to_photo)
        light = dataclasses.replace(found.avatar, crop=crop, labels=nothing, segments={})
        film.identities[track] = dataclasses.replace(found, avatar=light)
