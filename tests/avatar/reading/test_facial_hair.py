"""Facial hair: of drawn portraits, for which it is known, and of painted skin, for which it is computed."""

import math

import numpy as np
import pytest
from avatar.support.label_maps import SIDE, blank, fill, paint
from avatar.support.portrait_of_avatar import portrait

from emojax.avatar.reading import facial_hair, zones
from emojax.avatar.reading.facial_hair import classify
from emojax.avatar.styles import style
from emojax.data.faces.labels import CLASSES
from emojax.media.color import lab_to_srgb

LABEL = {name: index for index, name in enumerate(CLASSES)}
SKIN = ("#f3c6a5", "#bd8159", "#70432e")


@pytest.fixture(scope="module")
def flat() -> style.Style:
    return style.load(style.find("flat"))


def _grain(pixels: np.ndarray, strength: float) -> np.ndarray:
    noise = np.random.default_rng(0).normal(0, strength, pixels.shape[:2])[..., None]
    return np.rint(np.clip(pixels + noise, 0, 255)).astype(np.uint8)


@pytest.mark.parametrize("skin", SKIN)
@pytest.mark.parametrize("light", [1.0, 0.5])
@pytest.mark.parametrize("grain", [0, 6])
def test_shaven_faces_have_no_beard(flat: style.Style, skin: str, light: float, grain: float) -> None:
    for choice in ({"mouth": "laughing", "hair": "long-wavy"}, {"mouth": "neutral", "hair": "bald"}):
        pixels, labels = portrait(flat, choice, {"skin": skin, "hair": "#1f1b1e"})
        pixels = _grain(pixels * np.linspace(1, light, 306)[None, :, None], grain)
        found = facial_hair.find(pixels, labels)
        assert found.kind == "none"
        assert not found.covered.any()


@pytest.mark.parametrize("skin", SKIN[:2])
@pytest.mark.parametrize("light", [1.0, 0.5])
def test_a_full_beard_is_found_where_it_is(flat: style.Style, skin: str, light: float) -> None:
    choice = {"facial_hair": "full-beard", "mouth": "neutral", "hair": "crop"}
    paints = {"skin": skin, "hair": "#1f1b1e", "beard": "#1f1b1e"}
    pixels, labels = portrait(flat, choice, paints)
    bare, _ = portrait(flat, {**choice, "facial_hair": "none"}, paints)
    drawn = (abs(pixels.astype(int) - bare).sum(-1) > 60) & (labels == LABEL["skin"])
    found = facial_hair.find(_grain(pixels * np.linspace(1, light, 306)[None, :, None], 3), labels)
    assert found.kind == "beard"
    assert np.count_nonzero(found.covered & drawn) > 0.6 * np.count_nonzero(found.covered)
    assert np.count_nonzero(found.covered & drawn) > 0.4 * np.count_nonzero(drawn)


@pytest.mark.parametrize("variant", ["moustache", "walrus"])
def test_a_moustache_is_no_beard(flat: style.Style, variant: str) -> None:
    choice = {"facial_hair": variant, "mouth": "neutral", "hair": "crop"}
    paints = {"skin": SKIN[0], "beard": "#1f1b1e"}
    pixels, labels = portrait(flat, choice, paints)
    bare, _ = portrait(flat, {**choice, "facial_hair": "none"}, paints)
    drawn = (pixels != bare).any(-1, keepdims=True)
    found = facial_hair.find(np.where(drawn, _grain(pixels, 12), _grain(pixels, 2)), labels)  # strands
    assert found.kind == "moustache"
    assert drawn[..., 0][found.covered].mean() > 0.6


def test_a_soft_shadow_is_no_beard(flat: style.Style) -> None:
    pixels, labels = portrait(flat, {"mouth": "neutral"}, {"skin": SKIN[0]})
    shadow = np.clip(1 - (np.arange(306) - 200) / 300, 0.6, 1)[:, None, None]
    assert facial_hair.find(_grain(pixels * shadow, 2), labels).kind == "none"


@pytest.mark.parametrize(
    ("moustache", "chin", "jaw", "kind"),
    [
        # The sum of moustache, chin and half of the jaw, less 4.9, is above -1.5 for any, 0.9 for thick hair.
        (1.7, 1.69, 0.0, "none"),
        (1.7, 1.71, 0.0, "stubble"),
        (1.69, 1.7, 0.0, "none"),
        (1.6, 1.0, 1.59, "none"),
        (1.6, 1.0, 1.61, "stubble"),
        (2.9, 2.89, 0.0, "stubble"),
        (2.9, 2.91, 0.0, "goatee"),
        (1.49, 9.0, 9.0, "none"),  # nothing grows on the chin alone
        (1.5, 9.0, 9.0, "beard"),
        (math.nan, 9.0, 9.0, "beard"),
        (8.0, 3.59, 9.0, "moustache"),  # 0.45 of its score
        (8.0, 3.61, 9.0, "beard"),
        (2.0, 1.19, 9.0, "moustache"),
        (2.0, 1.21, 9.0, "beard"),
        (8.0, math.nan, 9.0, "moustache"),
        (4.0, 4.0, 2.59, "goatee"),
        (4.0, 4.0, 2.61, "beard"),
        (4.0, 4.0, math.nan, "goatee"),
        (math.nan, math.nan, math.nan, "none"),
    ],
)
def test_the_kind_is_by_the_zones_scores(moustache: float, chin: float, jaw: float, kind: str) -> None:
    scores = {"moustache": moustache, "chin": chin, "jaw": jaw, "cheeks": 99.0}
    assert classify(scores) == kind
    assert classify(scores | {"cheeks": math.nan}) == kind


CHEEK = (65.0, 18.0, 20.0)


def _face(**areas: tuple[slice, slice]) -> np.ndarray:
    skin = [(slice(120, 283), slice(60, 247))]
    nose = {"nose": (slice(150, 204), slice(140, 167)), "upper_lip": (slice(218, 244), slice(121, 186))}
    return paint(skin=skin, **{**nose, **areas})


def _crop(lower: tuple[float, float, float], *, noise: float = 0.0, top: int = 221) -> np.ndarray:
    """Skin that has another colour from a row on, and there pixels of random lightness."""
    below = np.arange(SIDE)[:, None] >= top
    lab = np.where(below[..., None], lower, CHEEK)
    lab = np.broadcast_to(lab, (SIDE, SIDE, 3)).copy()
    lab[..., 0] += below * np.random.default_rng(0).normal(0, noise, (SIDE, SIDE))
    return np.rint(255 * lab_to_srgb(lab)).astype(np.uint8)


@pytest.mark.parametrize(
    ("lower", "noise", "score"),
    [
        (CHEEK, 0.0, 0.0),
        ((45.0, 18.0, 20.0), 0.0, 3.9 * (1 - 46 / 66)),
        ((65.0, 8.0, 20.0), 0.0, 1.5),
        ((65.0, 18.0, 5.0), 0.0, 0.0),  # yellow does not count
        # White noise between Gaussians of sigma 0.7 and 1.5 keeps 0.286 of its deviation, of 1.5 and 3 0.126.
        (CHEEK, 2.0, 3.5 * math.log(1 + 0.286 * 2 / 0.3) - 2.6 * math.log(1 + 0.126 * 2 / 0.5)),
        (CHEEK, 5.0, 3.5 * math.log(1 + 0.286 * 5 / 0.3) - 2.6 * math.log(1 + 0.126 * 5 / 0.5)),
    ],
)
def test_scores_are_the_difference_from_the_cheeks(
    lower: tuple[float, float, float], noise: float, score: float
) -> None:
    found = facial_hair.find(_crop(lower, noise=noise), _face())
    for zone in ("chin", "jaw"):
        assert found.scores[zone] == pytest.approx(score, abs=0.35 if noise else 0.12)
    assert abs(found.scores["cheeks"]) < 0.2


def test_the_less_hairy_half_of_a_zone_counts() -> None:
    crop = _crop((35.0, 10.0, 12.0))
    crop[:, 153:] = _crop(CHEEK)[:, 153:]
    assert facial_hair.find(crop, _face()).scores["chin"] < 1
    assert facial_hair.find(crop[:, ::-1], _face()[:, ::-1]).scores["chin"] < 1
    # Where one half is hidden the other decides.
    hidden = _face(hair=(slice(244, 290), slice(153, 247)))
    assert facial_hair.find(crop, hidden).scores["chin"] > 2


@pytest.mark.parametrize(("height", "width", "visible"), [(9, 9, True), (10, 8, False)])
def test_half_a_zone_needs_25_pixels_inside_the_skins_border(height: int, width: int, visible: bool) -> None:
    """Of the jaw only a patch is not hidden, whose border of two pixels does not count: 25 or 24 are left."""
    labels = _face()
    labels[232:, :130] = labels[232:, 176:] = LABEL["hair"]
    labels[240 : 240 + height, 100 : 100 + width] = LABEL["skin"]
    assert math.isnan(facial_hair.find(_crop(CHEEK), labels).scores["jaw"]) != visible


@pytest.mark.parametrize(("height", "width", "visible"), [(9, 16, True), (8, 18, False)])
def test_a_cheek_needs_60_pixels_inside_the_skins_border(height: int, width: int, visible: bool) -> None:
    labels = _face(hair=(slice(120, 212), slice(60, 247)))
    labels[170 : 170 + height, 95 : 95 + width] = LABEL["skin"]
    assert math.isnan(facial_hair.find(_crop(CHEEK), labels).scores["chin"]) != visible


def test_only_hairy_skin_of_the_lower_face_is_covered() -> None:
    crop = _crop((30.0, 6.0, 8.0), noise=3.0, top=204)
    found = facial_hair.find(crop, _face())
    assert found.kind == "beard"
    rows, columns = np.nonzero(found.covered)
    assert rows.min() >= 205
    assert rows.max() < 282 - 5
    assert 153 - columns.min() < 32 + 28
    assert (_face()[found.covered] == LABEL["skin"]).all()
    bare = crop.copy()
    bare[:, 153:] = _crop(CHEEK)[:, 153:]
    found = facial_hair.find(bare, _face())
    assert not found.covered.any()
    assert found.scores["jaw"] < 1


def test_without_a_cheek_nothing_is_found() -> None:
    one = _face(hair=(slice(120, 212), slice(60, 153)))
    assert facial_hair.find(_crop((30.0, 6.0, 8.0), noise=3.0, top=204), one).kind == "beard"
    none = facial_hair.find(
        _crop((30.0, 6.0, 8.0), noise=3.0, top=204), _face(hair=(slice(120, 212), slice(60, 247)))
    )
    assert none.kind == "none"
    assert all(map(math.isnan, none.scores.values()))
    assert not none.covered.any()


USUAL = zones.Layout(middle=153.0, lips=(218.0, 243.0), half_width=32.0, nose=203.0, chin=282.0)


@pytest.mark.parametrize(
    ("name", "count", "field", "value"),
    [
        ("mouth", 79, "middle", 153.0),
        ("upper lip", 80, "middle", 109.5),
        ("lower lip", 80, "half_width", 20.0),  # narrower ones are pursed or half hidden
        ("nose", 100, "nose", 203.0),
        ("nose", 101, "nose", 154.0),
        ("skin", 50, "chin", 282.0),
        ("skin", 51, "chin", 255.0),  # 12 below the lips at least
    ],
)
def test_features_are_where_usual_unless_enough_of_them_is_visible(
    name: str, count: int, field: str, value: float
) -> None:
    left = 141 if name == "skin" else 100
    found = zones.find_features(fill(blank(), name, count, top=150, left=left, width=20))
    assert getattr(found, field) == pytest.approx(value, abs=0.01)
    for other in {"middle", "lips", "half_width", "nose", "chin"} - {field}:
        if name in ("nose", "skin") or count < 80:
            assert getattr(found, other) == getattr(USUAL, other)


def test_features_are_read_without_strays() -> None:
    labels = paint(mouth=(slice(200, 240), slice(100, 200)), nose=(slice(100, 180), slice(130, 170)))
    labels[240:290, 100:200] = LABEL["skin"]
    found = zones.find_features(labels)
    assert found.middle == 149.5
    assert found.lips == (pytest.approx(200, abs=1), pytest.approx(239, abs=1))
    assert found.half_width == pytest.approx(49.5, abs=2)
    assert (found.nose, found.chin) == (pytest.approx(179, abs=1), pytest.approx(289, abs=1))
    stray = labels.copy()
    stray[10, 10:60] = LABEL["mouth"]  # 1.2 % of it
    stray[250, 10:30] = LABEL["nose"]
    again = zones.find_features(stray)
    assert again.half_width == pytest.approx(found.half_width, abs=1)
    assert (again.lips[0], again.nose) == (pytest.approx(200, abs=1), pytest.approx(179, abs=1))
    stray[290:, 141:162] = LABEL["skin"]
    stray[290:, :] = np.where(stray[290:] == LABEL["skin"], LABEL["neck"], stray[290:])
    stray[295:306, 170:200] = LABEL["skin"]  # beside the chin
    assert zones.find_features(stray).chin == pytest.approx(289, abs=1)


@pytest.mark.parametrize(
    ("zone", "rows", "aside"),
    [
        ("moustache", (205, 216), (0, 25)),
        ("chin", (249, 276), (0, 23)),
        ("jaw", (231, 273), (37, 59)),
        ("cheeks", (192, 217), (49, 153)),
    ],
)
def test_zones_are_around_the_features(zone: str, rows: tuple[int, int], aside: tuple[int, int]) -> None:
    found = np.nonzero(zones.draw_zones(USUAL)[zone])
    assert (found[0].min() + zones.TOP, found[0].max() + zones.TOP) == rows
    distance = abs(found[1] - 153)
    assert (distance.min(), distance.max()) == aside
    assert len(distance) == (rows[1] - rows[0] + 1) * sum(
        aside[0] <= abs(column - 153) <= aside[1] for column in range(SIDE)
    )


def test_bare_cheeks_are_above_a_beard_on_either_side() -> None:
    left, right = (np.nonzero(mask) for mask in zones.draw_bare_cheeks(USUAL))
    for rows, columns, low, high in ((*left, 92, 126), (*right, 180, 214)):
        assert (rows.min() + zones.TOP, rows.max() + zones.TOP) == (166, 206)
        assert (columns.min(), columns.max()) == (low, high)
        assert len(rows) == 41 * 35
