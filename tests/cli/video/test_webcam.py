"""A window in which an avatar follows the face before a camera; where either is missing, one line."""

import time
from collections.abc import Iterator

import cv2
import numpy as np
import pytest
from avatar.support.coded_clips import PERSON, coded, exact_maker
from avatar.support.coded_face import ReadsCode
from avatar.support.makers import use_coded_faces

from emojax.avatar.motion.live.following import Follower
from emojax.avatar.motion.live.picture import Picture
from emojax.avatar.motion.sight import LabelSight
from emojax.avatar.pipeline import AvatarMaker
from emojax.cli.infer import main
from emojax.cli.video import webcam
from emojax.core.errors import UserError

SIZE = 64


class Window:
    """Keeps what is shown, and is closed by its user after some pictures."""

    def __init__(self, closed_after: int = 10_000) -> None:
        self.shown: list[tuple[np.ndarray, str]] = []
        self._left = closed_after

    def show(self, pixels: np.ndarray, title: str) -> bool:
        self.shown.append((pixels, title))
        return len(self.shown) < self._left


@pytest.fixture(autouse=True)
def _no_weights(shared_cache: None, monkeypatch: pytest.MonkeyPatch) -> None:
    use_coded_faces(monkeypatch)


@pytest.fixture(scope="module")
def maker() -> AvatarMaker:
    return exact_maker()


def _picture() -> Picture:
    parser = ReadsCode()
    return Picture(Follower(parser, LabelSight(parser)), size=SIZE)  # type: ignore[arg-type]


def _camera(maker: AvatarMaker, faces: int) -> Iterator[np.ndarray]:
    face = coded(maker, PERSON)
    yield np.full_like(face, face[0, 0])
    yield from [face] * faces


def test_a_window_is_blank_until_it_is_known_who_is_there_and_then_shows_the_avatar(
    maker: AvatarMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter(np.arange(0, 100, 0.2))
    monkeypatch.setattr(time, "monotonic", lambda: float(next(clock)))
    window = Window()
    assert webcam.follow(_camera(maker, 14), window, _picture(), maker, ground=(10, 20, 30)) == 15
    pictures, titles = zip(*window.shown, strict=True)
    assert all(picture.shape == (SIZE, SIZE, 3) for picture in pictures)
    assert (pictures[0] == (10, 20, 30)).all()
    assert titles[0] == "emojax: no face in the picture"
    assert titles[-1] == "emojax: following you"
    assert (pictures[-1] != (10, 20, 30)).any(-1).mean() > 0.2
    np.testing.assert_array_equal(pictures[-1][0, 0], (10, 20, 30))


def test_it_ends_when_the_window_is_closed_or_it_is_stopped(maker: AvatarMaker) -> None:
    assert webcam.follow(_camera(maker, 9), Window(closed_after=3), _picture(), maker) == 3
    asked = iter([False, False, False, True])
    assert webcam.follow(_camera(maker, 9), Window(), _picture(), maker, stopped=lambda: next(asked)) == 4


def test_frames_of_a_camera_have_red_first_and_its_end_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    class Camera:
        released = False

        def __init__(self, number: int) -> None:
            self.left = 2 if number == 1 else 0

        def isOpened(self) -> bool:  # noqa: N802
            return True

        def set(self, *_: int) -> bool:
            return True

        def read(self) -> tuple[bool, np.ndarray | None]:
            self.left -= 1
            return (True, np.full((4, 6, 3), (1, 2, 3), np.uint8)) if self.left >= 0 else (False, None)

        def release(self) -> None:
            Camera.released = True

    monkeypatch.setattr(cv2, "VideoCapture", Camera)
    camera, frames = webcam.camera(1), []
    with pytest.raises(UserError, match="gives no more pictures"):
        frames.extend(camera)
    assert [frame.shape for frame in frames] == [(4, 6, 3)] * 2
    assert (frames[0] == (3, 2, 1)).all()
    assert Camera.released
    with pytest.raises(UserError, match="--webcam 0: there is no camera"):
        webcam.camera(0)


def test_without_a_display_it_says_so_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("tkinter")
    monkeypatch.delenv("DISPLAY", raising=False)
    with pytest.raises(UserError, match="there is no display") as error:
        main(["--webcam", "--style", "flat"])
    assert "\n" not in str(error.value)
    with pytest.raises(UserError, match="belongs to --selfie"):
        main(["--webcam", "--mood", "friendly"])
