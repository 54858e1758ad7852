"""Several photos of one person: what most of them show, the better ones counting more."""

import numpy as np
import pytest

from emojax.avatar import voting
from emojax.avatar.faces.crop import CROP_SIZE, Crop
from emojax.avatar.faces.detection import Box
from emojax.avatar.faces.portraits import Portrait
from emojax.avatar.matching.choosing import Part
from emojax.avatar.reading.colors import Measured
from emojax.avatar.reading.moves import Move
from emojax.data.faces.labels import UNKNOWN


def _face(scale: float = 1.0, unknown: float = 0.0) -> tuple[Crop, Portrait]:
    pixels = np.zeros((CROP_SIZE, CROP_SIZE, 3), np.uint8)
    labels = np.zeros((CROP_SIZE, CROP_SIZE), np.uint8)
    labels[: round(unknown * CROP_SIZE)] = UNKNOWN
    to_photo = scale * np.eye(2, 3)
    return Crop(pixels, Box(0, 0, 200 * scale), to_photo), Portrait(pixels, labels)


FRONT = {"turn": {"front": 1.0, "slight": 0.0, "strong": 0.0}}


def test_a_large_whole_face_from_the_front_counts_one_whatever_its_resolution_beyond() -> None:
    assert voting.quality(*_face(), FRONT) == pytest.approx(1)
    assert voting.quality(*_face(3.0), FRONT) == pytest.approx(1)
    assert voting.quality(*_face(), {}) == pytest.approx(1)


@pytest.mark.parametrize(
    ("face", "shown", "counts"),
    [
        (_face(0.5), FRONT, 0.5),
        (_face(unknown=0.5), FRONT, 0.5),
        (_face(), {"turn": {"front": 0.0, "slight": 1.0, "strong": 0.0}}, 0.7),
        (_face(), {"turn": {"front": 0.5, "slight": 0.0, "strong": 0.5}}, 0.625),
        (_face(0.01), FRONT, 0.05),
    ],
    ids=["small", "cut by the frame", "turned a little", "perhaps turned", "tiny"],
)
def test_a_worse_photo_counts_less(
    face: tuple[Crop, Portrait], shown: dict[str, dict[str, float]], counts: float
) -> None:
    assert voting.quality(*face, shown) == pytest.approx(counts, abs=0.01)


def test_probabilities_are_weighted_means() -> None:
    shown = [{"lines": {"none": 1.0, "some": 0.0}}, {"lines": {"none": 0.2, "some": 0.8}}]
    found = voting.probabilities(shown, [3.0, 1.0])
    assert found == {"lines": {"none": pytest.approx(0.8), "some": pytest.approx(0.2)}}
    assert voting.probabilities([{}, {}], [1.0, 1.0]) == {}


def _choice(*ranked: str) -> dict[str, Part]:
    first, *others = ranked
    return {"hair": Part(first, 0.9, tuple((name, 0.8) for name in others))}


def _hair(*choices: dict[str, Part], weights: tuple[float, ...]) -> str:
    return voting.parts(choices, weights)["hair"].id


def test_the_variant_of_most_photos_wins_unless_they_are_bad() -> None:
    choices = [_choice("bob"), _choice("afro"), _choice("afro")]
    assert _hair(*choices, weights=(1, 1, 1)) == "afro"
    assert _hair(*choices, weights=(1, 0.4, 0.4)) == "bob"


def test_what_is_second_everywhere_wins_over_three_that_are_first_once() -> None:
    choices = [_choice("bob", "curly"), _choice("afro", "curly"), _choice("crop", "curly")]
    assert _hair(*choices, weights=(1, 1, 1)) == "curly"
    # A second place is worth half of a first: of two photos the first one's own variant wins.
    assert _hair(*choices[:2], weights=(1.1, 1)) == "bob"


def test_cosines_are_means_and_runners_up_are_listed() -> None:
    choices = [
        {"hair": Part("bob", 0.9, (("afro", 0.6),))},
        {"hair": Part("bob", 0.6, (("crop", 0.5), ("long", 0.4), ("bald", 0.3)))},
    ]
    part = voting.parts(choices, [2.0, 1.0])["hair"]
    assert (part.id, part.similarity) == ("bob", pytest.approx(0.8))
    assert [name for name, _ in part.alternatives] == ["afro", "crop", "long"]
    hidden = voting.parts([{"hair": Part("bald")}, {"hair": Part("bald")}], [1.0, 1.0])["hair"]
    assert hidden == Part("bald", None, ())


@pytest.mark.parametrize(
    ("values", "weights", "median"),
    [
        ([3.0, 1.0, 2.0], [1, 1, 1], 2.0),
        ([1.0, 2.0], [1, 1], 1.5),
        ([1.0, 2.0], [1, 1.1], 2.0),
        ([5.0, 1.0, 2.0], [10, 1, 1], 5.0),
        ([1.0, 2.0, 4.0, 9.0], [1, 2, 2, 1], 3.0),
        ([7.0], [0.3], 7.0),
    ],
)
def test_weighted_medians(values: list[float], weights: list[float], median: float) -> None:
    assert voting.weighted_median(np.asarray(values), weights) == pytest.approx(median)


def _measured(lightness: float, *, is_grey: bool = False, exposure: float = 1.0) -> Measured:
    return Measured({"skin": np.array([lightness, 10.0, 20.0])}, is_grey, (lightness / 10, 0.0), exposure)


def test_colors_are_medians_and_one_strange_light_does_not_count() -> None:
    found = voting.colors([_measured(60), _measured(62), _measured(20)], [1, 1, 1])
    assert found.lab["skin"] == pytest.approx([60, 10, 20])
    assert found.cast == pytest.approx((6, 0))


def test_grey_photos_count_only_if_all_are() -> None:
    found = voting.colors(
        [_measured(60), _measured(20, is_grey=True), _measured(20, is_grey=True)], [1, 1, 1]
    )
    assert (found.is_grey, found.lab["skin"][0]) == (False, 60)
    assert voting.colors([_measured(20, is_grey=True), _measured(30, is_grey=True)], [2, 1]).is_grey


def test_a_slot_that_one_photo_shows_is_kept() -> None:
    hat = Measured({"hat": np.array([50.0, 0, 0])}, False, (0.0, 0.0))
    assert set(voting.colors([_measured(60), hat], [1, 1]).lab) == {"skin", "hat"}
    assert voting.colors([hat], [1]).exposure == 1


def test_the_brightened_skin_is_as_light_as_the_median_of_the_brightened() -> None:
    """Two dark photos that are to be brightened, and a light one: all show one skin."""
    photos = [_measured(40, exposure=1.25), _measured(40, exposure=1.25), _measured(54)]
    found = voting.colors(photos, [1, 1, 1])
    assert found.exposure * (found.lab["skin"][0] + 16) == pytest.approx(70)


def test_moves_are_medians_of_the_photos_that_move_a_part() -> None:
    found = voting.moves(
        [{"nose": Move(down=2)}, {"nose": Move(down=4)}, {"nose": Move(down=9)}, {}], [1] * 4
    )
    assert found == {"nose": Move(down=4)}
