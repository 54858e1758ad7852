"""Whether a face's avatar stays the same if only its photo changes, compared with how people's differ."""

import dataclasses
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import numpy as np

from emojax.avatar.faces.crop import CROP_SIZE, Crop, cut
from emojax.avatar.faces.detection import Box
from emojax.avatar.faces.portraits import Portrait, mark_unknown
from emojax.avatar.matching.choosing import Choice, Part
from emojax.avatar.pipeline import AvatarMaker
from emojax.avatar.result import Avatar

SHIFT: Final = 0.02
"""Of the crop's side, in a random direction: about what two photos of a burst differ by. This and the two
below are choices, not fits: larger values flip more parts, and reports with others cannot be compared."""

NOISE: Final = 6.0
"""Standard deviation of the noise of each value, of 255."""

BRIGHTNESS: Final = 0.15
"""Share by which the crop's values rise or fall."""


@dataclasses.dataclass(frozen=True)
class Response:
    """How much a perturbation changes the avatars, of one part type.

    Attributes:
      flips: share of the parts compared whose variant becomes another; None if none was compared.
      drift: mean of 1 - cosine of their embeddings before and after; None likewise.
    """

    flips: float | None
    drift: float | None


@dataclasses.dataclass(frozen=True)
class Steadiness:
    """What perturbing photos does, compared with another person's photo.

    Attributes:
      faces: how many were perturbed.
      compared: of these, those whose part of each type was compared.
      people: by part type, the response to another person in place of this one: over all pairs.
      perturbed: by perturbation and part type.
      flips: by perturbation, over all parts compared.
      people_flips: the same between people.
      drift_ratio: by perturbation, drift divided by that between people: mean over part types.
    """

    faces: int
    compared: dict[str, int]
    people: dict[str, Response]
    perturbed: dict[str, dict[str, Response]]
    flips: dict[str, float | None]
    people_flips: float | None
    drift_ratio: dict[str, float | None]


_View = tuple[np.ndarray, np.ndarray]
"""Pixels ``uint8[306, 306, 3]`` of a crop, and ``to_photo`` as in `Crop`."""

_Perturb = Callable[[np.ndarray, Crop, np.random.Generator], _View]


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


PERTURBATIONS: Final[Mapping[str, _Perturb]] = {
    "shift": _shifted,
    "noise": _noisy,
    "brighter": _brighter,
    "darker": _darker,
}


def perturbed(
    maker: AvatarMaker, photos: Sequence[np.ndarray], avatars: Sequence[Avatar], *, seed: int
) -> dict[str, list[Portrait]]:
    """Perturbs the crops that avatars were made from, and has the parser label them anew.

    Args:
      maker: what made the avatars.
      photos: ``uint8[H, W, 3]`` of N faces, at least one.
      avatars: of these faces.
      seed: other shifts and noise for another seed.

    Returns:
      For each of `PERTURBATIONS` the N faces' portraits.
    """
    return {
        name: _relabelled(maker, perturb, photos, avatars, seed) for name, perturb in PERTURBATIONS.items()
    }


def steadiness(
    maker: AvatarMaker, avatars: Sequence[Avatar], portraits: Mapping[str, Sequence[Portrait]]
) -> Steadiness:
    """Chooses parts for perturbed faces, and compares them with those of the faces as they were.

    Args:
      maker: what made the avatars.
      avatars: of N faces, at least one.
      portraits: what `perturbed` made of these.
    """
    part_types = maker.library.types
    before = _Choices.of(maker, avatars)
    after = {name: _Choices.of(maker, maker.choose(each)) for name, each in portraits.items()}
    people = {part: before.between_people(part) for part in part_types}
    responses = {name: {p: before.response(then, p) for p in part_types} for name, then in after.items()}
    compared = {part: int(before.compared(part).sum()) for part in part_types}
    return Steadiness(
        faces=len(avatars),
        compared=compared,
        people=people,
        perturbed=responses,
        flips={name: _overall_flips(found, compared) for name, found in responses.items()},
        people_flips=_overall_flips(people, compared),
        drift_ratio={name: _drift_ratio(found, people) for name, found in responses.items()},
    )


@dataclasses.dataclass(frozen=True)
class _Choices:
    """Of N faces the parts chosen, and by part type unit vectors ``float64[N, D]``, zeros where hidden."""

    parts: Sequence[Mapping[str, Part]]
    vectors: Mapping[str, np.ndarray]

    @classmethod
    def of(cls, maker: AvatarMaker, faces: Sequence[Avatar] | Sequence[Choice]) -> "_Choices":
        vectors = _unit(maker.library.embed(maker.extractor, [face.segments for face in faces]))
        by_part = {part: vectors[:, t] for t, part in enumerate(maker.library.types)}
        return cls([face.parts for face in faces], by_part)

    def compared(self, part: str) -> np.ndarray:
        """``bool[N]``: whose part was chosen by similarity."""
        return np.asarray([parts[part].similarity is not None for parts in self.parts])

    def variants(self, part: str) -> np.ndarray:
        return np.asarray([parts[part].id for parts in self.parts])

    def response(self, then: "_Choices", part: str) -> Response:
        """From these choices to those of the same faces, perturbed."""
        compared = self.compared(part)
        flipped = (self.variants(part) != then.variants(part))[compared]
        before, after = self.vectors[part], then.vectors[part]
        both = before.any(1) & after.any(1)
        drift = 1 - (before[both] * after[both]).sum(1)
        return Response(_mean(flipped), _mean(drift))

    def between_people(self, part: str) -> Response:
        """From each face to each other."""
        variants, vectors = self.variants(part)[self.compared(part)], self.vectors[part]
        vectors = vectors[vectors.any(1)]
        flipped, drift = variants[:, None] != variants[None], 1 - vectors @ vectors.T
        return Response(_mean(_off_diagonal(flipped)), _mean(_off_diagonal(drift)))


def _relabelled(
    maker: AvatarMaker,
    perturb: _Perturb,
    photos: Sequence[np.ndarray],
    avatars: Sequence[Avatar],
    seed: int,
) -> list[Portrait]:
    views = [
        perturb(photo, avatar.crop, np.random.default_rng([seed, number]))
        for number, (photo, avatar) in enumerate(zip(photos, avatars, strict=True))
    ]
    labels = maker.batch_parser.label_maps(np.stack([pixels for pixels, _ in views]))
    return [
        Portrait(pixels, mark_unknown(photo, to_photo, each))
        for photo, (pixels, to_photo), each in zip(photos, views, labels, strict=True)
    ]


def _square(crop: Crop) -> Box:
    """Which square of its photo a crop shows."""
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


def _off_diagonal(matrix: np.ndarray) -> np.ndarray:
    return matrix[~np.eye(len(matrix), dtype=bool)]


def _mean(values: np.ndarray) -> float | None:
    return float(np.mean(values)) if values.size else None


def _overall_flips(found: Mapping[str, Response], compared: Mapping[str, int]) -> float | None:
    counted = [(each.flips, compared[part]) for part, each in found.items() if each.flips is not None]
    total = sum(count for _, count in counted)
    return sum(flips * count for flips, count in counted) / total if total else None


def _drift_ratio(found: Mapping[str, Response], people: Mapping[str, Response]) -> float | None:
    ratios = [
        ratio for part in found if (ratio := divided(found[part].drift, people[part].drift)) is not None
    ]
    return sum(ratios) / len(ratios) if ratios else None


def divided(part: float | None, whole: float | None) -> float | None:
    """`part` by `whole`; None where either is missing, or nothing changes at all."""
    return None if part is None or not whole else part / whole
