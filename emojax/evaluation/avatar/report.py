"""How good avatars are: everything that is measured of one maker on one set of photos."""

import dataclasses
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from tqdm import tqdm

from emojax.avatar.pipeline import AvatarMaker
from emojax.avatar.result import Avatar
from emojax.avatar.styles.composition import label_map
from emojax.core.errors import UserError
from emojax.evaluation.avatar import attributes as avatar_attributes
from emojax.evaluation.avatar import latency as avatar_latency
from emojax.evaluation.avatar import overlap as avatar_overlap
from emojax.evaluation.avatar import round_trip as avatar_round_trip
from emojax.evaluation.avatar import steadiness as avatar_steadiness
from emojax.evaluation.avatar import truth as avatar_truth
from emojax.evaluation.avatar import variety as avatar_variety
from emojax.evaluation.avatar.faces import Face

_AT_ONCE: Final = 16
DISTURBED: Final = 32
_TIMED: Final = 10
"""Photos made avatars of at a time; those whose crops are disturbed, and those that are timed, at most."""


@dataclasses.dataclass(frozen=True)
class Figures:
    """What was measured; None without label maps.

    Attributes:
      style, extractor: of the maker.
      without: steps of its approach that it leaves away.
      photos: names of all that were given.
      no_face: names of those in which the maker found none.
      no_truth: names of those whose label map shows no face.
      overlap: by name of the photo that has an avatar: how alike its label map and the avatar's are (see
        `avatar_overlap.overlaps`); the parser's label map where there is no other.
      round_trip: drawn people made avatars of again.
      attributes: whether avatars wear and show what the label maps say.
      rank_one: how often an avatar is nearest to its own face.
      variety: by part type, how often each variant is chosen.
      steadiness: what changes when only the photo does.
      latency: how long an avatar takes.
    """

    style: str
    extractor: str
    without: list[str]
    photos: list[str]
    no_face: list[str]
    no_truth: list[str] | None
    overlap: dict[str, float]
    round_trip: avatar_round_trip.RoundTrip
    attributes: avatar_attributes.Attributes | None
    rank_one: avatar_overlap.RankOne | None
    variety: dict[str, avatar_variety.Variety]
    steadiness: avatar_steadiness.Steadiness
    latency: avatar_latency.Latency

    def as_json(self) -> dict[str, Any]:
        """Plain dicts, lists and numbers."""
        return dataclasses.asdict(self)


@dataclasses.dataclass(frozen=True)
class Judged:
    """The figures, and the faces with their avatars, least overlap first."""

    figures: Figures
    made: list[tuple[Face, Avatar]]


def check(faces: Sequence[Face], *, masks: bool) -> None:
    """Refuses, before any work, photos that are too few for what is measured with label maps.

    Raises:
      UserError: so it is.
    """
    known = sum(face.truth is not None for face in faces)
    if masks and known < avatar_overlap.AMONG:
        raise UserError(
            f"--masks: the label maps of {known} of {len(faces)} photos show a face, and an avatar's own is "
            f"looked for among {avatar_overlap.AMONG}; give more photos, or leave --masks away"
        )


def judge(maker: AvatarMaker, faces: Sequence[Face], *, masks: bool, drawn: int, seed: int) -> Judged:
    """Measures a maker.

    Args:
      maker: of avatars.
      faces: as `avatar_faces.load` reads them, checked by `check`.
      masks: whether they came with label maps.
      drawn: random avatars of the round trip.
      seed: of them, and of what is done to photos.

    Raises:
      UserError: the maker finds too few faces.
    """
    made = avatars(maker, faces)
    truths = [(i, face.truth) for i, (face, _) in enumerate(made) if face.truth is not None]
    found, least = (len(truths), avatar_overlap.AMONG) if masks else (len(made), 1)
    if found < least:
        raise UserError(
            f"--photos: {found} of {len(faces)} photos can be judged, because no face is found in others; "
            f"{least} are needed: give more photos"
        )
    drawings = np.stack([drawing(avatar) for _, avatar in made])
    seen = [avatar.labels if face.truth is None else face.truth.labels for face, avatar in made]
    own = [_overlap(*each) for each in zip(drawings, seen, strict=True)]
    attributes = rank_one = None
    if masks:
        known = [i for i, _ in truths]
        attributes = avatar_attributes.compare(
            [avatar_truth.read(truth) for _, truth in truths], [made[i][1] for i in known]
        )
        labels = np.stack([truth.labels for _, truth in truths])
        rank_one = avatar_overlap.rank_one(avatar_overlap.overlaps(drawings[known], labels))
    some = made[:DISTURBED]
    disturbed = avatar_steadiness.disturbed(
        maker, [face.pixels() for face, _ in some], [avatar for _, avatar in some], seed=seed
    )
    figures = Figures(
        style=maker.style.name,
        extractor=maker.extractor.name,
        without=[step for step, taken in dataclasses.asdict(maker.approach).items() if not taken],
        photos=[face.name for face in faces],
        no_face=sorted({face.name for face in faces} - {face.name for face, _ in made}),
        no_truth=[face.name for face in faces if face.truth is None] if masks else None,
        overlap={face.name: overlap for (face, _), overlap in zip(made, own, strict=True)},
        round_trip=avatar_round_trip.round_trip(maker, count=drawn, seed=seed),
        attributes=attributes,
        rank_one=rank_one,
        variety=avatar_variety.variety(maker.style, [avatar.parts for _, avatar in made]),
        steadiness=avatar_steadiness.steadiness(maker, [avatar for _, avatar in some], disturbed),
        latency=avatar_latency.latency(maker, [face for face, _ in made[:_TIMED]]),
    )
    return Judged(figures, [made[i] for i in np.argsort(own, kind="stable")])


def avatars(maker: AvatarMaker, faces: Sequence[Face]) -> list[tuple[Face, Avatar]]:
    """The photos in which the maker finds a face, with its avatars."""
    made: list[tuple[Face, Avatar]] = []
    for start in tqdm(range(0, len(faces), _AT_ONCE), "photos", disable=None, leave=False):
        some = faces[start : start + _AT_ONCE]
        found = maker.make([face.pixels() for face in some])
        made += [(f, a) for f, a in zip(some, found, strict=True) if isinstance(a, Avatar)]
    return made


def drawing(avatar: Avatar) -> np.ndarray:
    """What an avatar shows: ``uint8[306, 306]``."""
    return label_map(avatar.style, avatar.choice, moves=avatar.moves)


def _overlap(drawing: np.ndarray, labels: np.ndarray) -> float:
    return float(avatar_overlap.overlaps(drawing[None], labels[None])[0, 0])
