"""Makes the clip of a script: drawn people before a plain wall, in changing light, with noise."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import cv2
import numpy as np

from emojax.avatar.matching.words import variant_words
from emojax.avatar.motion.output.blending import on_color
from emojax.avatar.motion.output.drawing import Puppet
from emojax.avatar.motion.posing import Head, Pose
from emojax.avatar.styles.style import FRAME, Style
from emojax.evaluation.video.script import FPS, Instant
from emojax.media.clips import Frame

HEIGHT, WIDTH = 480, 640
_SIDE: Final = 460
"""Side of the figures in pixels. Smaller: faces have fewer pixels than the parser's crops."""

_WALL: Final = ((196, 205, 210), (222, 206, 188))
NOISE: Final = 3.0
"""Standard deviation of the noise of each value, of 255: about a phone's in a living room."""

PEOPLE: Final[Sequence[Mapping[str, str]]] = (
    {"hair": "side-part", "head": "oval", "brows": "soft", "eyes": "almond", "mouth": "calm"},
    {"hair": "bob", "head": "round", "brows": "thick", "eyes": "round", "mouth": "gentle"},
)
COLORS: Final[Sequence[Mapping[str, str]]] = (
    {"skin": "#e5ad90", "hair": "#4a3125", "cloth": "#35527f"},
    {"skin": "#f3c6a5", "hair": "#85492b", "cloth": "#4a7a57"},
)


def stage(style: Style, instants: Sequence[Instant], *, seed: int = 0) -> Iterator[Frame]:
    """The frames of a script.

    Args:
      style: whose drawings act.
      instants: one a frame.
      seed: of the noise.
    """
    rng = np.random.default_rng(seed)
    puppets = [
        Puppet(style, _known(style, person), colors, {}, size=_SIDE, margin=0.0)
        for person, colors in zip(PEOPLE, COLORS, strict=True)
    ]
    for n, instant in enumerate(instants):
        who = instant.scene % len(PEOPLE)
        wall = _WALL[who]
        head = Head(instant.roll_degrees, instant.scale, instant.right, instant.down)
        figure = puppets[who].draw(
            Pose(_choice(style, PEOPLE[who], instant), {}, (0.0, 0.0), head, instant.words, instant.closed)
        )
        picture = np.empty((HEIGHT, WIDTH, 3), np.uint8)
        picture[:] = wall
        left = (WIDTH - _SIDE) // 2
        picture[HEIGHT - _SIDE :, left : left + _SIDE] = on_color(figure, wall)
        if instant.cover:
            edge = left + round(instant.cover * _SIDE)
            cv2.rectangle(picture, (left, 120), (edge, 400), (160, 124, 106), -1)
        lit = picture.astype(np.float32) * instant.light + NOISE * rng.standard_normal(picture.shape)
        yield Frame(np.clip(np.rint(lit), 0, 255).astype(np.uint8), n / FPS)


def squares(style: Style, instants: Sequence[Instant]) -> list[tuple[float, float, float]]:
    """Of each frame the middle, x and y, and the side of the square that a portrait of the face has."""
    scale = _SIDE / style.canvas[2]
    origin = np.asarray([(WIDTH - _SIDE) / 2, HEIGHT - _SIDE]) - np.asarray(style.canvas[:2]) * scale
    pivot = np.asarray([FRAME / 2, FRAME * 0.62])
    found = []
    for instant in instants:
        angle = np.radians(instant.roll_degrees)
        turn = instant.scale * np.asarray([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        middle = turn @ (np.asarray([FRAME / 2, FRAME / 2]) - pivot) + pivot
        middle += np.asarray([instant.right, instant.down]) * FRAME
        x, y = middle * scale + origin
        found.append((float(x), float(y), FRAME * scale * instant.scale))
    return found


def _known(style: Style, person: Mapping[str, str]) -> dict[str, str]:
    return {part: v for part, v in person.items() if part in style.parts and v in style.parts[part].variants}


def _choice(style: Style, person: Mapping[str, str], instant: Instant) -> dict[str, str]:
    """A person's parts with drawings of the instant's words."""
    choice = _known(style, person)
    words = {**instant.words, **({"eyes": "closed"} if instant.closed else {})}
    for part, word in words.items():
        own = variant_words(part, style.variant(part, choice.get(part, style.parts[part].default)))
        if own.get(part, ("",))[0] != word:
            choice[part] = next(
                name
                for name, variant in style.parts[part].variants.items()
                if variant_words(part, variant).get(part, ("",))[0] == word
            )
    return choice
