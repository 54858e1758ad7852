"""What the avatar report measures follows its definitions: known answers, perfect and random predictors."""

import json
import math
from types import SimpleNamespace
from typing import NamedTuple

import cv2
import numpy as np
import pytest
from avatar.support import coded_face, tiny_style

from emojax.avatar.datasets import drawn_parts
from emojax.avatar.faces import alignment
from emojax.avatar.faces.crop import Crop, cut
from emojax.avatar.faces.detection import Box
from emojax.avatar.faces.portraits import Portrait
from emojax.avatar.matching.choosing import Choice, Part
from emojax.avatar.reading.placement import SEGMENTS
from emojax.avatar.styles import style
from emojax.avatar.styles.composition import label_map
from emojax.avatar.styles.style import Style
from emojax.data.faces.labels import CLASSES, UNKNOWN
from emojax.evaluation.avatar import attributes, ladder, overlap, steadiness, truth
from emojax.evaluation.avatar import round_trip as avatar_round_trip
from emojax.evaluation.avatar import variety as avatar_variety
from emojax.evaluation.measures.segmentation import AVATAR_CLASSES

S = 306


def _labels(**areas: tuple[slice, slice]) -> np.ndarray:
    labels = np.zeros((S, S), np.uint8)
    for name, (rows, columns) in areas.items():
        labels[rows, columns] = CLASSES.index(name.replace("_", " "))
    return labels


def _truth(labels: np.ndarray, color: tuple[int, int, int] = (200, 150, 120)) -> truth.Truth:
    return truth.read(Portrait(np.full((S, S, 3), color, np.uint8), labels))


def test_truth_is_more_than_specks() -> None:
    large = _truth(
        _labels(
            eyeglasses=(slice(130, 160), slice(100, 140)),
            hat=(slice(0, 40), slice(100, 140)),
            upper_lip=(slice(200, 205), slice(130, 170)),
            mouth=(slice(205, 208), slice(130, 170)),
        )
    )
    assert (large.glasses, large.hat, large.mouth_open) == (True, True, True)
    small = _truth(
        _labels(
            eyeglasses=(slice(130, 140), slice(100, 140)),
            hat=(slice(0, 20), slice(100, 140)),
            upper_lip=(slice(190, 205), slice(110, 200)),
            mouth=(slice(205, 206), slice(130, 180)),
        )
    )
    assert (small.glasses, small.hat, small.mouth_open) == (False, False, False)


@pytest.mark.parametrize(("last", "length"), [(150, "short"), (230, "medium"), (300, "long")])
def test_hair_is_as_long_as_it_reaches(last: int, length: str) -> None:
    labels = _labels(hair=(slice(10, last), slice(60, 80)))
    labels[:, 200] = CLASSES.index("hair")  # a strand
    assert _truth(labels).hair_length == length
    assert _truth(_labels(hair=(slice(10, 12), slice(60, 80)))).hair_length == "none"


def test_colors_are_those_under_the_mask_unless_there_are_none() -> None:
    labels = _labels(skin=(slice(100, 200), slice(100, 200)), hair=(slice(0, 60), slice(50, 250)))
    pixels = np.where((labels == 17)[..., None], (60, 40, 30), (200, 150, 120)).astype(np.uint8)
    found = truth.read(Portrait(pixels, labels))
    assert found.skin is not None
    assert found.hair is not None
    reference = cv2.cvtColor((pixels / 255).astype(np.float32), cv2.COLOR_RGB2LAB)
    np.testing.assert_allclose(found.skin, reference[150, 150], atol=0.2)
    np.testing.assert_allclose(found.hair, reference[30, 100], atol=0.2)
    grey = _truth(labels, (120, 120, 120))
    assert (grey.skin, grey.hair) == (None, None)
    assert _truth(_labels(skin=(slice(0, 9), slice(0, 9)))).skin is None


def test_skins_are_grouped_by_their_angle() -> None:
    groups = ["dark", "brown", "tan", "intermediate", "light", "very light"]
    for angle, group in zip([-40, 0, 20, 35, 50, 60], groups, strict=True):
        lab = np.array([50 + 20 * math.tan(math.radians(angle)), 12.0, 20.0])
        assert truth.typology_angle(lab) == pytest.approx(angle)
        assert truth.skin_group(lab) == group
    assert truth.skin_group(np.array([80.0, 0.0, -1.0])) == "very light"
    assert truth.skin_group(np.array([20.0, 0.0, -1.0])) == "dark"


def test_a_true_portrait_is_the_same_wherever_the_face_is() -> None:
    flat = style.load(style.find("flat"))
    photo = coded_face.photo(flat, {"hair": "bob"}, side=512)
    labels = cv2.resize(label_map(flat, {"hair": "bob"}), (512, 512), interpolation=0)
    straight = truth.portrait(photo, labels)
    turn = cv2.getRotationMatrix2D((255.5, 255.5), 15, 0.7)
    moved = cv2.warpAffine(labels, turn, (512, 512), flags=cv2.INTER_NEAREST, borderValue=UNKNOWN)
    turned = truth.portrait(cv2.warpAffine(photo, turn, (512, 512)), moved)
    assert straight is not None
    assert turned is not None
    known = (turned.labels != UNKNOWN) & (straight.labels != UNKNOWN)
    assert np.mean((turned.labels == straight.labels)[known]) > 0.96
    assert (turned.labels == UNKNOWN).any() or known.all()
    assert truth.portrait(photo, np.zeros((512, 512), np.uint8)) is None


def test_f1_is_that_of_its_definition() -> None:
    rng = np.random.default_rng(0)
    true, told = (list(map(bool, row)) for row in rng.integers(0, 2, (2, 50)))
    precision, recall = np.mean(np.asarray(true)[told]), np.mean(np.asarray(told)[true])
    found = attributes.detection(true, told)
    assert found.f1 == pytest.approx(2 * precision * recall / (precision + recall))
    assert attributes.detection(true, true).f1 == 1
    assert attributes.detection([True], [False]).f1 == 0
    assert attributes.detection([False], [False]).f1 is None


def test_overlap_is_the_mean_iou_of_what_either_shows() -> None:
    rng = np.random.default_rng(0)
    drawn = rng.integers(0, 19, (2, 30, 30)).astype(np.uint8).repeat(3, 1).repeat(3, 2)
    seen = rng.choice([0, 1, 2, 17, UNKNOWN], (3, 30, 30)).astype(np.uint8).repeat(3, 1).repeat(3, 2)
    found = overlap.overlaps(drawn, seen)
    for i, mine in enumerate(drawn):
        for j, theirs in enumerate(seen):
            known = theirs != UNKNOWN
            ious = [
                ((mine == k) & (theirs == k)).sum() / (((mine == k) & known) | (theirs == k)).sum()
                for k in AVATAR_CLASSES
            ]
            assert found[i, j] == pytest.approx(np.mean(ious))
    np.testing.assert_allclose(np.diag(overlap.overlaps(drawn, drawn)), 1)


def test_rank_one_of_the_perfect_the_random_and_the_undecided() -> None:
    rng = np.random.default_rng(0)
    near = rng.uniform(size=(60, 60))
    perfect = overlap.rank_one(near + 2 * np.eye(60))
    assert (perfect.share, perfect.error, perfect.faces) == (1, 0, 60)
    assert overlap.rank_one(np.ones((60, 60))).share == 0
    chance = overlap.rank_one(rng.uniform(size=(1000, 1000)))
    assert chance.share == pytest.approx(1 / overlap.AMONG, abs=4 * chance.error)
    assert 0 < chance.error < 0.01
    near += 0.6 * np.eye(60)
    draws = [
        near[i, i] > near[i, rng.choice(np.delete(np.arange(60), i), 19, replace=False)].max()
        for i in range(60)
        for _ in range(100)
    ]
    assert overlap.rank_one(near).share == pytest.approx(np.mean(draws), abs=0.02)
    with pytest.raises(ValueError, match="19 faces"):
        overlap.rank_one(np.eye(19))


@pytest.fixture(scope="module")
def twins(tmp_path_factory: pytest.TempPathFactory) -> Style:
    """A style with eight heads, of which the first two are the same drawing, and two hats."""
    folder = tiny_style.write(tmp_path_factory.mktemp("style") / "tiny")
    manifest = json.loads((folder / "style.json").read_text())
    head = manifest["parts"]["head"]["variants"]
    for i, name in enumerate(["twin", "b", "c", "d", "e", "f", "g"]):
        head[name] = {}
        drawing = tiny_style.SHAPES["head"].replace("V282H", f"V{282 - 12 * i}H")
        (folder / "parts" / "head" / f"{name}.svg").write_text(tiny_style.part(drawing))
    manifest["parts"]["hat"]["variants"]["none"] = {"hat": False}
    manifest["parts"]["hat"]["default"] = "none"
    (folder / "parts" / "hat" / "none.svg").write_text(tiny_style.part(""))
    (folder / "style.json").write_text(json.dumps(manifest))
    return style.load(folder)


class _Told(NamedTuple):
    """An `AvatarMaker` that is told what was drawn, in the order drawn, and answers by a rule."""

    style: Style
    library: SimpleNamespace
    answer: dict[str, str] | np.random.Generator

    def choose(self, portraits: list[Portrait], *, drawn: bool) -> list[Choice]:
        assert drawn
        choices = []
        for i in range(len(portraits)):
            choice = {"hat": "none", "hair": "one"} | drawn_parts.person(self.style, i, 0)[0]
            heads = list(self.style.parts["head"].variants)
            if isinstance(self.answer, np.random.Generator):
                choice["head"] = str(self.answer.choice(heads))
            else:
                choice["head"] = self.answer.get(choice["head"], choice["head"])
            segments = {part: None for parts in SEGMENTS.values() for part in parts}
            parts = {kind: Part(variant) for kind, variant in choice.items()}
            choices.append(Choice(segments, None, parts))  # type: ignore[arg-type]
        return choices


def _trip(twins: Style, answer: dict[str, str] | np.random.Generator) -> avatar_round_trip.RoundTrip:
    heads = tuple(twins.parts["head"].variants)
    library = SimpleNamespace(types=("head", "hat"), variants=(heads, ("one",)))
    maker = _Told(twins, library, answer)
    return avatar_round_trip.round_trip(maker, count=24, seed=0, strengths=(0.0, 0.5))  # type: ignore[arg-type]


def test_the_round_trip_of_who_knows_and_who_guesses(twins: Style) -> None:
    right = _trip(twins, {})
    assert right.overall == [1, 1]
    assert right.counts["head"] == 24
    assert 0 < right.counts["hat"] < 24
    assert right.absent == {"hat": [1, 1]}
    chance = _trip(twins, np.random.default_rng(0)).parts["head"]
    assert all(share is not None and share < 0.4 for share in chance)


def test_variants_that_look_the_same_count_as_one(twins: Style) -> None:
    assert _trip(twins, {"one": "twin", "twin": "one"}).parts["head"] == [1, 1]
    wrong = _trip(twins, {"one": "b", "twin": "b"}).parts["head"]
    assert all(share is not None and 0.5 < share < 1 for share in wrong)


def test_the_ladder_begins_with_nothing_and_goes_on() -> None:
    flat = style.load(style.find("flat"))
    drawn = drawn_parts.portrait(flat, 3, 0)
    rungs = [ladder.disturb(drawn, s, np.random.default_rng(1)) for s in ladder.STRENGTHS]
    assert ladder.STRENGTHS[0] == 0
    np.testing.assert_array_equal(rungs[0].pixels, drawn.pixels)
    np.testing.assert_array_equal(rungs[0].labels, drawn.labels)
    same = [np.mean(rung.labels == drawn.labels) for rung in rungs]
    apart = [np.abs(rung.pixels.astype(int) - drawn.pixels).mean() for rung in rungs]
    assert same == sorted(same, reverse=True)
    assert apart == sorted(apart)
    assert same[-1] < 0.95
    assert set(np.unique(rungs[-1].labels)) <= set(np.unique(drawn.labels))
    again = ladder.disturb(drawn, 1.0, np.random.default_rng(1))
    np.testing.assert_array_equal(again.pixels, rungs[-1].pixels)


def test_picture_and_labels_are_moved_alike_and_as_far_as_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ladder, "WOBBLE", 0.0)
    labels = cv2.circle(np.zeros((S, S), np.uint8), (153, 153), 60, 1, -1)
    drawn = Portrait(np.repeat(labels[..., None] * 200, 3, -1), labels)
    for seed in range(6):
        seen = ladder.disturb(drawn, 1.0, np.random.default_rng(seed))
        shown = seen.pixels.mean(-1) > 100
        middle, other = (np.argwhere(mask).mean(0) for mask in (shown, seen.labels == 1))
        assert np.hypot(*(middle - other)) < 0.5
        assert np.hypot(*(middle - 153)) == pytest.approx(ladder.SHIFT * S, abs=1.5)
        grown = (shown.sum() / (labels == 1).sum()) ** 0.5
        assert abs(grown - 1) == pytest.approx(ladder.SCALE, abs=0.03)


def test_variety_is_counted(twins: Style) -> None:
    heads = list(twins.parts["head"].variants)
    parts = {kind: Part("none" if kind == "hat" else "one") for kind in twins.parts}
    found = avatar_variety.variety(twins, [parts | {"head": Part(head, 0.5)} for head in heads])
    assert (found["head"].share, found["head"].entropy, found["head"].compared) == (1 / 8, 3.0, 8)
    assert found["head"].compared_share == 1 / 8
    assert (found["hat"].share, found["hat"].entropy, found["hat"].available) == (1, 0, 2)
    assert found["hat"].compared_share is None
    assert found["hat"].counts == {"none": 8}


def test_a_shift_is_one_of_the_crop_on_its_photo() -> None:
    photo = np.random.default_rng(0).integers(0, 256, (400, 500, 3)).astype(np.uint8)
    pixels, to_photo = cut(photo, Box(240.0, 210.0, 200.0, 20.0), S)
    crop = Crop(pixels, Box(240.0, 220.0, 130.0, 20.0), to_photo)
    for seed in range(4):
        rng = np.random.default_rng(seed)
        _, moved = steadiness.DISTURBANCES["shift"](photo, crop, rng)
        np.testing.assert_allclose(moved[:, :2], to_photo[:, :2], atol=1e-9)
        assert np.hypot(*(moved - to_photo)[:, 2]) == pytest.approx(steadiness.SHIFT * 200)
    brighter, _ = steadiness.DISTURBANCES["brighter"](photo, crop, rng)
    darker, _ = steadiness.DISTURBANCES["darker"](photo, crop, rng)
    assert darker.mean() < pixels.mean() < brighter.mean()


def test_what_was_moved_is_aligned_again_and_what_lies_still_is_left() -> None:
    flat = style.load(style.find("flat"))
    drawn = drawn_parts.portrait(flat, 3, seed=0)
    reference = alignment.portrait(drawn.labels)
    assert reference is not None
    assert avatar_round_trip.realigned(drawn, reference) is drawn
    step = (np.arange(306) - 152.5) / 1.1
    rows, columns = (np.clip(np.rint(step + 152.5 + off), 0, 305).astype(int) for off in (12, -9))
    moved = Portrait(drawn.pixels[rows][:, columns], drawn.labels[rows][:, columns])
    back = avatar_round_trip.realigned(moved, reference)
    inner = slice(30, 276)
    agreement = np.mean((back.labels == drawn.labels)[inner, inner])
    assert agreement > 0.97
    assert agreement > np.mean((moved.labels == drawn.labels)[inner, inner]) + 0.05
    assert abs(back.pixels.astype(int) - drawn.pixels)[inner, inner].mean() < 6
    nothing = Portrait(drawn.pixels, np.zeros_like(drawn.labels))
    assert avatar_round_trip.realigned(nothing, reference) is nothing
