"""A style's parts as vectors: built once, cached, and rebuilt where the cache is damaged."""

from pathlib import Path

import numpy as np
import pytest
from avatar.support import tiny_style
from avatar.support.shape_extractor import ShapeExtractor

from emojax.avatar.matching import kernel, library
from emojax.avatar.matching.library import Library
from emojax.avatar.reading.placement import SEGMENTS
from emojax.avatar.reading.segments import segment
from emojax.avatar.styles import style
from emojax.avatar.styles.composition import label_map
from emojax.avatar.styles.style import Style


@pytest.fixture(scope="module")
def flat() -> Style:
    return style.load(style.find("flat"))


@pytest.fixture(scope="module")
def built(flat: Style) -> Library:
    return library.load(flat, ShapeExtractor())


def test_a_drawn_part_is_most_like_itself(built: Library) -> None:
    T, V = built.present.shape
    faces = built.embeddings.transpose(1, 0, 2)  # the v-th face has the v-th variant of every part
    found = kernel.match(faces, built.embeddings, built.present, k=1)
    for v in range(V):
        for t in range(T):
            if built.present[t, v]:
                best = int(found.variant[v, t, 0])
                # Two drawings may have one outline, as glasses with and without tint.
                np.testing.assert_allclose(built.embeddings[t, best], built.embeddings[t, v], atol=1e-5)


def test_what_is_not_visible_is_not_compared(flat: Style, built: Library) -> None:
    assert built.types == tuple(SEGMENTS)
    ids = dict(zip(built.types, built.variants, strict=True))
    assert "none" not in ids["glasses"]
    assert "none" not in ids["hat"]
    assert "bald" not in ids["hair"]
    assert set(ids["mouth"]) == set(flat.parts["mouth"].variants)
    np.testing.assert_array_equal(built.present.sum(1), [len(v) for v in built.variants])
    assert (built.embeddings[~built.present] == 0).all()


def test_it_is_built_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMOJAX_CACHE", str(tmp_path / "cache"))
    tiny = style.load(tiny_style.write(tmp_path / "tiny"))
    extractor = ShapeExtractor()
    first = library.load(tiny, extractor)
    calls = extractor.calls
    again = library.load(tiny, extractor)
    assert extractor.calls == calls > 0
    np.testing.assert_array_equal(again.embeddings, first.embeddings)
    assert again.variants == first.variants
    (file,) = (tmp_path / "cache" / "libraries").iterdir()
    file.write_bytes(file.read_bytes()[:1000])
    np.testing.assert_array_equal(library.load(tiny, extractor).embeddings, first.embeddings)
    assert extractor.calls == 2 * calls
    library.load(tiny, ShapeExtractor(digest="2"))
    assert len(list((tmp_path / "cache" / "libraries").iterdir())) == 2


class Shifted(ShapeExtractor):
    """Has a mean vector of photographed parts: a constant."""

    def photo_mean(self, part: str, zoom: float) -> np.ndarray | None:
        return np.full(256, 3.0, np.float32)


def test_half_of_each_sides_mean_is_subtracted(flat: Style, built: Library, shared_cache: None) -> None:
    centred = library.load(flat, Shifted())
    for t in range(len(built.types)):
        visible = built.present[t]
        means = built.embeddings[t, visible].mean(0)
        np.testing.assert_allclose(centred.drawn_centres[t], means / 2, atol=1e-6)
        np.testing.assert_allclose(centred.embeddings[t, visible].mean(0), means / 2, atol=1e-5)
    assert (centred.photo_centres == 1.5).all()
    assert (centred.embeddings[~centred.present] == 0).all()
    assert (centred.embed(Shifted(), [{}]) == 0).all()


def test_photographed_parts_are_magnified_to_the_styles_size(flat: Style, built: Library) -> None:
    t = built.types.index("eyes")
    assert 1.2 < built.zooms[t] < 1.6  # flat draws large eyes
    assert built.zooms[built.types.index("hair")] == 1
    labels = label_map(flat, {"eyes": "almond"})
    eyes = {part: segment(np.zeros((306, 306, 3), np.uint8), labels, part) for part in SEGMENTS["eyes"]}
    extractor = ShapeExtractor()
    drawn, photographed = (built.embed(extractor, [eyes], drawn=drawn)[0, t] for drawn in (True, False))  # type: ignore[list-item]
    v = built.variants[t].index("almond")
    np.testing.assert_allclose(drawn, built.embeddings[t, v], atol=1e-6)
    ratio = (photographed + 0.25).sum() / (drawn + 0.25).sum()  # of areas
    assert ratio == pytest.approx(built.zooms[t] ** 2, rel=0.1)


def test_a_pairs_vector_is_the_mean_of_the_visible_sides() -> None:
    rng = np.random.default_rng(0)

    class Lengths(ShapeExtractor):
        def embed(self, part, segments):  # type: ignore[no-untyped-def]
            return np.full((len(segments), 2), 1.0 if part == "left_eye" else 3.0, np.float32)

    from emojax.avatar.reading.segments import Segment

    eye = Segment(rng.integers(0, 255, (64, 64, 3), np.uint8), np.zeros((64, 64), np.uint8), (0, 0, 1, 1))
    faces = [{"left_eye": eye, "right_eye": eye}, {"left_eye": eye}, {}]
    vectors = library.embed(Lengths(), "eyes", faces)
    np.testing.assert_array_equal(vectors, [[2, 2], [1, 1], [0, 0]])
    assert library.embed(Lengths(), "eyes", [{}]).shape == (1, 1)
