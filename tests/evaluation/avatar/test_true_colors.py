"""Colours under true masks, and true portraits: known values, and the bounds at which something counts."""

import math
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import pytest
from avatar.support import coded_face

from emojax.avatar.faces.portraits import Portrait
from emojax.avatar.styles import style
from emojax.avatar.styles.composition import label_map
from emojax.data.faces.labels import CLASSES, UNKNOWN
from emojax.evaluation.avatar import colors, faces
from emojax.media.color import ciede2000, lab_to_srgb, srgb_to_lab

S = 306
SKIN, HAIR = CLASSES.index("skin"), CLASSES.index("hair")


def _face(skin: tuple[int, int, int], hair: tuple[int, int, int], *, hairs: int = 3000) -> Portrait:
    """A square of skin below a bar of so many pixels of hair."""
    labels = np.zeros((S, S), np.uint8)
    labels[100:200, 100:200] = SKIN
    labels.ravel()[:hairs] = HAIR
    pixels = np.full((S, S, 3), 255, np.uint8)
    pixels[labels == SKIN], pixels[labels == HAIR] = skin, hair
    return Portrait(pixels, labels)


def _avatar(**lab: np.ndarray) -> Any:
    return SimpleNamespace(measured=SimpleNamespace(lab=lab))


def test_medians_are_those_of_the_pixels_under_the_mask() -> None:
    face = _face((200, 150, 120), (60, 40, 30))
    face.pixels[100:140, 100:200] = 0  # in the shade, and not half of it
    found = colors.medians(face)
    reference = cv2.cvtColor((face.pixels / 255).astype(np.float32), cv2.COLOR_RGB2LAB)
    np.testing.assert_allclose(found["skin"], reference[150, 150], atol=0.2)
    np.testing.assert_allclose(found["hair"], reference[2, 100], atol=0.2)


def test_too_few_pixels_and_photos_without_colour_have_none() -> None:
    assert set(colors.medians(_face((200, 150, 120), (60, 40, 30), hairs=500))) == {"skin", "hair"}
    assert set(colors.medians(_face((200, 150, 120), (60, 40, 30), hairs=499))) == {"skin"}
    assert colors.medians(_face((120, 120, 120), (60, 40, 30))) == {}
    labels = np.zeros((S, S), np.uint8)
    labels[:10] = HAIR
    assert colors.medians(Portrait(np.full((S, S, 3), 90, np.uint8), labels)) == {}


@pytest.mark.parametrize(("chroma", "counts"), [(4.5, False), (5.5, True)])
def test_skin_in_colour_has_some_chroma(chroma: float, counts: bool) -> None:
    rgb = np.rint(255 * lab_to_srgb(np.array([60.0, 0.6 * chroma, 0.8 * chroma]))).astype(int)
    r, g, b = rgb.tolist()
    assert bool(colors.medians(_face((r, g, b), (60, 40, 30)))) is counts


def test_differences_are_those_of_faces_that_have_the_colour() -> None:
    first = _face((200, 150, 120), (60, 40, 30))
    bald, grey = _face((90, 60, 50), (0, 0, 0), hairs=0), _face((99, 99, 99), (0, 0, 0))
    true = colors.medians(first)
    avatars = [
        _avatar(skin=true["skin"] + [3, 0, 0], hair=true["hair"]),
        _avatar(skin=srgb_to_lab(np.array([90, 60, 50]) / 255), hair=true["hair"]),
        _avatar(skin=true["skin"]),
    ]
    found = colors.compare([first, bald, grey], avatars)
    off = float(ciede2000(true["skin"], true["skin"] + [3, 0, 0]))
    assert (found.skin.count, found.hair.count) == (2, 1)
    assert found.skin.mean == pytest.approx(off / 2, abs=1e-6)
    assert found.skin.median == pytest.approx(off / 2, abs=1e-6)
    assert found.hair.mean == pytest.approx(0, abs=1e-6)
    groups = {name: each.count for name, each in found.skin_by_group.items()}
    assert list(groups) == list(colors.ITA)
    assert groups[colors.skin_group(true["skin"])] == 1
    assert sum(groups.values()) == 2
    unread = colors.compare([first], [_avatar()])
    assert (unread.skin.mean, unread.skin.median, unread.skin.count) == (None, None, 0)
    three = colors.difference([(true["skin"], true["skin"] + [x, 0, 0]) for x in (0, 0, 3)])
    assert (three.mean, three.median) == (pytest.approx(off / 3), 0)


def test_skins_are_grouped_by_their_angle() -> None:
    edges = {"dark": -30, "brown": 10, "tan": 28, "intermediate": 41, "light": 55}
    following = [*list(edges)[1:], "very light"]
    for (group, edge), lighter in zip(edges.items(), following, strict=True):
        for angle, expected in ((edge - 0.5, group), (edge + 0.5, lighter)):
            lab = np.array([50 + 20 * math.tan(math.radians(angle)), 12.0, 20.0])
            assert colors.typology_angle(lab) == pytest.approx(angle)
            assert colors.skin_group(lab) == expected
    assert colors.skin_group(np.array([80.0, 0.0, -1.0])) == "very light"
    assert colors.skin_group(np.array([20.0, 0.0, -1.0])) == "dark"


def test_a_true_portrait_is_the_same_wherever_the_face_is() -> None:
    flat = style.load(style.find("flat"))
    photo = coded_face.photo(flat, {"hair": "bob"}, side=512)
    labels = cv2.resize(label_map(flat, {"hair": "bob"}), (512, 512), interpolation=0)
    straight = faces.true_portrait(photo, labels)
    turn = cv2.getRotationMatrix2D((255.5, 255.5), 15, 0.7)
    moved = cv2.warpAffine(labels, turn, (512, 512), flags=cv2.INTER_NEAREST, borderValue=UNKNOWN)
    turned = faces.true_portrait(cv2.warpAffine(photo, turn, (512, 512)), moved)
    assert straight is not None
    assert turned is not None
    known = (turned.labels != UNKNOWN) & (straight.labels != UNKNOWN)
    assert np.mean((turned.labels == straight.labels)[known]) > 0.96
    assert (turned.labels == UNKNOWN).any() or known.all()
    assert faces.true_portrait(photo, np.zeros((512, 512), np.uint8)) is None
    # Picture and labels are cut alike: the code in the pixels is the label.
    code = coded_face.ReadsCode().label_maps(straight.pixels[None])[0]
    inner = straight.labels != UNKNOWN
    assert np.mean((code == straight.labels)[inner]) > 0.97
