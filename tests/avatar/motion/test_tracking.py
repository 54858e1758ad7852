"""A face is followed where it goes, found again where it was, and a new scene starts anew."""

from collections.abc import Iterable

import numpy as np
import pytest
from avatar.support.drawn_face import ColorParser, empty_photo, on_photo

from emojax.avatar.faces.detection import Box
from emojax.avatar.motion import tracking
from emojax.avatar.motion.tracking import Look, Tracker, face_of, square_of

HEIGHT, WIDTH = 360, 480


class Counting(ColorParser):
    """Counts what it labels."""

    def __init__(self) -> None:
        self.count = 0

    def label_maps(self, images: np.ndarray) -> np.ndarray:
        self.count += len(images)
        return super().label_maps(images)


def follow(frames: Iterable[np.ndarray], tracker: Tracker, parser: ColorParser) -> list[Look | None]:
    found: list[Look | None] = []
    for number, frame in enumerate(frames):
        tracker.notice(frame)
        crop = tracker.propose(frame, number / 25)
        look = None
        if crop is not None:
            look = tracker.accept(crop, parser.label_maps(crop.pixels[None])[0], number / 25)
            if look is None and (crop := tracker.again(frame)) is not None:
                look = tracker.accept(crop, parser.label_maps(crop.pixels[None])[0], number / 25)
        found.append(look)
    return found


def scene(*squares: Box | None) -> list[np.ndarray]:
    return [
        empty_photo(HEIGHT, WIDTH) if s is None else on_photo(empty_photo(HEIGHT, WIDTH), s) for s in squares
    ]


def path(count: int, *, speed: float = 3.0) -> list[Box]:
    return [Box(180 + speed * n, 190, 210 * (1 + 0.004 * n), 12 * np.sin(n / 8), 0) for n in range(count)]


def test_a_moving_face_is_followed_without_searching_again(monkeypatch: pytest.MonkeyPatch) -> None:
    searches = []
    thorough = Tracker._thorough
    monkeypatch.setattr(
        Tracker, "_thorough", lambda self, frame: (searches.append(1), thorough(self, frame))[1]
    )
    parser = Counting()
    squares = path(40)
    looks = follow(scene(*squares), Tracker(parser), ColorParser())
    assert len(searches) <= 1
    for look, square in zip(looks, squares, strict=True):
        assert look is not None
        assert abs(complex(look.square.x - square.x, look.square.y - square.y)) < 0.03 * square.side
        assert look.square.side == pytest.approx(square.side, rel=0.05)
        assert look.square.roll_degrees == pytest.approx(square.roll_degrees, abs=5.0)
        assert look.track == 0


def test_the_crop_is_steadier_than_what_noisy_labels_say() -> None:
    rng = np.random.default_rng(0)
    square = Box(240, 190, 210)
    frames = scene(*[square] * 50)
    parser = ColorParser()
    tracker = Tracker(parser)
    crops, seen = [], []
    for number, frame in enumerate(frames):
        tracker.notice(frame)
        crop = tracker.propose(frame, number / 25)
        assert crop is not None
        shift = rng.integers(-3, 4, 2)
        labels = np.roll(parser.label_maps(crop.pixels[None])[0], shift, (0, 1))
        look = tracker.accept(crop, labels, number / 25)
        assert look is not None
        crops.append(square_of(crop).x)
        seen.append(look.square.x)
    assert np.diff(crops[10:]).std() < 0.6 * np.diff(seen[10:]).std()


def test_a_face_that_is_covered_for_a_while_is_the_same_one_again() -> None:
    square = Box(240, 190, 210)
    (seen,) = scene(square)
    covered = seen.copy()
    covered[130:260, 175:305] = covered[0, 0]
    looks = follow([seen] * 5 + [covered] * 8 + [seen] * 6, Tracker(ColorParser()), ColorParser())
    assert [look is not None for look in looks[:5]] == [True] * 5
    assert looks[5:13] == [None] * 8
    back = looks[13:]
    assert sum(look is None for look in back) <= 1
    assert {look.track for look in back if look is not None} == {0}


def test_a_cut_starts_a_new_scene() -> None:
    first, second = Box(150, 190, 200), Box(330, 180, 230)
    other = on_photo(np.full((HEIGHT, WIDTH, 3), (90, 60, 40), np.uint8), second)
    tracker = Tracker(ColorParser())
    looks = follow([*scene(*[first] * 4), *[other] * 4], tracker, ColorParser())
    assert [look and look.track for look in looks] == [0] * 4 + [1] * 4
    assert tracker.cuts == 1


def test_light_and_noise_are_no_cut() -> None:
    rng = np.random.default_rng(0)
    frame = scene(Box(240, 190, 210))[0].astype(np.float32)
    lit = [frame * gain + 8 * rng.standard_normal(frame.shape) for gain in (1.0, 0.6, 1.15, 0.8)]
    tracker = Tracker(ColorParser())
    for number, each in enumerate(lit):
        assert not tracker.notice(np.clip(each, 0, 255).astype(np.uint8)), number
    assert tracker.cuts == 0
    black = [np.clip(rng.normal(4, 2, (HEIGHT, WIDTH, 3)), 0, 255).astype(np.uint8) for _ in range(4)]
    dark = Tracker(ColorParser())
    assert follow(black, dark, ColorParser()) == [None] * 4
    assert dark.cuts == 0


def test_a_neighbour_does_not_take_over_from_who_is_lost() -> None:
    own, other = Box(140, 190, 190), Box(360, 190, 200)
    both = on_photo(scene(own)[0], other)
    alone = scene(other)[0]
    tracker = Tracker(ColorParser(), face=1)
    looks = follow([*[both] * 3, *[alone] * 10, *[both] * 4], tracker, ColorParser())
    assert all(look is not None and look.square.x < 240 for look in [*looks[:3], looks[-1]])
    assert all(look is None or look.square.x < 240 for look in looks)


def test_a_clip_without_faces_is_searched_ever_more_seldom(monkeypatch: pytest.MonkeyPatch) -> None:
    at: list[int] = []
    tracker = Tracker(ColorParser())
    monkeypatch.setattr(tracking, "find_portrait", lambda frame: None)
    monkeypatch.setattr(Tracker, "_thorough", lambda self, frame: at.append(len(at)) and None)
    for number, frame in enumerate(scene(*[None] * 1) * 600):
        tracker.notice(frame)
        assert tracker.propose(frame, number / 25) is None
    assert 4 <= len(at) <= 9


def test_the_square_from_brows_to_chin_is_that_of_photos() -> None:
    square = Box(100, 80, 200, 30)
    face = face_of(square)
    assert face.side == pytest.approx(130)
    assert complex(face.x - square.x, face.y - square.y) == pytest.approx(10j * square.axis)
