"""What a face hides is hidden of the drawings that it is compared with."""

import numpy as np
import pytest
from avatar.support.shape_extractor import ShapeExtractor

from emojax.avatar.matching import library, occlusion
from emojax.avatar.matching.library import Library
from emojax.avatar.reading.placement import SEGMENTS
from emojax.avatar.reading.segments import Segment, segment
from emojax.avatar.styles import style
from emojax.avatar.styles.composition import label_map
from emojax.avatar.styles.style import Style
from emojax.data.faces.labels import CLASSES, UNKNOWN


@pytest.fixture(scope="module")
def flat() -> Style:
    return style.load(style.find("flat"))


@pytest.fixture(scope="module")
def built(flat: Style, tmp_path_factory: pytest.TempPathFactory) -> Library:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EMOJAX_CACHE", str(tmp_path_factory.mktemp("cache")))
        return library.load(flat, ShapeExtractor())


def _segments(labels: np.ndarray) -> dict[str, Segment]:
    pixels = np.zeros((*labels.shape, 3), np.uint8)
    parts = [part for parts in SEGMENTS.values() for part in parts]
    found = {part: segment(pixels, labels, part) for part in parts}
    return {part: each for part, each in found.items() if each is not None}


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


def test_what_would_not_show_at_all_is_not_compared(flat: Style, built: Library) -> None:
    labels = label_map(flat, {"hair": "bald"})
    face = _segments(labels)
    labels = labels.copy()
    labels[:140] = UNKNOWN
    t = built.types.index("brows")
    _, present = occlusion.occlude(built, ShapeExtractor(), [labels], [face])
    assert not present[0, t].any()


def test_each_face_hides_for_itself(flat: Style, built: Library) -> None:
    maps = [label_map(flat, {"hair": hair}) for hair in ("bald", "bob-fringe", "long-straight")]
    faces = [_segments(labels) for labels in maps]
    together, _ = occlusion.occlude(built, ShapeExtractor(), maps, faces)
    for n in range(3):
        alone, _ = occlusion.occlude(built, ShapeExtractor(), maps[n : n + 1], faces[n : n + 1])
        np.testing.assert_array_equal(together[n], alone[0])
    assert CLASSES.index("hair") in maps[1]
