"""How long one photo takes, from file to SVG, once everything is loaded and compiled."""

import dataclasses
import time
from collections.abc import Sequence

import numpy as np

from emojax.avatar.pipeline import AvatarMaker
from emojax.avatar.result import Avatar
from emojax.evaluation.avatar.faces import Face


@dataclasses.dataclass(frozen=True)
class Latency:
    """Milliseconds of wall time.

    Attributes:
      stages: median of each: reading the file, those of `Avatar.timings_ms`, writing the SVG's text.
      total: median of their sum.
      photos: timed, one at a time.
      megapixels: of these photos, the median.
    """

    stages: dict[str, float]
    total: float
    photos: int
    megapixels: float


def latency(maker: AvatarMaker, faces: Sequence[Face]) -> Latency:
    """Times photos, at least one, that the maker finds faces in."""
    _time(maker, faces[0])  # compiles
    timed = [_time(maker, face) for face in faces]
    stages = {stage: float(np.median([ms[stage] for ms, _ in timed])) for stage in timed[0][0]}
    return Latency(
        stages=stages,
        total=float(np.median([sum(ms.values()) for ms, _ in timed])),
        photos=len(timed),
        megapixels=float(np.median([pixels for _, pixels in timed])) / 1e6,
    )


def _time(maker: AvatarMaker, face: Face) -> tuple[dict[str, float], int]:
    start = time.perf_counter()
    photo = face.pixels()
    read = time.perf_counter()
    (avatar,) = maker.make([photo])
    made = time.perf_counter()
    if not isinstance(avatar, Avatar):
        raise avatar
    avatar.svg()
    drawn = time.perf_counter()
    stages = {"read": 1e3 * (read - start), **avatar.timings_ms, "draw": 1e3 * (drawn - made)}
    return stages, photo.shape[0] * photo.shape[1]
