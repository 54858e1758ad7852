"""A maker of avatars without nets, and a film of a drawn person."""

import numpy as np
import pytest
from avatar.support.coded_clips import FPS, PERSON, clip, coded, exact_maker

from emojax.avatar.motion.film import Film, shoot
from emojax.avatar.pipeline import AvatarMaker


@pytest.fixture(scope="session")
def maker() -> AvatarMaker:
    return exact_maker()


@pytest.fixture(scope="session")
def talking(maker: AvatarMaker) -> Film:
    """Ten frames with a closed mouth, ten with an open one, ten closed; none of a face for five."""
    closed, open_ = coded(maker, PERSON), coded(maker, PERSON | {"mouth": "surprised"})
    empty = np.full_like(closed, closed[0, 0])
    return shoot(clip([closed] * 10 + [open_] * 10 + [closed] * 10 + [empty] * 5), maker, fps=FPS)
