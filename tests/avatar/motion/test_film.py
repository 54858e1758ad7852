"""From frames to an avatar that follows: who it is stays, what it does is what the frames show."""

import dataclasses
import itertools

import numpy as np
import pytest
from avatar.support.coded_clips import FPS, PERSON, clip, coded

from emojax.avatar.matching.words import variant_words
from emojax.avatar.motion.film import Film, shoot
from emojax.avatar.motion.sight import EXPRESSION
from emojax.avatar.motion.watching import VIEWS, Scene
from emojax.avatar.pipeline import AvatarMaker
from emojax.core.errors import UserError
from emojax.media.clips import EndsEarly, Frame


def test_the_mouth_opens_and_closes_with_the_face(talking: Film, maker: AvatarMaker) -> None:
    poses = talking.poses()
    open_ = [bool(maker.style.variant("mouth", pose.choice["mouth"]).tags["open"]) for pose in poses]
    # Every second frame is looked at, so that a change may show a frame early.
    assert open_[:9] == [False] * 9
    assert open_[10:19] == [True] * 9
    assert open_[20:30] == [False] * 10
    assert sum(a != b for a, b in itertools.pairwise(open_)) == 2


def test_who_it_is_does_not_change(talking: Film) -> None:
    poses = talking.poses()
    for part in poses[0].choice.keys() - set(EXPRESSION):
        assert len({pose.choice[part] for pose in poses}) == 1, part
    assert talking.identities.keys() == {0}
    assert talking.identities[0].avatar.attributes()["hair_length"] == "medium"


def test_a_lost_face_keeps_its_avatar_and_is_reported(talking: Film) -> None:
    assert len(talking.poses()) == 35
    ((start, end),) = talking.watched.lost
    assert (start, end) == (pytest.approx(30 / 25), pytest.approx(34 / 25))


def test_films_keep_no_pictures(talking: Film) -> None:
    assert not talking.watched.scenes
    avatar = talking.identities[0].avatar
    assert avatar.crop.pixels.size == avatar.labels.size == len(avatar.segments) == 0


def test_a_head_that_moves_aside_is_followed(maker: AvatarMaker) -> None:
    frames = [coded(maker, PERSON, shift=shift) for shift in range(-40, 41, 4)]
    heads = [pose.head for pose in shoot(clip(frames), maker, fps=FPS).poses()]
    rights = np.asarray([head.right for head in heads])
    assert (np.diff(rights) > 0).all()
    assert rights[-1] == pytest.approx(-rights[0], abs=0.03)
    # 40 of the 280 pixels of the portrait, of which the limit leaves somewhat less.
    assert 0.09 < rights[-1] < 40 / 280 + 0.01
    assert max(abs(head.roll_degrees) for head in heads) < 2


def test_a_cut_brings_another_person(maker: AvatarMaker) -> None:
    other = {"hair": "bald", "head": "round", "mouth": "neutral", "glasses": "square"}
    first, second = coded(maker, PERSON, shift=-50), 255 - coded(maker, other, shift=50)
    second = np.where(second == 255 - coded(maker, other)[0, 0], np.uint8(30), 255 - second)
    film = shoot(clip([first] * 6 + [second] * 6), maker, fps=FPS)
    assert [moment.track for moment in film.watched.moments] == [0] * 6 + [1] * 6
    assert film.identities[0].avatar.attributes()["hair_length"] != "none"
    assert film.identities[1].avatar.attributes()["hair_length"] == "none"
    assert film.identities[1].avatar.attributes()["glasses"]


def test_no_face_is_an_error_and_what_ends_early_is_kept(maker: AvatarMaker) -> None:
    empty = np.full((120, 160, 3), 90, np.uint8)
    with pytest.raises(UserError, match="no face found in any frame"):
        shoot(clip([empty] * 3), maker, fps=FPS)

    def broken():  # type: ignore[no-untyped-def]
        yield from clip([coded(maker, PERSON)] * 3)
        raise EndsEarly("a.mp4: is cut short")

    film = shoot(broken(), maker, fps=FPS)
    assert len(film.watched.moments) == 3
    assert "cut short" in str(film.ended)


def test_frames_before_the_first_face_belong_to_its_scene(maker: AvatarMaker) -> None:
    empty = np.full((300, 400, 3), coded(maker, PERSON)[0, 0], np.uint8)
    film = shoot(clip([empty] * 3 + [coded(maker, PERSON)] * 5), maker, fps=FPS)
    assert [(track, len(moments)) for track, moments in film.scenes()] == [(0, 8)]
    first, later = (dataclasses.astuple(film.poses()[n].head) for n in (0, 3))
    assert first == pytest.approx(later, abs=0.3)  # of 306 units: what the first looks differ by


def test_each_word_has_a_drawing_that_shows_it(talking: Film, maker: AvatarMaker) -> None:
    identity = talking.identities[0]
    for name, drawings in identity.drawings.items():
        for word, variant in drawings.items():
            assert variant_words(name, maker.style.variant(name, variant))[name][0] == word
    assert {"closed_smile", "open_wide", "teeth_smile"} <= identity.drawings["mouth"].keys()
    own = variant_words("mouth", maker.style.variant("mouth", identity.avatar.choice["mouth"]))["mouth"][0]
    assert identity.drawings["mouth"][own] == identity.avatar.choice["mouth"]


def test_a_scene_keeps_few_views_apart_in_time(talking: Film) -> None:
    from emojax.avatar.motion.watching import View

    crop = talking.identities[0].avatar.crop
    scene = Scene()
    for n in range(400):
        scene.add(View(0.5 + 0.4 * np.sin(n), n / 25, crop, np.zeros((1, 1), np.uint8)))
    assert len(scene.views) == VIEWS
    times = sorted(view.time for view in scene.views)
    assert min(b - a for a, b in itertools.pairwise(times)) >= 0.4
    assert min(view.weight for view in scene.views) > 0.85


def test_times_of_moments_are_those_of_frames(maker: AvatarMaker) -> None:
    frames = [Frame(coded(maker, PERSON), time) for time in (0.0, 0.3, 0.35)]
    assert [m.time for m in shoot(frames, maker, fps=FPS).watched.moments] == [0.0, 0.3, 0.35]
