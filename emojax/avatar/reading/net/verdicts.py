"""Measures of a portrait's label map and skin that rules go by: what is worn, and where features are."""

from typing import Final, get_args

import numpy as np

from emojax.avatar.reading import attributes as bounds
from emojax.avatar.reading import facial_hair, worn
from emojax.avatar.reading.facial_hair import FacialHair, Kind
from emojax.avatar.reading.worn import Ears
from emojax.avatar.reading.zones import ZONES
from emojax.data.faces.labels import CLASSES

_AREAS: Final = ("eyeglasses", "hat", "hair", "mouth", "earring", "left ear", "right ear")
_LENGTHS: Final = ("none", "short", "medium", "long")
_ROWS: Final = 17
"""Pieces of 18 rows of the frame, of each of which it is said how much hair there is on either side."""


def measure(pixels: np.ndarray, labels: np.ndarray, *, beard: FacialHair | None = None) -> np.ndarray:
    """``float32[_]``: verdicts of rules as 0 and 1, and the measures behind them.

    Args:
      pixels: ``uint8[306, 306, 3]``.
      labels: ``uint8[306, 306]``, indices into `CLASSES`, or `UNKNOWN`.
      beard: as of `facial_hair.find`, which is called if this is None.
    """
    areas = [np.log1p(np.count_nonzero(labels == CLASSES.index(name)) / 100) for name in _AREAS]
    glasses = bounds.has_label(labels, "eyeglasses")
    eyes = bounds.are_eyes_visible(labels)
    worn_ = [glasses, glasses and not eyes, bounds.has_label(labels, "hat"), bounds.is_mouth_open(labels)]
    beard = facial_hair.find(pixels, labels) if beard is None else beard
    zones = [np.clip(np.nan_to_num(beard.scores.get(zone, 0.0)), -10, 10) for zone in ZONES]
    return np.asarray(
        [
            *areas,
            *worn_,
            *_one_of(bounds.read_hair_length(labels), _LENGTHS),
            *_one_of(beard.kind, get_args(Kind)),
            *zones,
            *_one_of(worn.classify_ears(labels), get_args(Ears)),
            *_hair(labels),
            *_brows_and_eyes(labels),
            *_mouth(labels),
        ],
        np.float32,
    )


def _one_of(word: str, words: tuple[str, ...]) -> list[float]:
    return [float(word == each) for each in words]


def _hair(labels: np.ndarray) -> list[float]:
    """The last and first row of hair, and how much there is from top to bottom beside and before the face."""
    hair = labels == CLASSES.index("hair")
    rows = np.flatnonzero(hair.sum(1) >= 6)
    pieces = hair.reshape(_ROWS, -1, hair.shape[1])
    beside = np.concatenate([pieces[..., :85], pieces[..., 221:]], -1).mean((1, 2))
    before = pieces[..., 85:221].mean((1, 2))
    last = rows[-1] / len(hair) if len(rows) else 0.0
    first = rows[0] / len(hair) if len(rows) else 1.0
    return [last, first, *np.sqrt(beside), *np.sqrt(before)]


def _brows_and_eyes(labels: np.ndarray) -> list[float]:
    """Of brows their tilt, height over the eyes and inner ends; of eyes how open: means of both sides."""
    found = []
    for side, outwards in (("left", 1.0), ("right", -1.0)):
        brow = np.argwhere(labels == CLASSES.index(f"{side} brow")).astype(float)
        eye = np.argwhere(labels == CLASSES.index(f"{side} eye")).astype(float)
        if len(brow) < 30 or len(eye) < 15:
            continue
        x = (brow[:, 1] - 152.5) * outwards
        rise = np.polyfit(x, brow[:, 0], 1)[0] if np.ptp(x) > 5 else 0.0
        inner = brow[x <= np.quantile(x, 0.25)]
        outer = brow[x >= np.quantile(x, 0.75)]
        width, height = np.ptp(eye[:, 1]) + 1, np.ptp(eye[:, 0]) + 1
        arch = brow[:, 0].mean() - (inner[:, 0].mean() + outer[:, 0].mean()) / 2
        found.append(
            [
                10 * rise,
                (eye[:, 0].mean() - brow[:, 0].mean()) / 10,
                (eye[:, 0].mean() - inner[:, 0].mean()) / 10,
                np.quantile(x, 0.02) / 10,
                arch / 5,
                height / width * 3,
                len(eye) / 150,
                len(brow) / 300,
            ]
        )
    return [*np.mean(found, axis=0)] if found else [0.0] * 8


def _mouth(labels: np.ndarray) -> list[float]:
    """Share of the inside, height by width, and how far the corners are above the middle."""
    inside, *lips = (labels == CLASSES.index(name) for name in ("mouth", "upper lip", "lower lip"))
    whole = np.argwhere(inside | lips[0] | lips[1]).astype(float)
    if len(whole) < 60:
        return [0.0] * 6
    x = whole[:, 1]
    low, high = np.quantile(x, (0.06, 0.94))
    corners = whole[(x <= low) | (x >= high), 0].mean()
    near = abs(x - np.median(x)) < 0.15 * (high - low)
    width, height = np.ptp(x) + 1, np.ptp(whole[:, 0]) + 1
    opening = np.argwhere(inside)
    gap = (np.ptp(opening[:, 0]) + 1) / width if len(opening) > 10 else 0.0
    return [
        np.count_nonzero(inside) / len(whole),
        height / width,
        (whole[near, 0].mean() - corners) / width * 10,
        (np.quantile(whole[near, 0], 0.9) - corners) / width * 10,
        width / 60,
        4 * gap,
    ]
