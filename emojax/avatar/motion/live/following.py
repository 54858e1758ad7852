"""Follows the face before a camera: who it is, decided once, and what it does, frame by frame."""

import enum
from typing import Final

from emojax.avatar.faces.crop import Labeller
from emojax.avatar.motion import identity as identities
from emojax.avatar.motion.identity import Identity
from emojax.avatar.motion.live.moving import Moving, Now
from emojax.avatar.motion.posing import Pose, of_frame
from emojax.avatar.motion.sight import Sight
from emojax.avatar.motion.tracking import Tracker
from emojax.avatar.motion.watching import Moment, View, Watcher
from emojax.avatar.pipeline import AvatarMaker
from emojax.media.clips import Frame

_VIEWS: Final = 3
"""Views, apart in time, by which it is decided who is there. Fewer: one blurred view may decide. More: the
avatar comes later, 0.4 s a view and the time that it takes to choose parts for it."""

_PATIENCE: Final = 2.0
"""Seconds after which fewer will do, where the machine sees few frames. Shorter: one view decides. Longer: on
slow machines the avatar comes late."""


class State(enum.Enum):
    """How far the following is."""

    NOBODY = "nobody"
    """No face has been found yet."""
    MEETING = "meeting"
    """A face is seen, and who it is is not decided yet."""
    FOLLOWING = "following"
    """The avatar follows the face."""
    AWAY = "away"
    """There is an avatar, and its face is not in the picture."""


class Follower:
    """The face before one camera. What it keeps does not grow with time.

    Attributes:
      state: how far it is.
      now: what the face does; None before it was found.
      moment: the last frame's; None before the first.
    """

    def __init__(self, parser: Labeller, sight: Sight) -> None:
        """
        Args:
          parser: labels crops when faces are looked for.
          sight: sees the crops; must be of this follower alone.
        """
        self._parser, self._sight = parser, sight
        self.anew()

    def anew(self) -> None:
        """Forgets who was there."""
        self._watcher = Watcher(Tracker(self._parser), self._sight)
        self._moving = Moving()
        self._views: list[View] = []
        self._since: float | None = None
        self._identities: dict[str, tuple[AvatarMaker, Identity]] = {}
        self.state = State.NOBODY
        self.now: Now | None = None
        self.moment: Moment | None = None

    def see(self, frame: Frame) -> State:
        """Looks at the next frame; its time must be later than the last one's."""
        moment, view = self._watcher.see(frame)
        self.moment = moment
        scenes = self._watcher.watched.scenes
        for old in [track for track in scenes if track < moment.track]:
            del scenes[old]
        self.now = self._moving(moment)
        if self._views:
            scenes.clear()
            self.state = State.AWAY if view is None else State.FOLLOWING
        elif view is None:
            self.state = State.NOBODY
        else:
            self._meet(frame.time, scenes[moment.track].views)
        return self.state

    def _meet(self, time: float, views: list[View]) -> None:
        self._since = time if self._since is None else self._since
        self.state = State.MEETING
        if len(views) >= _VIEWS or time - self._since >= _PATIENCE:
            self._views, self.state = views[:_VIEWS], State.FOLLOWING

    def identity(self, maker: AvatarMaker) -> Identity | None:
        """Who it is in a maker's style; None as long as that is not decided.

        The first call for a style takes some tenths of a second; each style is of the same views.
        """
        if not self._views:
            return None
        known, found = self._identities.get(maker.style.name, (None, None))
        if known is not maker or found is None:  # a style may have been replaced by one of its name
            found = identities.decide(maker, self._views)
            self._identities[maker.style.name] = maker, found
        return found

    def pose(self, maker: AvatarMaker) -> Pose | None:
        """How the avatar is drawn now; None as long as there is none."""
        found = self.identity(maker)
        return None if found is None or self.now is None else of_frame(maker, found, self.now.measured)
