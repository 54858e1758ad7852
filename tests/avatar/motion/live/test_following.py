"""A camera's face gets its avatar after a moment, keeps it, and loses it when somebody else starts anew."""

import dataclasses

import numpy as np
from avatar.support.coded_clips import PERSON, coded
from avatar.support.coded_face import ReadsCode

from emojax.avatar.motion.live.following import Follower, State
from emojax.avatar.motion.sight import LabelSight
from emojax.avatar.pipeline import AvatarMaker
from emojax.media.clips import Frame

OTHER = {"hair": "bald", "head": "round", "mouth": "neutral", "glasses": "square"}


def follower() -> Follower:
    parser = ReadsCode()
    return Follower(parser, LabelSight(parser))  # type: ignore[arg-type]


def show(camera: Follower, frames: list[np.ndarray], start: float = 0.0) -> list[State]:
    return [camera.see(Frame(pixels, start + n / 10)) for n, pixels in enumerate(frames)]


def test_states_follow_each_other(maker: AvatarMaker) -> None:
    face = coded(maker, PERSON)
    empty = np.full_like(face, face[0, 0])
    camera = follower()
    states = show(camera, [empty] * 2 + [face] * 12 + [empty] * 2 + [face] * 2)
    assert states[:2] == [State.NOBODY] * 2
    assert states[2] == State.MEETING
    assert states[11:14] == [State.FOLLOWING] * 3
    assert states[14:16] == [State.AWAY] * 2
    assert states[-1] == State.FOLLOWING
    order = [a for a, b in zip(states, [None, *states], strict=False) if a != b]
    assert order[:3] == [State.NOBODY, State.MEETING, State.FOLLOWING]


def test_there_is_no_avatar_before_it_is_known_who_is_there(maker: AvatarMaker) -> None:
    camera = follower()
    show(camera, [coded(maker, PERSON)])
    assert camera.state == State.MEETING
    assert camera.identity(maker) is None
    assert camera.pose(maker) is None


def test_the_mouth_opens_and_who_it_is_stays(maker: AvatarMaker) -> None:
    camera = follower()
    show(camera, [coded(maker, PERSON)] * 12)
    closed = camera.pose(maker)
    # As the crop settles, codes that fall between pixels are misread for some frames.
    show(camera, [coded(maker, PERSON | {"mouth": "surprised"})] * 9, start=1.2)
    opened = camera.pose(maker)
    assert closed is not None
    assert opened is not None
    tags = [maker.style.variant("mouth", pose.choice["mouth"]).tags["open"] for pose in (closed, opened)]
    assert tags == [False, True]
    assert {**opened.choice, "mouth": ""} == {**closed.choice, "mouth": ""}


def test_somebody_else_gets_the_same_avatar_until_it_starts_anew(maker: AvatarMaker) -> None:
    camera = follower()
    show(camera, [coded(maker, PERSON)] * 12)
    first = camera.identity(maker)
    show(camera, [coded(maker, OTHER)] * 5, start=1.5)
    assert camera.identity(maker) is first
    camera.anew()
    assert camera.state == State.NOBODY
    assert camera.identity(maker) is None
    show(camera, [coded(maker, OTHER)] * 15, start=2.0)
    second = camera.identity(maker)
    assert first is not None
    assert second is not None
    assert first.avatar.attributes()["hair_length"] != "none"
    assert second.avatar.attributes()["hair_length"] == "none"


def test_a_style_of_the_same_name_is_another(maker: AvatarMaker) -> None:
    camera = follower()
    show(camera, [coded(maker, PERSON)] * 12)
    first = camera.identity(maker)
    assert camera.identity(maker) is first
    replaced = dataclasses.replace(maker)
    assert camera.identity(replaced) is not first


def test_a_slow_machine_decides_by_fewer_views(maker: AvatarMaker) -> None:
    camera = follower()
    face = coded(maker, PERSON)
    assert camera.see(Frame(face, 0.0)) == State.MEETING
    assert camera.see(Frame(face, 2.5)) == State.FOLLOWING


def test_what_is_kept_does_not_grow(maker: AvatarMaker) -> None:
    camera = follower()
    show(camera, [coded(maker, PERSON)] * 30)
    watched = camera._watcher.watched
    assert camera.state == State.FOLLOWING
    assert watched.moments == []
    assert watched.scenes == {}
