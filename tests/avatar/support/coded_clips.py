"""Clips of drawn people in code, and a maker of avatars that reads it exactly."""

from collections.abc import Iterator, Sequence
from fractions import Fraction

import numpy as np
from avatar.support.coded_face import ReadsCode, photo
from avatar.support.shape_extractor import ShapeExtractor

from emojax.avatar.matching import library
from emojax.avatar.pipeline import AvatarMaker
from emojax.avatar.styles import style
from emojax.media.clips import Frame

FPS = Fraction(25)
PERSON = {"hair": "bob", "head": "oval", "mouth": "neutral"}


def exact_maker() -> AvatarMaker:
    flat = style.load(style.find("flat"))
    extractor, parser = ShapeExtractor(), ReadsCode()
    return AvatarMaker(flat, extractor, library.load(flat, extractor), parser, parser)  # type: ignore[arg-type]


def coded(maker: AvatarMaker, person: dict[str, str], *, shift: int = 0) -> np.ndarray:
    """``uint8[300, 400, 3]`` with a person `shift` pixels off the middle."""
    figure = photo(maker.style, person, side=280)
    frame = np.full((300, 400, 3), figure[0, 0], np.uint8)
    frame[10:290, 60 + shift : 340 + shift] = figure
    return frame


def clip(frames: Sequence[np.ndarray]) -> Iterator[Frame]:
    return (Frame(pixels, number / 25) for number, pixels in enumerate(frames))
