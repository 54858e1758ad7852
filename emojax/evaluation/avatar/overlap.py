"""Whether an avatar is known by its face: how much their label maps overlap, and whose overlaps most."""

import dataclasses
import math
from typing import Final

import numpy as np

from emojax.data.faces.labels import UNKNOWN
from emojax.evaluation.measures.segmentation import AVATAR_CLASSES

AMONG: Final = 20
"""Faces that an avatar's own is looked for among."""

_STEP: Final = 3
"""Every third pixel in each direction is compared: shapes are larger than that."""


@dataclasses.dataclass(frozen=True)
class RankOne:
    """How often an avatar is nearer to its own face than to 19 others.

    Attributes:
      share: of the faces, the mean over all draws of 19 from the others.
      error: standard error of `share`, over faces.
      faces: how many.
    """

    share: float
    error: float
    faces: int


def overlaps(avatars: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """How alike label maps are, all against all.

    Args:
      avatars: ``uint8[N, S, S]``, without `UNKNOWN`.
      faces: ``uint8[M, S, S]``; what is `UNKNOWN` in them is not compared.

    Returns:
      ``float64[N, M]``: IoU of a class, mean over those of `AVATAR_CLASSES` that either map has.
    """
    avatars, faces = (maps[:, _STEP // 2 :: _STEP, _STEP // 2 :: _STEP] for maps in (avatars, faces))
    drawn, seen = avatars.reshape(len(avatars), -1), faces.reshape(len(faces), -1)
    known = (seen != UNKNOWN).astype(np.float32)
    total, present = np.zeros((2, len(drawn), len(seen)))
    for label in AVATAR_CLASSES:
        mine, theirs = (drawn == label).astype(np.float32), (seen == label).astype(np.float32)
        both = mine @ theirs.T
        either = mine @ known.T + theirs.sum(1) - both
        total += both / np.maximum(either, 1)
        present += either > 0
    return total / np.maximum(present, 1)


def rank_one(overlap: np.ndarray) -> RankOne:
    """Looks for each avatar's face among itself and 19 others.

    An avatar with k others at least as near as its own face has none of them among 19 drawn from
    N - 1 in C(N - 1 - k, 19) of C(N - 1, 19) draws: counted, not sampled.

    Args:
      overlap: ``float[N, N]`` of N avatars and their faces, N at least `AMONG`.
    """
    N = len(overlap)
    if N < AMONG:
        raise ValueError(f"{N} faces, but {AMONG} are needed")
    nearer = (overlap >= np.diag(overlap)[:, None]).sum(1) - 1
    draws = math.comb(N - 1, AMONG - 1)
    hits = np.asarray([math.comb(N - 1 - int(k), AMONG - 1) / draws for k in nearer])
    return RankOne(float(hits.mean()), float(hits.std(ddof=1) / N**0.5), N)
