"""Whether avatars wear and show what the faces do, and how far off their measured colours are."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import numpy as np

from emojax.avatar.result import Avatar
from emojax.evaluation.avatar.truth import ITA, LENGTHS, Truth, skin_group
from emojax.media.color import ciede2000


@dataclasses.dataclass(frozen=True)
class Detection:
    """How well a yes or no is told.

    Attributes:
      f1: ``2 TP / (2 TP + FP + FN)``; None where neither side says yes.
      true, told, both: faces that have it, avatars that have it, and both.
    """

    f1: float | None
    true: int
    told: int
    both: int


@dataclasses.dataclass(frozen=True)
class Difference:
    """ΔE2000 of a colour over faces: mean and median, None where no face has it."""

    mean: float | None
    median: float | None
    count: int


@dataclasses.dataclass(frozen=True)
class Attributes:
    """Of all faces with an avatar and a truth.

    Attributes:
      faces: how many.
      glasses, hat, mouth_open: by the tags of the parts that the avatar has.
      hair_length: share of faces whose avatar has hair of that length. Under a hat, none and short
        are one.
      hair_lengths: ``[true][told]``: faces by true length and the avatar's, in the order of `LENGTHS`.
      skin, hair: what was measured, before the palette, to the median over the mask.
      skin_by_group: the same by group of `avatar_truth.ITA`, all of them.
    """

    faces: int
    glasses: Detection
    hat: Detection
    mouth_open: Detection
    hair_length: float
    hair_lengths: list[list[int]]
    skin: Difference
    hair: Difference
    skin_by_group: dict[str, Difference]


_DETECTED: Final[Mapping[str, Callable[[Truth], bool]]] = {
    "glasses": lambda truth: truth.glasses,
    "hat": lambda truth: truth.hat,
    "mouth_open": lambda truth: truth.mouth_open,
}


def detection(true: Sequence[bool], told: Sequence[bool]) -> Detection:
    """Scores N answers by N truths."""
    both = sum(a and b for a, b in zip(true, told, strict=True))
    either = sum(true) + sum(told)
    return Detection(2 * both / either if either else None, sum(true), sum(told), both)


def difference(pairs: Sequence[tuple[np.ndarray, np.ndarray]]) -> Difference:
    """ΔE2000 of pairs of CIELAB ``float[3]``."""
    if not pairs:
        return Difference(None, None, 0)
    first, second = (np.stack(side) for side in zip(*pairs, strict=True))
    apart = ciede2000(first, second)
    return Difference(float(np.mean(apart)), float(np.median(apart)), len(pairs))


def compare(truths: Sequence[Truth], avatars: Sequence[Avatar]) -> Attributes:
    """Compares N faces, at least one, with their avatars."""
    shown = [avatar.attributes() for avatar in avatars]
    told = {name: [bool(each[name]) for each in shown] for name in _DETECTED}
    true = {name: [get(truth) for truth in truths] for name, get in _DETECTED.items()}
    detections = {name: detection(true[name], told[name]) for name in _DETECTED}
    lengths = [
        (truth.hair_length, str(each["hair_length"])) for truth, each in zip(truths, shown, strict=True)
    ]
    agreed = [_same_length(truth.hat, *pair) for truth, pair in zip(truths, lengths, strict=True)]
    skins = [
        (truth.skin, avatar.measured.lab["skin"])
        for truth, avatar in zip(truths, avatars, strict=True)
        if truth.skin is not None and "skin" in avatar.measured.lab
    ]
    hairs = [
        (truth.hair, avatar.measured.lab["hair"])
        for truth, avatar in zip(truths, avatars, strict=True)
        if truth.hair is not None and "hair" in avatar.measured.lab
    ]
    return Attributes(
        faces=len(truths),
        **detections,
        hair_length=sum(agreed) / len(agreed),
        hair_lengths=[[lengths.count((a, b)) for b in LENGTHS] for a in LENGTHS],
        skin=difference(skins),
        hair=difference(hairs),
        skin_by_group={g: difference([pair for pair in skins if skin_group(pair[0]) == g]) for g in ITA},
    )


def _same_length(hat: bool, true: str, told: str) -> bool:
    hidden = ("none", "short")
    return true == told or (hat and true in hidden and told in hidden)
