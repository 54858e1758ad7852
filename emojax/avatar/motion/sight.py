"""Labels the crop of a frame and reads what expression it shows."""

from collections.abc import Mapping
from typing import Final, Protocol

import numpy as np

from emojax.avatar.faces.crop import Labeller
from emojax.avatar.faces.parser import FaceParser
from emojax.avatar.reading import attributes, facial_hair
from emojax.avatar.reading.facial_hair import FacialHair
from emojax.avatar.reading.net import at_once
from emojax.avatar.reading.net.shown import Reader
from emojax.data.faces.attributes import WORDS

EXPRESSION: Final = ("eyes", "brows", "mouth")
"""The attributes that change from frame to frame; part types of styles have the same names."""

_BEARD_FRAMES: Final = 15
"""Frames for which a beard that was found is taken to be the same. Smaller: slower. Larger: the first frames
after a cut are read with the beard of someone else."""

Shown = Mapping[str, np.ndarray]
"""By attribute the probabilities ``float[W]`` of its words, in the order of `WORDS`."""


class Sight(Protocol):
    """Sees one crop after the other."""

    def __call__(self, pixels: np.ndarray) -> tuple[np.ndarray, Shown]:
        """``uint8[306, 306, 3]`` to labels ``uint8[306, 306]`` and what `EXPRESSION` and ``turn`` show."""
        ...


class NetSight:
    """Sees with the nets that ship."""

    def __init__(self, parser: FaceParser, reader: Reader) -> None:
        self._parser, self._reader = parser, reader
        self._beard: FacialHair | None = None
        self._age = 0

    def __call__(self, pixels: np.ndarray) -> tuple[np.ndarray, Shown]:
        labels, found = at_once.label(self._parser, pixels)
        if self._beard is None or self._age >= _BEARD_FRAMES:
            self._beard, self._age = facial_hair.find(pixels, labels), 0
        self._age += 1
        row = at_once.join(found, pixels, labels, order=self._reader.order, beard=self._beard)
        evidence = self._reader.decode(self._reader.logits(row[None])[0]).evidence
        return labels, {
            name: np.asarray([evidence[name].get(word, 0.0) for word in WORDS[name]])
            for name in (*EXPRESSION, "turn")
            if name in evidence
        }


class LabelSight:
    """Sees no more than labels say: whether the mouth is open."""

    def __init__(self, parser: Labeller) -> None:
        self._parser = parser

    def __call__(self, pixels: np.ndarray) -> tuple[np.ndarray, Shown]:
        labels = self._parser.label_maps(pixels[None])[0]
        likely = {"closed_neutral": 0.05, "open_neutral": 0.95}
        if not attributes.is_mouth_open(labels):
            likely = {"closed_neutral": 0.95, "open_neutral": 0.05}
        return labels, {"mouth": np.asarray([likely.get(word, 0.0) for word in WORDS["mouth"]])}
