"""Scripts of test clips: what a drawn face does in each frame, decided before the clip is made."""

import dataclasses
import math
from collections.abc import Mapping, Sequence
from typing import Final

FPS: Final = 25
BLINK: Final = 4
"""Frames that a blink takes: 160 ms, as people's do."""

NEUTRAL: Final[Mapping[str, str]] = {"eyes": "open", "brows": "neutral", "mouth": "closed_neutral"}


@dataclasses.dataclass(frozen=True)
class Instant:
    """One frame.

    Attributes:
      scene: number of the person; another one after a cut.
      words: by attribute of the expression, what the drawing is tagged with.
      closed: whether the eyes are closed.
      roll_degrees: of the head, clockwise.
      scale: of the head, in that of the script's first frame.
      right, down: of the head, in shares of the portrait's side.
      light: factor of all values.
      still: nothing changes from the frame before but noise.
      cover: how far a hand has come before the face, 0 to 1.
      hidden: it covers the face.
    """

    scene: int = 0
    words: Mapping[str, str] = dataclasses.field(default_factory=lambda: dict(NEUTRAL))
    closed: bool = False
    roll_degrees: float = 0.0
    scale: float = 1.0
    right: float = 0.0
    down: float = 0.0
    light: float = 1.0
    still: bool = True
    cover: float = 0.0
    hidden: bool = False


def still(frames: int = 104) -> list[Instant]:
    """A face that does nothing, so that all that changes is noise."""
    return [Instant(still=n > 0) for n in range(frames)]


def expressions(hold: int = 18) -> list[Instant]:
    """One expression after the other, each for `hold` frames."""
    mouths = ("closed_neutral", "closed_smile", "teeth_smile", "open_wide", "closed_neutral", "open_neutral")
    brows = ("neutral", "neutral", "neutral", "raised", "raised", "neutral")
    found: list[Instant] = []
    for mouth, brow in zip(mouths, brows, strict=True):
        own = Instant(words={**NEUTRAL, "mouth": mouth, "brows": brow})
        found += [dataclasses.replace(own, still=n > 0) for n in range(hold)]
    return found


def blinks(count: int = 6, between: int = 11) -> list[Instant]:
    """A face that blinks, for `BLINK` frames each."""
    found: list[Instant] = []
    for _ in range(count):
        found += [dataclasses.replace(Instant(), still=n > 0) for n in range(between)]
        found += [dataclasses.replace(Instant(), closed=True, still=n > 0) for n in range(BLINK)]
    return [*found, *[dataclasses.replace(Instant(), still=n > 0) for n in range(between)]]


def moving(frames: int = 100) -> list[Instant]:
    """A head that turns, nods, comes nearer, goes aside and now and then smiles, in changing light."""
    found = []
    for n in range(frames):
        t = n / FPS
        found.append(
            Instant(
                words={**NEUTRAL, "mouth": "teeth_smile" if n // 20 % 2 else "closed_neutral"},
                roll_degrees=16 * math.sin(2 * math.pi * t / 3),
                scale=1 + 0.12 * math.sin(2 * math.pi * t / 4),
                right=0.12 * math.sin(2 * math.pi * t / 2.5),
                down=0.05 * math.sin(2 * math.pi * t / 1.7),
                light=1 + 0.15 * math.sin(2 * math.pi * t / 5),
                still=False,
            )
        )
    return found


def cuts(hold: int = 30) -> list[Instant]:
    """Two people in turn, of whom the second is covered for half a second."""
    found: list[Instant] = []
    for scene in range(4):
        own = Instant(scene=scene)
        for n in range(hold):
            cover = min(max(0.1 * min(n - 10, 28 - n), 0.0), 1.0) if scene == 1 else 0.0
            found.append(
                dataclasses.replace(own, cover=cover, hidden=cover > 0.3, still=n > 0 and cover == 0)
            )
    return found


SCRIPTS: Final = {
    "still": still,
    "expressions": expressions,
    "blinks": blinks,
    "moving": moving,
    "cuts": cuts,
}
"""By name what makes each script."""


def as_document(
    instants: Sequence[Instant], squares: Sequence[tuple[float, float, float]]
) -> dict[str, object]:
    """A truth file's content.

    Args:
      instants: one a frame.
      squares: x and y of the middle of the portrait's square, and its side, in pixels of the frame.
    """
    frames = [
        {**dataclasses.asdict(instant), "square": [round(value, 3) for value in square]}
        for instant, square in zip(instants, squares, strict=True)
    ]
    return {"version": 1, "fps": FPS, "frames": frames}
