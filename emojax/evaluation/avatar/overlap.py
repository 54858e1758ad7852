"""Re-identification: how much label maps of avatars and faces overlap, and how often its own face's most."""

import dataclasses
import math
from typing import Final

import numpy as np

from emojax.data.faces.labels import UNKNOWN
from emojax.evaluation.measures.segmentation import AVATAR_CLASSES

AMONG: Final = 20
"""Faces among which an avatar's own is to be found: its own and 19 others."""

_STEP: Final = 3
"""Every third pixel in each direction is compared. Shapes are larger than that, and all pixels would take
nine times as long; with much larger steps brows and lips fall between them."""


@dataclasses.dataclass(frozen=True)
class RankOne:
    """How often an avatar overlaps more with its own face than with any of 19 others.

    Attributes:
      share: of the faces, the mean over all draws of 19 from the others.
      error: standard error of `share`, over faces.
      faces: how many.
    """

    share: float
    error: float
    faces: int


def overlaps(avatars: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """How much label maps overlap, all against all.

    Args:
      avatars: ``uint8[N, S, S]``, without `UNKNOWN`.
      faces: ``uint8[M, S, S]``; pixels that are `UNKNOWN` in them are not compared.

    Returns:
      ``float64[N, M]``: IoU of a class, mean over those of `AVATAR_CLASSES` that either map has.
    """
    avatars, faces = (maps[:, _STEP // 2 :: _STEP, _STEP // 2 :: _STEP] for maps in (avatars, faces))
    drawn, seen = avatars.reshape(len(avatars), -1), faces.reshape(len(faces), -1)
    known = (seen != UNKNOWN).astype(np.float32)
    total, present = np.zeros((2, len(drawn), len(seen)))
    for label in AVATAR_CLASSES:
        in_avatar, in_face = (drawn == label).astype(np.float32), (seen == label).astype(np.float32)
        both = in_avatar @ in_face.T
        either = in_avatar @ known.T + in_face.sum(1) - both
        total += both / np.maximum(either, 1)
        present += either > 0
    return total / np.maximum(present, 1)


def rank_one(overlap: np.ndarray) -> RankOne:
    """Looks for each avatar's face among itself and 19 others.

    If k others overlap with an avatar at least as much as its own face does, none of them is among 19 drawn
    from the N - 1 others in C(N - 1 - k, 19) of C(N - 1, 19) draws: counted, not sampled.

    Args:
      overlap: ``float[N, N]`` of N avatars and their faces, N at least `AMONG`.

    Raises:
      ValueError: there are fewer faces.
    """
    N = len(overlap)
    if N < AMONG:
        raise ValueError(f"{N} faces, but {AMONG} are needed")
    nearer = (overlap >= np.diag(overlap)[:, None]).sum(1) - 1
    draws = math.comb(N - 1, AMONG - 1)
    hits = np.asarray([math.comb(N - 1 - int(k), AMONG - 1) / draws for k in nearer])
    return RankOne(float(hits.mean()), float(hits.std(ddof=1) / N**0.5), N)
