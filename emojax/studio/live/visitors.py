"""Who is before a camera: one visitor a session of a browser, and a bounded number of them."""

import collections
import dataclasses
import threading
import time
from typing import Final

import numpy as np

from emojax.avatar.motion.live.following import Follower, State
from emojax.avatar.motion.live.picture import Picture
from emojax.avatar.motion.output.blending import straight
from emojax.avatar.motion.output.writing import avatar_of, turned
from emojax.avatar.pipeline import AvatarMaker
from emojax.core.errors import UserError
from emojax.emoji import mirror, parts
from emojax.media import svg
from emojax.media.clips import Frame
from emojax.studio.engine import Engine

_MAX_VISITORS: Final = 8
"""Visitors whose faces are followed; of more, the one idle longest is forgotten. More take memory: up to some
30 MB each."""

_IDLE: Final = 600.0
"""Seconds after which a visitor who sends nothing is forgotten. Shorter: who pauses starts anew."""

_SIDE: Final = 420
LARGE: Final = 1024
"""Sides in pixels of the picture on the page and of the one that is downloaded."""

_KEPT: Final = 64  # drawings of emoji


@dataclasses.dataclass(eq=False)
class Visitor:
    """Who is before one camera, and what is drawn of them.

    Attributes:
      follower: of the face.
      lock: held while a frame is looked at, since a visitor may open the page twice.
      seen: when the last frame came, in seconds.
      said: what was said last on the page.
    """

    follower: Follower
    lock: threading.Lock = dataclasses.field(default_factory=threading.Lock)
    seen: float = 0.0
    said: str = ""

    def __post_init__(self) -> None:
        self._picture = Picture(self.follower, size=_SIDE)

    def look(self, pixels: np.ndarray) -> State:
        """Looks at the next frame ``uint8[H, W, 3]``."""
        now = time.monotonic()
        self.seen = max(now, self.seen + 1e-3)  # two frames are never of one time
        return self.follower.see(Frame(pixels, self.seen))

    def anew(self) -> None:
        """Forgets who was there."""
        with self.lock:
            self._picture.anew()

    def drawn(self, maker: AvatarMaker) -> np.ndarray | None:
        """The avatar as it is now, ``uint8[S, S, 4]``; None as long as there is none."""
        picture = self._picture.draw(maker)
        return None if picture is None else straight(picture)

    def snapshot(self, maker: AvatarMaker) -> tuple[str, np.ndarray]:
        """The avatar as it is now, as SVG and as ``uint8[S, S, 4]``.

        Raises:
          UserError: there is none.
        """
        pose, identity = self.follower.pose(maker), self.follower.identity(maker)
        if pose is None or identity is None:
            raise UserError("there is no avatar yet: start the camera, and look at it for a moment")
        square = None if self.follower.moment is None else self.follower.moment.square
        document = turned(avatar_of(identity.avatar, square, pose).svg(), pose.head)
        return document, svg.rasterize(document.encode(), size=LARGE, background=None, name="avatar")


class Visitors:
    """By session of a browser who is before its camera; a bounded number."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._present: collections.OrderedDict[str, Visitor] = collections.OrderedDict()

    def __len__(self) -> int:
        return len(self._present)

    def of(self, session: str) -> Visitor:
        """The visitor of a session, a new one if there is none yet."""
        with self._lock:
            found = self._present.pop(session, None)
            if found is None:
                found = Visitor(self._engine.follower(), seen=time.monotonic())
            self._present[session] = found  # last, as the one seen last
            limit = time.monotonic() - _IDLE
            for key in [key for key, each in self._present.items() if each.seen < limit]:
                del self._present[key]
            while len(self._present) > _MAX_VISITORS:
                self._present.popitem(last=False)
            return found

    def end(self, session: str) -> None:
        """Forgets the visitor of a session that has ended."""
        with self._lock:
            self._present.pop(session, None)


class Emojis:
    """Emoji of expressions, as SVG; those drawn last are kept."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._drawn: dict[tuple[tuple[str, int], ...], str] = {}

    def of(self, visitor: Visitor, maker: AvatarMaker) -> str | None:
        """The emoji that has the expression of the face now; None as long as that is not known."""
        identity, now = visitor.follower.identity(maker), visitor.follower.now
        if identity is None or now is None:
            return None
        # Glasses and hats are those that were voted; what moves is what is seen now.
        shown = {name: word for name, word in now.measured.words.items() if name != "eyes"}
        shown |= {"eyes": now.eyes} if now.eyes else {}
        read = {**identity.avatar.read, **{name: {word: 1.0} for name, word in shown.items()}}
        generator = self._engine.generator
        found = mirror.choose(generator.part_set, read)
        key = tuple(sorted(found.parts.items()))
        if key not in self._drawn:
            (document,) = parts.vectors(generator.part_set, mirror.samples(generator, found))
            self._drawn[key] = document
            for old in list(self._drawn)[:-_KEPT]:
                del self._drawn[old]
        return self._drawn[key]
