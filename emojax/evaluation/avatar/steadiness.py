"""Whether a face's avatar stays the same when only its photo changes, next to how people's differ."""

import dataclasses
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import numpy as np

from emojax.avatar.faces.crop import CROP_SIZE, Crop, cut
from emojax.avatar.faces.detection import Box
from emojax.avatar.faces.portraits import Portrait, known_labels
from emojax.avatar.matching.choosing import Choice, Part
from emojax.avatar.pipeline import AvatarMaker
from emojax.avatar.result import Avatar

SHIFT: Final = 0.02
"""Of the crop's side, in a random direction."""

NOISE: Final = 6.0
"""Standard deviation of each value, of 255."""

BRIGHTNESS: Final = 0.15
"""Share by which the crop's values rise or fall."""


@dataclasses.dataclass(frozen=True)
class Response:
    """How much something changes the avatars, of one part type.

    Attributes:
      flips: share of the parts compared whose variant becomes another.
      drift: mean of 1 - cosine of their embeddings.
    """

    flips: float | None
    drift: float | None


@dataclasses.dataclass(frozen=True)
class Steadiness:
    """What disturbing photos does, next to another person's photo.

    Attributes:
      faces: how many were disturbed.
      compared: of these, those whose part of each type was compared.
      people: by part type, the response to another person in place of this one: over all pairs.
      disturbed: by disturbance and part type.
      flips: by disturbance, over all parts compared.
      people_flips: the same between people.
      drift_ratio: by disturbance, drift divided by that between people: mean over part types.
    """

    faces: int
    compared: dict[str, int]
    people: dict[str, Response]
    disturbed: dict[str, dict[str, Response]]
    flips: dict[str, float | None]
    people_flips: float | None
    drift_ratio: dict[str, float | None]


_View = tuple[np.ndarray, np.ndarray]
"""Pixels ``uint8[306, 306, 3]`` of a crop, and ``to_photo`` as in `Crop`."""

_Disturb = Callable[[np.ndarray, Crop, np.random.Generator], _View]


def _shifted(photo: np.ndarray, crop: Crop, rng: np.random.Generator) -> _View:
    angle = rng.uniform(0, 2 * np.pi)
    square = _square(crop).moved(SHIFT * math.cos(angle), SHIFT * math.sin(angle), 1.0)
    return cut(photo, square, CROP_SIZE)


def _noisy(photo: np.ndarray, crop: Crop, rng: np.random.Generator) -> _View:
    return _as_pixels(crop.pixels + NOISE * rng.standard_normal(crop.pixels.shape)), crop.to_photo


def _brighter(photo: np.ndarray, crop: Crop, rng: np.random.Generator) -> _View:
    return _as_pixels(crop.pixels * (1 + BRIGHTNESS)), crop.to_photo


def _darker(photo: np.ndarray, crop: Crop, rng: np.random.Generator) -> _View:
    return _as_pixels(crop.pixels * (1 - BRIGHTNESS)), crop.to_photo


DISTURBANCES: Final[Mapping[str, _Disturb]] = {
    "shift": _shifted,
    "noise": _noisy,
    "brighter": _brighter,
    "darker": _darker,
}


def disturbed(
    maker: AvatarMaker, photos: Sequence[np.ndarray], avatars: Sequence[Avatar], *, seed: int
) -> dict[str, list[Portrait]]:
    """Disturbs the crops that avatars were made from, and has them labelled anew.

    Args:
      maker: what made the avatars.
      photos: ``uint8[H, W, 3]`` of N faces, at least one.
      avatars: theirs.
      seed: disturbs otherwise for another seed.

    Returns:
      For each of `DISTURBANCES` what N faces then are.
    """
    return {name: _read(maker, disturb, photos, avatars, seed) for name, disturb in DISTURBANCES.items()}


def steadiness(
    maker: AvatarMaker, avatars: Sequence[Avatar], seen: Mapping[str, Sequence[Portrait]]
) -> Steadiness:
    """Chooses parts for disturbed faces, and compares them with those of the faces as they were.

    Args:
      maker: what made the avatars.
      avatars: of N faces, at least one.
      seen: what `disturbed` made of these.
    """
    kinds = maker.library.types
    before = _Reading.of(maker, avatars)
    after = {name: _Reading.of(maker, maker.choose(portraits)) for name, portraits in seen.items()}
    people = {kind: before.between_people(kind) for kind in kinds}
    responses = {name: {k: before.response(then, k) for k in kinds} for name, then in after.items()}
    compared = {kind: int(before.compared(kind).sum()) for kind in kinds}
    return Steadiness(
        faces=len(avatars),
        compared=compared,
        people=people,
        disturbed=responses,
        flips={name: _overall_flips(found, compared) for name, found in responses.items()},
        people_flips=_overall_flips(people, compared),
        drift_ratio={name: _drift_ratio(found, people) for name, found in responses.items()},
    )


@dataclasses.dataclass(frozen=True)
class _Reading:
    """Of N faces the parts chosen, and by part type unit vectors ``float64[N, D]``, zeros where hidden."""

    parts: Sequence[Mapping[str, Part]]
    vectors: Mapping[str, np.ndarray]

    @classmethod
    def of(cls, maker: AvatarMaker, faces: Sequence[Avatar] | Sequence[Choice]) -> "_Reading":
        vectors = _unit(maker.library.embed(maker.extractor, [face.segments for face in faces]))
        by_kind = {kind: vectors[:, t] for t, kind in enumerate(maker.library.types)}
        return cls([face.parts for face in faces], by_kind)

    def compared(self, kind: str) -> np.ndarray:
        """``bool[N]``: whose part was chosen by likeness."""
        return np.asarray([parts[kind].similarity is not None for parts in self.parts])

    def variants(self, kind: str) -> np.ndarray:
        return np.asarray([parts[kind].id for parts in self.parts])

    def response(self, then: "_Reading", kind: str) -> Response:
        """From this reading to that of the same faces."""
        compared = self.compared(kind)
        flipped = (self.variants(kind) != then.variants(kind))[compared]
        mine, theirs = self.vectors[kind], then.vectors[kind]
        both = mine.any(1) & theirs.any(1)
        drift = 1 - (mine[both] * theirs[both]).sum(1) if both.any() else np.empty(0)
        return Response(_mean(flipped), _mean(drift))

    def between_people(self, kind: str) -> Response:
        """From each face to each other."""
        variants, vectors = self.variants(kind)[self.compared(kind)], self.vectors[kind]
        vectors = vectors[vectors.any(1)]
        pairs, drawn = (~np.eye(len(rows), dtype=bool) for rows in (vectors, variants))
        return Response(
            _mean((variants[:, None] != variants[None])[drawn]), _mean((1 - vectors @ vectors.T)[pairs])
        )


def _read(
    maker: AvatarMaker,
    disturb: _Disturb,
    photos: Sequence[np.ndarray],
    avatars: Sequence[Avatar],
    seed: int,
) -> list[Portrait]:
    views = [
        disturb(photo, avatar.crop, np.random.default_rng([seed, number]))
        for number, (photo, avatar) in enumerate(zip(photos, avatars, strict=True))
    ]
    labels = maker.batch_parser.label_maps(np.stack([pixels for pixels, _ in views]))
    return [
        Portrait(pixels, known_labels(photo, to_photo, each))
        for photo, (pixels, to_photo), each in zip(photos, views, labels, strict=True)
    ]


def _square(crop: Crop) -> Box:
    """Where the crop lies on its photo."""
    x, y = crop.to_photo @ np.asarray([(CROP_SIZE - 1) / 2, (CROP_SIZE - 1) / 2, 1.0])
    step = complex(crop.to_photo[0, 0], crop.to_photo[1, 0])
    roll = math.degrees(math.atan2(step.imag, step.real))
    return Box(float(x), float(y), abs(step) * CROP_SIZE, roll)


def _as_pixels(values: np.ndarray) -> np.ndarray:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def _unit(vectors: np.ndarray) -> np.ndarray:
    vectors = vectors.astype(np.float64)
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return vectors / np.where(lengths > 0, lengths, 1.0)


def _mean(values: np.ndarray) -> float | None:
    return float(np.mean(values)) if values.size else None


def _overall_flips(found: Mapping[str, Response], compared: Mapping[str, int]) -> float | None:
    counted = [(each.flips, compared[kind]) for kind, each in found.items() if each.flips is not None]
    total = sum(count for _, count in counted)
    return sum(flips * count for flips, count in counted) / total if total else None


def _drift_ratio(found: Mapping[str, Response], people: Mapping[str, Response]) -> float | None:
    ratios = [
        ratio for kind in found if (ratio := divided(found[kind].drift, people[kind].drift)) is not None
    ]
    return sum(ratios) / len(ratios) if ratios else None


def divided(part: float | None, whole: float | None) -> float | None:
    """`part` by `whole`; None where either is missing, or nothing changes at all."""
    return None if part is None or not whole else part / whole
