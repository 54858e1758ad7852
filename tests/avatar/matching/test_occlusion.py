"""What a face hides of itself is hidden of the drawings that it is compared with."""

import dataclasses

import numpy as np
import pytest
from avatar.support import toy_library
from avatar.support.shape_extractor import ShapeExtractor

from emojax.avatar.matching import library, occlusion
from emojax.avatar.matching.library import Library
from emojax.avatar.reading.placement import SEGMENTS
from emojax.avatar.reading.segments import Segment, segment
from emojax.avatar.styles import style
from emojax.avatar.styles.composition import label_map
from emojax.avatar.styles.style import Style
from emojax.data.faces.labels import CLASSES, UNKNOWN

SKIN, HAIR, HAT, NOSE, GLASSES, EYE, BROW = (
    CLASSES.index(name) for name in ("skin", "hair", "hat", "nose", "eyeglasses", "right eye", "right brow")
)


@pytest.fixture(scope="module")
def flat() -> Style:
    return style.load(style.find("flat"))


@pytest.fixture(scope="module")
def built(flat: Style) -> Library:
    return library.load(flat, ShapeExtractor())


def _segments(labels: np.ndarray) -> dict[str, Segment]:
    pixels = np.zeros((*labels.shape, 3), np.uint8)
    parts = [part for parts in SEGMENTS.values() for part in parts]
    found = {part: segment(pixels, labels, part) for part in parts}
    return {part: each for part, each in found.items() if each is not None}


def _painted(*boxes: tuple[int, int, int, int, int]) -> np.ndarray:
    """A label map of rectangles: label, top, bottom, left, right."""
    labels = np.zeros((306, 306), np.uint8)
    for label, top, bottom, left, right in boxes:
        labels[top:bottom, left:right] = label
    return labels


def _library(part: str, *drawings: np.ndarray, centre: float = 0.0) -> Library:
    """Of one part type, with the drawings' own vectors."""
    names = [f"v{n}" for n in range(len(drawings))]
    vectors = library.embed(ShapeExtractor(), part, [_segments(drawing) for drawing in drawings])
    empty = toy_library.library({part: dict.fromkeys(names, 0.5)})
    return dataclasses.replace(
        empty,
        embeddings=vectors[None] - centre,
        drawn_centres=np.full((1, vectors.shape[1]), centre, np.float32),
        drawings={part: dict(zip(names, drawings, strict=True))},
    )


HEAD = _painted((SKIN, 50, 280, 80, 230))
WIDE = _painted((SKIN, 50, 280, 40, 260))


@pytest.mark.parametrize(
    ("part", "drawing", "occluder", "counts"),
    [
        ("head", HEAD, HAIR, True),
        ("head", HEAD, HAT, True),
        ("head", HEAD, GLASSES, True),
        ("head", HEAD, CLASSES.index("cloth"), False),
        ("hair", _painted((HAIR, 10, 90, 60, 240)), HAT, True),
        ("hair", _painted((HAIR, 10, 90, 60, 240)), GLASSES, False),
        ("brows", _painted((BROW, 60, 72, 90, 130)), HAIR, True),
        ("brows", _painted((BROW, 60, 72, 90, 130)), GLASSES, True),
        ("brows", _painted((BROW, 60, 72, 90, 130)), HAT, True),
        ("eyes", _painted((EYE, 60, 72, 100, 130)), HAIR, True),
        ("eyes", _painted((EYE, 60, 72, 100, 130)), HAT, True),
        ("eyes", _painted((EYE, 60, 72, 100, 130)), GLASSES, False),
        ("nose", _painted((NOSE, 50, 110, 90, 130)), GLASSES, True),
        ("nose", _painted((NOSE, 50, 110, 90, 130)), HAIR, False),
        ("mouth", _painted((CLASSES.index("mouth"), 60, 90, 90, 130)), HAIR, False),
    ],
)
def test_each_part_type_has_its_occluders(
    part: str, drawing: np.ndarray, occluder: int, counts: bool
) -> None:
    toy = _library(part, drawing, centre=0.25)
    labels = drawing.copy()
    labels[:200, 60:108] = occluder
    face = _segments(drawing)
    extractor = ShapeExtractor()
    seen, present = occlusion.occlude(toy, extractor, [labels], [face])
    merged = np.where(labels == occluder, labels, drawing)
    left = _segments(merged)
    expected = library.embed(extractor, part, [left])[0] if counts else toy.embeddings[0, 0] + 0.25
    assert present[0, 0, 0]
    np.testing.assert_allclose(seen[0, 0, 0], expected - 0.25, atol=1e-6)
    assert np.allclose(seen[0], toy.embeddings) != counts


def test_hats_flatten_hair_down_to_their_brim() -> None:
    """The median of the columns' lowest rows, and nothing below it."""
    hair = _painted((HAIR, 20, 200, 60, 240))
    toy = _library("hair", hair)
    labels = _painted((HAT, 40, 81, 100, 200), (HAT, 40, 121, 100, 110))
    seen, _ = occlusion.occlude(toy, ShapeExtractor(), [labels], [_segments(hair)])
    left = hair.copy()
    left[:81] = labels[:81]
    left[labels == HAT] = HAT
    expected = library.embed(ShapeExtractor(), "hair", [_segments(left)])[0]
    np.testing.assert_allclose(seen[0, 0, 0], expected, atol=1e-6)


def test_only_what_is_hidden_is_embedded_again() -> None:
    toy = _library("head", HEAD, WIDE)
    labels = HEAD.copy()
    labels[:, 40:70] = HAIR  # beside the first, over the second
    extractor = ShapeExtractor()
    seen, present = occlusion.occlude(toy, extractor, [HEAD, labels], [_segments(HEAD)] * 2)
    assert extractor.calls == 1
    assert present.all()
    np.testing.assert_array_equal(seen[0], toy.embeddings)
    np.testing.assert_array_equal(seen[1, 0, 0], toy.embeddings[0, 0])
    assert not np.allclose(seen[1, 0, 1], toy.embeddings[0, 1], atol=1e-2)


def test_what_is_not_wanted_stays_as_it_is() -> None:
    toy = _library("head", HEAD, WIDE)
    labels = np.full_like(HEAD, HAIR)
    labels[100:200, 100:200] = HEAD[100:200, 100:200]
    wanted = np.asarray([[[False, True]]])
    seen, _ = occlusion.occlude(toy, ShapeExtractor(), [labels], [_segments(HEAD)], wanted=wanted)
    np.testing.assert_array_equal(seen[0, 0, 0], toy.embeddings[0, 0])
    assert not np.allclose(seen[0, 0, 1], toy.embeddings[0, 1], atol=1e-2)


def test_what_the_face_lacks_is_not_embedded() -> None:
    toy = _library("head", WIDE)
    extractor = ShapeExtractor()
    seen, present = occlusion.occlude(toy, extractor, [_painted((HAIR, 0, 306, 0, 306))], [{}])
    assert extractor.calls == 0
    np.testing.assert_array_equal(seen[0], toy.embeddings)
    np.testing.assert_array_equal(present[0], toy.present)


def test_what_is_hidden_entirely_is_not_present() -> None:
    narrow = _painted((SKIN, 50, 280, 120, 250))
    toy = _library("head", narrow, WIDE, centre=0.5)
    labels = _painted((HAIR, 0, 306, 110, 306))
    seen, present = occlusion.occlude(toy, ShapeExtractor(), [labels], [_segments(HEAD)])
    assert present[0, 0].tolist() == [False, True]
    assert (seen[0, 0, 0] == 0).all()
    assert (seen[0, 0, 1] != 0).any()


def test_what_is_beyond_the_photo_is_hidden() -> None:
    toy = _library("brows", _painted((BROW, 60, 72, 90, 130)), _painted((BROW, 160, 172, 90, 130)))
    labels = np.zeros((306, 306), np.uint8)
    labels[:140] = UNKNOWN
    face = _segments(_painted((BROW, 60, 72, 90, 130)))
    seen, present = occlusion.occlude(toy, ShapeExtractor(), [labels], [face])
    assert present[0, 0].tolist() == [False, True]
    np.testing.assert_array_equal(seen[0, 0, 1], toy.embeddings[0, 1])


def test_a_bare_face_sees_the_library_as_it_is(flat: Style, built: Library) -> None:
    labels = label_map(flat, {"hair": "bald", "hat": "none", "glasses": "none"})
    seen, present = occlusion.occlude(built, ShapeExtractor(), [labels], [_segments(labels)])
    np.testing.assert_array_equal(seen[0], built.embeddings)
    np.testing.assert_array_equal(present[0], built.present)


@pytest.mark.parametrize("head", ["round", "narrow", "broad"])
def test_a_head_under_hair_is_like_that_head_under_the_same_hair(
    flat: Style, built: Library, head: str
) -> None:
    labels = label_map(flat, {"head": head, "hair": "long-straight"})
    face = _segments(labels)
    extractor = ShapeExtractor()
    seen, present = occlusion.occlude(built, extractor, [labels], [face])
    t = built.types.index("head")
    v = built.variants[t].index(head)
    vector = built.embed(extractor, [face], drawn=True)[0, t]
    assert present[0, t, v]
    np.testing.assert_allclose(seen[0, t, v], vector, atol=1e-6)
    assert not np.allclose(built.embeddings[t, v], vector, atol=1e-2)  # as it is on a bald head


def test_each_face_hides_for_itself(flat: Style, built: Library) -> None:
    maps = [label_map(flat, {"hair": hair}) for hair in ("bald", "bob-fringe", "long-straight")]
    faces = [_segments(labels) for labels in maps]
    together, _ = occlusion.occlude(built, ShapeExtractor(), maps, faces)
    for n in range(3):
        alone, _ = occlusion.occlude(built, ShapeExtractor(), maps[n : n + 1], faces[n : n + 1])
        np.testing.assert_array_equal(together[n], alone[0])
    assert CLASSES.index("hair") in maps[1]
