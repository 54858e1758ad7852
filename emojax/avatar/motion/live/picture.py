"""The avatar of the face before a camera, drawn as it is now."""

import numpy as np

from emojax.avatar.motion.live.following import Follower
from emojax.avatar.motion.output.drawing import Puppet
from emojax.avatar.pipeline import AvatarMaker


class Picture:
    """Draws what a follower sees. The parts of the last style are kept drawn.

    Attributes:
      follower: of the face.
      size: side of the pictures, in pixels.
    """

    def __init__(self, follower: Follower, *, size: int) -> None:
        self.follower, self.size = follower, size
        self._puppet: tuple[AvatarMaker, Puppet] | None = None

    def anew(self) -> None:
        """Forgets who was there."""
        self.follower.anew()
        self._puppet = None

    def draw(self, maker: AvatarMaker) -> np.ndarray | None:
        """The avatar in a maker's style, premultiplied ``uint8[S, S, 4]``; None as long as there is none."""
        pose, identity = self.follower.pose(maker), self.follower.identity(maker)
        if pose is None or identity is None:
            return None
        if self._puppet is None or self._puppet[0] is not maker:
            avatar = identity.avatar
            made = Puppet(maker.style, avatar.choice, avatar.colors, avatar.moves, size=self.size)
            self._puppet = maker, made
        return self._puppet[1].draw(pose)
