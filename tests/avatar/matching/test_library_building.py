"""How a library is built, on the tiny style: plain heads, visible variants, padding, centring, caching."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
from avatar.support import tiny_style
from avatar.support.portrait_of_avatar import portrait
from avatar.support.shape_extractor import ShapeExtractor

from emojax.avatar.extractors.plain import Pixels
from emojax.avatar.matching import library
from emojax.avatar.matching.approach import Approach
from emojax.avatar.matching.library import Library
from emojax.avatar.reading.placement import SEGMENTS, Place, measure_place, measure_zoom
from emojax.avatar.reading.segments import Segment, segment
from emojax.avatar.styles import style
from emojax.avatar.styles.composition import label_map
from emojax.avatar.styles.style import Style

WIDE = '<path data-class="lower-lip" fill="#c0706c" data-fill="lips" d="M113 220H193V244H113Z"/>'
HIGH = '<path data-class="lower-lip" fill="#c0706c" data-fill="lips" d="M133 214H173V250H133Z"/>'
SHORT = '<path data-class="hair" fill="#332211" data-fill="hair" d="M60 0H246V80H60Z"/>'


def _tags(part: str, **changes: str | bool) -> dict[str, str | bool]:
    return {**tiny_style.TAGS[part], **changes}


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Style:
    """Mouths of three shapes and an empty one, hair of two shapes and none, no hat by default, no beard."""
    folder = tiny_style.write(tmp_path_factory.mktemp("styles") / "tiny")
    content = tiny_style.manifest()
    added = {"mouth": {"wide": WIDE, "empty": "", "high": HIGH}, "hair": {"bald": "", "short": SHORT}}
    for part, variants in added.items():
        for name, shapes in variants.items():
            length = {"bald": "none", "short": "short"}.get(name)
            tags = _tags(part, length=length) if length else _tags(part)
            content["parts"][part]["variants"][name] = tags
            (folder / "parts" / part / f"{name}.svg").write_text(tiny_style.part(shapes))
    (folder / "parts" / "facial_hair" / "one.svg").write_text(tiny_style.part(""))
    content["parts"]["hat"]["variants"]["none"] = {"hat": False}
    content["parts"]["hat"]["default"] = "none"
    (folder / "parts" / "hat" / "none.svg").write_text(tiny_style.part(""))
    (folder / "style.json").write_text(json.dumps(content))
    return style.load(folder)


class Centred(ShapeExtractor):
    """Has mean vectors of photographed parts: the magnification in each element."""

    def photo_mean(self, part: str, zoom: float) -> np.ndarray | None:
        return np.full(256, 8.0 * zoom, np.float32)


@pytest.fixture(scope="module")
def centred(tiny: Style) -> Library:
    return library.load(tiny, Centred())


def _segments(labels: np.ndarray, part: str) -> dict[str, Segment]:
    pixels = np.zeros((306, 306, 3), np.uint8)
    found = {name: segment(pixels, labels, name) for name in SEGMENTS[part]}
    return {name: each for name, each in found.items() if each is not None}


def test_types_and_variants_are_those_that_are_visible(centred: Library) -> None:
    assert dict(zip(centred.types, centred.variants, strict=True)) == {
        "head": ("one",),
        "hair": ("one", "short"),
        "mouth": ("one", "wide", "high"),
        "hat": ("one",),
    }
    assert centred.embeddings.shape == (4, 3, 256)
    assert centred.present.tolist() == [
        [True, False, False],
        [True, True, False],
        [True, True, True],
        [True, False, False],
    ]
    assert (centred.embeddings[~centred.present] == 0).all()


def test_every_variant_is_drawn_on_a_head_without_hair(tiny: Style, centred: Library) -> None:
    extractor = ShapeExtractor()
    for t, part in enumerate(centred.types):
        vectors = []
        for variant in centred.variants[t]:
            labels = label_map(tiny, {"hair": "bald", part: variant})
            np.testing.assert_array_equal(centred.drawings[part][variant], labels)
            vectors.append(library.embed(extractor, part, [_segments(labels, part)])[0])
        centre = np.mean(vectors, 0) / 2
        np.testing.assert_allclose(centred.drawn_centres[t], centre, atol=1e-6)
        np.testing.assert_allclose(centred.embeddings[t, : len(vectors)], vectors - centre, atol=1e-6)


def test_places_are_measured_of_the_types_that_are_moved(tiny: Style, centred: Library) -> None:
    assert {part: set(places) for part, places in centred.places.items()} == {
        "head": set(),
        "hair": set(),
        "mouth": {"one", "wide", "high"},
        "hat": set(),
    }
    for variant, place in centred.places["mouth"].items():
        labels = label_map(tiny, {"hair": "bald", "mouth": variant})
        expected = measure_place(_segments(labels, "mouth"), "mouth")
        assert expected is not None
        assert isinstance(place, Place)
        np.testing.assert_allclose(place, expected, rtol=1e-6)
    zoom = measure_zoom("mouth", centred.places["mouth"])
    assert zoom != 1
    assert centred.zooms == (1.0, 1.0, zoom, 1.0)


def test_photographed_parts_are_magnified_and_centred_by_half(tiny: Style, centred: Library) -> None:
    assert centred.photo_zooms == centred.zooms
    expected = 4.0 * np.array(centred.zooms, np.float32)
    np.testing.assert_allclose(centred.photo_centres, np.repeat(expected[:, None], 256, 1))
    unzoomed = library.load(tiny, Centred(), Approach.without(["zoom"]))
    assert unzoomed.zooms == centred.zooms
    assert unzoomed.photo_zooms == (1.0,) * 4
    assert (unzoomed.photo_centres == 4.0).all()
    bare = library.load(tiny, Centred(), Approach.without(["centring"]))
    assert not bare.photo_centres.any()
    assert not bare.drawn_centres.any()
    unmeasured = library.load(tiny, ShapeExtractor())
    np.testing.assert_array_equal(unmeasured.embeddings, bare.embeddings)


def test_faces_are_embedded_like_photos_or_like_drawings(tiny: Style, centred: Library) -> None:
    labels = label_map(tiny, {"hair": "bald", "mouth": "wide"})
    face = _segments(labels, "mouth") | _segments(labels, "head")
    extractor = ShapeExtractor()
    drawn = centred.embed(extractor, [face, {}], drawn=True)
    t = centred.types.index("mouth")
    np.testing.assert_allclose(drawn[0, t], centred.embeddings[t, 1], atol=1e-6)
    assert (drawn[1] == 0).all()
    hair, hat = centred.types.index("hair"), centred.types.index("hat")
    assert (drawn[0, [hair, hat]] == 0).all()
    assert (drawn[0, centred.types.index("head")] != 0).any()
    same = dataclasses.replace(centred, photo_zooms=(1.0,) * 4)
    photo = same.embed(extractor, [face])
    difference = photo[0, t] - drawn[0, t]
    np.testing.assert_allclose(difference, centred.drawn_centres[t] - centred.photo_centres[t], atol=1e-6)
    zoomed = centred.embed(extractor, [face])
    assert not np.allclose(zoomed[0, t], photo[0, t], atol=1e-3)


def test_extractors_of_pixels_are_given_drawings_in_default_colours(tiny: Style) -> None:
    built = library.build(tiny, Pixels())
    vectors = {v: each["vector"].reshape(16, 16, 3) for v, each in built["mouth"].items()}
    assert set(vectors) == {"one", "wide", "high"}
    lips = np.array([0x80, 0x40, 0x20]) / 127.5 - 1  # every palette's first colour
    np.testing.assert_allclose(vectors["wide"][8, 8], lips, atol=0.02)
    assert (vectors["high"][8, 1] == 0).all()
    pixels, labels = portrait(tiny, {"hair": "bald", "mouth": "wide"}, {})
    found = segment(pixels, labels, "mouth")
    assert found is not None
    np.testing.assert_allclose(vectors["wide"].reshape(-1), Pixels().embed("mouth", [found])[0], atol=0.01)


def test_libraries_are_cached_by_style_extractor_and_format(
    tiny: Style, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMOJAX_CACHE", str(tmp_path))
    extractor = ShapeExtractor()
    library.load(tiny, extractor)
    calls = extractor.calls
    assert calls > 0
    library.load(tiny, extractor)
    library.load(tiny, extractor, Approach.without(["zoom", "centring"]))
    assert extractor.calls == calls
    for other in (dataclasses.replace(tiny, digest="other"), tiny):
        library.load(other, ShapeExtractor(digest="2" if other is tiny else "1"))
    monkeypatch.setattr(library, "_FORMAT", "another")
    library.load(tiny, extractor)
    assert extractor.calls == 2 * calls
    assert len(list((tmp_path / "libraries").iterdir())) == 4


def test_a_cache_that_cannot_be_written_does_no_harm(
    tiny: Style, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("EMOJAX_CACHE", str(tmp_path / "file"))
    assert library.load(tiny, ShapeExtractor()).types
