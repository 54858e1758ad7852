"""The clip that ``--video demo`` takes: the demo's portrait panned, zoomed, turned and relit."""

import dataclasses
import math
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from emojax.avatar import demo
from emojax.avatar.faces.detection import Box
from emojax.media.clips import Frame
from emojax.media.image import read_photo

HEIGHT, WIDTH = 480, 640
FPS: Final = Fraction(25)
SECONDS: Final = 6

_FACE: Final = (262.0, 215.0)
"""The middle of the face on the portrait, in pixels: what the camera points at."""


@dataclasses.dataclass(frozen=True)
class Camera:
    """How a frame shows the portrait.

    Attributes:
      right, down: of the face's middle from that of the frame, in pixels.
      zoom: pixels of the frame for one of the portrait.
      roll_degrees: clockwise.
      light: factor of all values.
      side: how much brighter the right edge is than the left, in shares.
    """

    right: float = 0.0
    down: float = 0.0
    zoom: float = 1.0
    roll_degrees: float = 0.0
    light: float = 1.0
    side: float = 0.0


def camera(time: float) -> Camera:
    """Where the demo's camera is, by the second."""
    return Camera(
        right=60 * math.sin(2 * math.pi * time / 4.0),
        down=14 * math.sin(2 * math.pi * time / 2.5) + 10,
        zoom=1.0 + 0.16 * math.sin(2 * math.pi * time / 6.0),
        roll_degrees=13 * math.sin(2 * math.pi * time / 3.0),
        light=1.0 + 0.18 * math.sin(2 * math.pi * time / 5.0),
        side=0.5 * math.sin(2 * math.pi * time / 6.0),
    )


def film(portrait: np.ndarray, view: Camera, *, middle: tuple[float, float] = _FACE) -> np.ndarray:
    """What a camera sees of a portrait.

    Args:
      portrait: ``uint8[H, W, 3]``.
      view: of the camera.
      middle: x and y on the portrait that it points at.

    Returns:
      ``uint8[HEIGHT, WIDTH, 3]``.
    """
    angle = math.radians(view.roll_degrees)
    turn = view.zoom * np.asarray([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    target = np.asarray([(WIDTH - 1) / 2 + view.right, (HEIGHT - 1) / 2 + view.down])
    matrix = np.column_stack([turn, target - turn @ np.asarray(middle)])
    seen = cv2.warpAffine(portrait, matrix, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REFLECT_101)
    slope = view.light * (1 + view.side * np.linspace(-0.5, 0.5, WIDTH, dtype=np.float32))
    return np.clip(np.rint(seen * slope[None, :, None]), 0, 255).astype(np.uint8)


def moved(square: Box, view: Camera, *, middle: tuple[float, float] = _FACE) -> Box:
    """Where a square of the portrait is in a frame."""
    turn = view.zoom * np.exp(1j * math.radians(view.roll_degrees))
    at = turn * complex(square.x - middle[0], square.y - middle[1])
    at += complex((WIDTH - 1) / 2 + view.right, (HEIGHT - 1) / 2 + view.down)
    roll = square.roll_degrees + view.roll_degrees
    return Box(at.real, at.imag, square.side * view.zoom, roll)


@dataclasses.dataclass(frozen=True)
class DemoClip:
    """Takes the place of a `media.clips.Clip`."""

    path: Path = demo.PORTRAIT
    fps: Fraction = FPS
    count: int | None = SECONDS * int(FPS)
    has_sound: bool = False

    def frames(self, *, max_side: int) -> Iterator[Frame]:
        """The frames; none is larger than `max_side`."""
        portrait = read_photo(demo.PORTRAIT)
        for number in range(SECONDS * int(FPS)):
            time = float(number / FPS)
            yield Frame(film(portrait, camera(time)), time)
