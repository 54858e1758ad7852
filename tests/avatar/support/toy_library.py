"""A style without drawings and a library of vectors written by hand, to test matching quickly."""

from collections.abc import Mapping, Sequence
from xml.etree.ElementTree import Element

import numpy as np

from emojax.avatar.matching.library import Library
from emojax.avatar.reading.attributes import Attributes
from emojax.avatar.reading.facial_hair import FacialHair
from emojax.avatar.reading.placement import Place
from emojax.avatar.reading.segments import Segment
from emojax.avatar.styles.shades import Color
from emojax.avatar.styles.style import PartType, Style, Variant

TAGS: Mapping[str, Mapping[str, Mapping[str, str | bool]]] = {
    "hair": {
        "bald": {"length": "none"},
        "crop": {"length": "short"},
        "quiff": {"length": "short"},
        "locs": {"length": "short", "rare": True},
        "long": {"length": "long"},
    },
    "brows": {"level": {}, "soft": {}, "cross": {}},
    "mouth": {"shut": {"open": False}, "laugh": {"open": True}},
    "glasses": {"none": {"glasses": False}, "round": {"glasses": True}, "square": {"glasses": True}},
    "ears": {"plain": {"look": "plain"}, "hoops": {"look": "hoops"}, "hoops-too": {"look": "hoops"}},
}
DIMENSIONS = 4


def style() -> Style:
    """Variants without drawings."""
    parts = {}
    for part, tags in TAGS.items():
        variants = {name: Variant(name, Element("svg"), tags[name]) for name in tags}
        parts[part] = PartType(part, {"front": 0}, next(iter(variants)), variants)
    palette = (
        Color("near", "#604030"),
        Color("far", "#c0a080"),
        Color("yellow", "#ffcc33", natural=False),
    )
    return Style(
        name="toy",
        version="1",
        licence="CC0-1.0",
        author="Nobody",
        canvas=(0.0, 0.0, 306.0),
        palettes=dict.fromkeys(("skin", "hair", "brows", "hat"), palette),
        defaults=dict.fromkeys(("skin", "hair", "brows", "hat"), "#c0a080"),
        follows={"brows": "hair.deep"},
        border=None,
        parts=parts,
        digest="toy",
    )


def vector(cosine: float) -> np.ndarray:
    """``float32[4]`` of length 1 whose cosine with the first axis is `cosine`."""
    return np.array([cosine, np.sqrt(1 - cosine**2), 0, 0], np.float32)


AXIS = vector(1.0)


def library(cosines: Mapping[str, Mapping[str, float]]) -> Library:
    """A library of the listed variants, whose cosines with `AXIS` are given."""
    types = tuple(cosines)
    variants = tuple(tuple(cosines[part]) for part in types)
    embeddings = np.zeros((len(types), max(map(len, variants)), DIMENSIONS), np.float32)
    present = np.zeros(embeddings.shape[:2], bool)
    for t, part in enumerate(types):
        present[t, : len(variants[t])] = True
        embeddings[t, : len(variants[t])] = [vector(cosine) for cosine in cosines[part].values()]
    tilts = {"level": 0.0, "soft": 1.0, "cross": 20.0}
    places = {
        "brows": {v: Place(153, 130, 40, 40, 8, 18, tilts.get(v, 0.0)) for v in cosines.get("brows", ())},
    }
    return Library(
        types=types,
        variants=variants,
        embeddings=embeddings,
        present=present,
        zooms=(1.0,) * len(types),
        photo_zooms=(1.0,) * len(types),
        photo_centres=np.zeros((len(types), DIMENSIONS), np.float32),
        drawn_centres=np.zeros((len(types), DIMENSIONS), np.float32),
        places=places,
        drawings={},
    )


class OneVector:
    """An extractor for which every part has the vector `AXIS`."""

    name = "one vector"
    digest = "one vector"
    needs_pixels = False

    def embed(self, part: str, segments: Sequence[Segment]) -> np.ndarray:
        return np.repeat(AXIS[None], len(segments), axis=0)

    def photo_mean(self, part: str, zoom: float) -> np.ndarray | None:
        return None


def attributes(**changes: object) -> Attributes:
    """A face with short hair and a closed mouth, but for `changes`."""
    plain = {"glasses": False, "hat": False, "mouth_open": False, "hair_length": "short"}
    beard = FacialHair(np.zeros((306, 306), bool), {}, "none")
    return Attributes(**{**plain, "facial_hair": beard, **changes})  # type: ignore[arg-type]


def segment(label: int) -> Segment:
    """A bar of that label across the middle of its window; of brows, level."""
    labels = np.ones((64, 64), np.uint8)
    labels[28:36, 8:56] = label
    return Segment(np.zeros((64, 64, 3), np.uint8), labels, (100.0, 100.0, 184.0, 184.0))
