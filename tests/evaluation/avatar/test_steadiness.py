"""Perturbations do what they say, and flips and drift follow their definitions."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from emojax.avatar.faces.crop import Crop, cut
from emojax.avatar.faces.detection import Box
from emojax.avatar.matching.choosing import Part
from emojax.data.faces.labels import UNKNOWN
from emojax.evaluation.avatar import steadiness

S = 306


def _crop(photo: np.ndarray, square: Box) -> Crop:
    pixels, to_photo = cut(photo, square, S)
    return Crop(pixels, Box(square.x, square.y + 10, 130.0, square.roll_degrees), to_photo)


@pytest.fixture
def photo() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (400, 500, 3)).astype(np.uint8)


def test_a_shift_is_one_of_the_crop_on_its_photo(photo: np.ndarray) -> None:
    crop = _crop(photo, Box(240.0, 210.0, 200.0, 20.0))
    directions = []
    for seed in range(60):
        pixels, moved = steadiness.PERTURBATIONS["shift"](photo, crop, np.random.default_rng(seed))
        np.testing.assert_allclose(moved[:, :2], crop.to_photo[:, :2], atol=1e-9)
        offset = (moved - crop.to_photo)[:, 2]
        assert np.hypot(*offset) == pytest.approx(steadiness.SHIFT * 200)
        directions.append(np.arctan2(*offset))
        # It is cut from there: what the photo has where the middle of the crop is.
        x, y = np.rint(moved @ [S // 2, S // 2, 1]).astype(int)
        around = photo[y - 1 : y + 2, x - 1 : x + 2].reshape(-1, 3).astype(int)
        middle = pixels[S // 2, S // 2]
        assert (around.min(0) <= middle).all()
        assert (middle <= around.max(0)).all()
    counts, _ = np.histogram(directions, bins=8, range=(-np.pi, np.pi))
    assert counts.min() > 0  # every direction
    assert counts.max() < 20


def test_the_page_on_avatars_states_what_is_done() -> None:
    page = " ".join((Path(__file__).parents[3] / "docs/avatars.md").read_text().split())
    assert (
        f"a photo's crop is shifted by {100 * steadiness.SHIFT:g} %, noisy by {steadiness.NOISE:g} of 255, "
        f"or brighter or darker by {100 * steadiness.BRIGHTNESS:g} %"
    ) in page


def test_noise_and_brightness_are_as_large_as_said(photo: np.ndarray) -> None:
    crop = _crop(photo // 4 + np.uint8(90), Box(240.0, 210.0, 200.0, 20.0))
    before = crop.pixels.astype(float)

    def perturb(name: str) -> np.ndarray:
        pixels, to_photo = steadiness.PERTURBATIONS[name](photo, crop, np.random.default_rng(1))
        assert to_photo is crop.to_photo
        assert pixels.dtype == np.uint8
        return pixels

    noise = perturb("noise") - before
    assert noise.std() == pytest.approx(steadiness.NOISE, rel=0.02)
    assert abs(noise.mean()) < 0.1
    assert np.abs(perturb("brighter") - 1.15 * before).max() <= 0.5
    assert np.abs(perturb("darker") - 0.85 * before).max() <= 0.5
    white = Crop(np.full_like(crop.pixels, 250), crop.face, crop.to_photo)
    pixels, _ = steadiness.PERTURBATIONS["brighter"](photo, white, np.random.default_rng(1))
    assert (pixels == 255).all()


def test_perturbed_crops_are_labelled_anew_and_unknown_beyond_the_photo(photo: np.ndarray) -> None:
    seen: list[np.ndarray] = []

    def label_maps(images: np.ndarray) -> np.ndarray:
        seen.append(images)
        return (images[..., 0] > 128).astype(np.uint8)

    maker: Any = SimpleNamespace(batch_parser=SimpleNamespace(label_maps=label_maps))
    corner = Box(20.0, 30.0, 200.0)
    avatars: Any = [SimpleNamespace(crop=_crop(photo, box)) for box in (corner, Box(240.0, 210.0, 200.0))]
    found = steadiness.perturbed(maker, [photo, photo], avatars, seed=3)
    assert list(found) == ["shift", "noise", "brighter", "darker"]
    for images, portraits in zip(seen, found.values(), strict=True):
        for image, portrait in zip(images, portraits, strict=True):
            np.testing.assert_array_equal(portrait.pixels, image)
            known = portrait.labels != UNKNOWN
            np.testing.assert_array_equal(portrait.labels[known], (image[..., 0] > 128)[known])
        assert (portraits[0].labels[:80, :80] == UNKNOWN).all()
        assert (portraits[1].labels != UNKNOWN).all()
    again = steadiness.perturbed(maker, [photo, photo], avatars, seed=3)
    other = steadiness.perturbed(maker, [photo, photo], avatars, seed=4)
    for name, same in (("shift", False), ("noise", False), ("brighter", True)):
        assert np.array_equal(found[name][1].pixels, again[name][1].pixels)
        assert np.array_equal(found[name][1].pixels, other[name][1].pixels) == same
    # Each face is perturbed in its own way.
    noise = [p.pixels.astype(int) - a.crop.pixels for p, a in zip(found["noise"], avatars, strict=True)]
    assert abs(np.corrcoef(noise[0][..., 0].ravel(), noise[1][..., 0].ravel())[0, 1]) < 0.1


def _face(variants: str, vectors: list[list[float]], *, compared: str = "11") -> Any:
    """A face with a head and a hat: variants, embeddings, and which of the two were compared."""
    parts = {
        name: Part(variant, 0.5 if was == "1" else None)
        for name, variant, was in zip(("head", "hat"), variants, compared, strict=True)
    }
    return SimpleNamespace(parts=parts, segments=np.asarray(vectors, np.float32))


def _steadiness(before: list[Any], **after: list[Any]) -> steadiness.Steadiness:
    library = SimpleNamespace(types=("head", "hat"), embed=lambda extractor, faces: np.stack(faces))
    maker: Any = SimpleNamespace(library=library, extractor=None, choose=lambda portraits: portraits)
    return steadiness.steadiness(maker, before, after)  # type: ignore[arg-type]


EAST, NORTH, NONE = [2.0, 0.0], [0.0, 3.0], [0.0, 0.0]


def test_flips_are_counted_among_the_parts_compared() -> None:
    before = [_face("ax", [EAST, EAST]), _face("bx", [NORTH, EAST]), _face("cy", [EAST, NONE], compared="10")]
    after = [_face("ax", [EAST, EAST]), _face("dx", [EAST, EAST]), _face("cz", [NORTH, EAST])]
    found = _steadiness(before, noise=after, nothing=before)
    assert found.faces == 3
    assert found.compared == {"head": 3, "hat": 2}
    noise = found.perturbed["noise"]
    assert noise["head"].flips == pytest.approx(1 / 3)
    assert noise["hat"].flips == 0  # the third hat was not compared
    assert found.flips["noise"] == pytest.approx(1 / 5)
    assert found.flips["nothing"] == 0
    # Between people: all heads differ, and the two hats compared are the same.
    assert (found.people["head"].flips, found.people["hat"].flips) == (1, 0)
    assert found.people_flips == pytest.approx(3 / 5)


def test_drift_is_one_minus_the_cosine_where_both_show_the_part() -> None:
    before = [_face("ax", [EAST, EAST]), _face("ax", [NORTH, NONE])]
    diagonal = [5.0, 5.0]
    after = [_face("ax", [diagonal, EAST]), _face("ax", [NORTH, EAST])]
    found = _steadiness(before, noise=after)
    drift = 1 - 0.5**0.5
    assert found.perturbed["noise"]["head"].drift == pytest.approx(drift / 2)
    assert found.perturbed["noise"]["hat"].drift == pytest.approx(0)
    assert found.people["head"].drift == pytest.approx(1)
    assert found.people["hat"].drift is None  # only one person shows it
    # Of the part types for which people differ: heads alone.
    assert found.drift_ratio["noise"] == pytest.approx(drift / 2)


def test_the_drift_ratio_is_the_mean_over_part_types() -> None:
    before = [_face("ax", [EAST, EAST]), _face("ax", [NORTH, [1.0, 1.0]])]
    after = [_face("ax", [NORTH, EAST]), _face("ax", [EAST, [1.0, 1.0]])]
    found = _steadiness(before, swap=after)
    assert found.perturbed["swap"]["head"].drift == pytest.approx(1)
    assert found.people["hat"].drift == pytest.approx(1 - 0.5**0.5)
    assert found.drift_ratio["swap"] == pytest.approx((1 / 1 + 0) / 2)


def test_of_one_face_nothing_is_said_about_people() -> None:
    single = [_face("ax", [EAST, NONE], compared="10")]
    found = _steadiness(single, noise=single)
    assert (found.people["head"].flips, found.people["head"].drift) == (None, None)
    assert (found.people_flips, found.drift_ratio["noise"]) == (None, None)
    assert found.flips["noise"] == 0
    assert found.perturbed["noise"]["hat"] == steadiness.Response(None, None)


@pytest.mark.parametrize(
    ("part", "whole", "ratio"), [(1.0, 4.0, 0.25), (None, 4.0, None), (1.0, None, None), (1.0, 0.0, None)]
)
def test_a_ratio_to_nothing_is_none(part: float | None, whole: float | None, ratio: float | None) -> None:
    assert steadiness.divided(part, whole) == ratio
