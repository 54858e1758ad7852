"""How good avatars are: everything that is measured of one maker on one set of photos."""

import dataclasses
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from tqdm import tqdm

from emojax.avatar.faces.portraits import Portrait
from emojax.avatar.pipeline import AvatarMaker
from emojax.avatar.result import Avatar
from emojax.avatar.styles.composition import label_map
from emojax.core.errors import UserError
from emojax.evaluation.avatar import colors as avatar_colors
from emojax.evaluation.avatar import latency as avatar_latency
from emojax.evaluation.avatar import overlap as avatar_overlap
from emojax.evaluation.avatar import round_trip as avatar_round_trip
from emojax.evaluation.avatar import steadiness as avatar_steadiness
from emojax.evaluation.avatar import variety as avatar_variety
from emojax.evaluation.avatar.faces import Face
from emojax.evaluation.avatar.labels import attributes
from emojax.evaluation.avatar.labels.annotations import Annotations

_BATCH: Final = 16
PERTURBED: Final = 32
_TIMED: Final = 10
"""Photos made avatars of at a time; at most so many are perturbed, and so many timed."""


class Truth(NamedTuple):
    """What faces are compared with.

    Attributes:
      validation: regular expression that chose the photos by name; "" if all were taken.
      masks: whether they came with true label maps.
      annotations: labels of their attributes, read with `attributes.columns`.
    """

    validation: str = ""
    masks: bool = False
    annotations: Annotations | None = None


@dataclasses.dataclass(frozen=True)
class Figures:
    """What was measured.

    Attributes:
      style, extractor: of the maker.
      without: steps of its approach that it leaves out.
      validation: regular expression that chose the photos by name.
      photos: names of all that were given.
      no_face: names of those in which the maker found no face.
      no_truth: names of those whose true label map shows no face; None without label maps.
      labels: source of the labels; None without any.
      overlap: by name of the photo that has an avatar: how much its true label map and the avatar's overlap
        (see `overlap.overlaps`); the parser's label map where there is no true one.
      round_trip: drawn people made avatars of again.
      attributes: by attribute, how avatars agree with the labels; None without labels.
      colors: how far off colours are from those of the true masks; None without label maps.
      rank_one: how often an avatar overlaps most with its own face; None without label maps.
      variety: by part type, how often each variant is chosen.
      steadiness: what changes when only the photo does.
      latency: how long an avatar takes.
    """

    style: str
    extractor: str
    without: list[str]
    validation: str
    photos: list[str]
    no_face: list[str]
    no_truth: list[str] | None
    labels: str | None
    overlap: dict[str, float]
    round_trip: avatar_round_trip.RoundTrip
    attributes: dict[str, attributes.Compared] | None
    colors: avatar_colors.Colors | None
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
      UserError: they are too few.
    """
    known = sum(face.truth is not None for face in faces)
    if masks and known < avatar_overlap.AMONG:
        raise UserError(
            f"--masks: the label maps of {known} of {len(faces)} photos show a face, and an avatar's own is "
            f"looked for among {avatar_overlap.AMONG}; give more photos, or leave --masks out"
        )


def judge(maker: AvatarMaker, faces: Sequence[Face], truth: Truth, *, drawn: int, seed: int) -> Judged:
    """Measures a maker.

    Args:
      maker: of avatars.
      faces: as `faces.load` reads them, checked by `check`.
      truth: what they are compared with.
      drawn: random avatars of the round trip.
      seed: of them, of what is done to photos, and of bootstrap intervals.

    Raises:
      UserError: the maker finds too few faces, or none that is labelled.
    """
    made = avatars(maker, faces)
    known = with_truth(made)
    found, least = (len(known), avatar_overlap.AMONG) if truth.masks else (len(made), 1)
    if found < least:
        raise too_few(found, faces, least)
    compared = None
    if truth.annotations is not None:
        by_name = {face.name: avatar for face, avatar in made}
        compared = attributes.compare(truth.annotations, by_name, seed=seed)
    drawings = np.stack([drawing(avatar) for _, avatar in made])
    seen = [avatar.labels if face.truth is None else face.truth.labels for face, avatar in made]
    own = [_overlap(*each) for each in zip(drawings, seen, strict=True)]
    colors = rank_one = None
    if truth.masks:
        portraits = [portrait for portrait, _ in known]
        colors = avatar_colors.compare(portraits, [avatar for _, avatar in known])
        labels = np.stack([portrait.labels for portrait in portraits])
        of_known = np.asarray([face.truth is not None for face, _ in made])
        rank_one = avatar_overlap.rank_one(avatar_overlap.overlaps(drawings[of_known], labels))
    some = made[:PERTURBED]
    perturbed = avatar_steadiness.perturbed(
        maker, [face.pixels() for face, _ in some], [avatar for _, avatar in some], seed=seed
    )
    figures = Figures(
        style=maker.style.name,
        extractor=maker.extractor.name,
        without=[step for step, taken in dataclasses.asdict(maker.approach).items() if not taken],
        validation=truth.validation,
        photos=[face.name for face in faces],
        no_face=sorted({face.name for face in faces} - {face.name for face, _ in made}),
        no_truth=[face.name for face in faces if face.truth is None] if truth.masks else None,
        labels=None if truth.annotations is None else truth.annotations.source,
        overlap={face.name: overlap for (face, _), overlap in zip(made, own, strict=True)},
        round_trip=avatar_round_trip.round_trip(maker, count=drawn, seed=seed),
        attributes=compared,
        colors=colors,
        rank_one=rank_one,
        variety=avatar_variety.variety(maker.style, [avatar.parts for _, avatar in made]),
        steadiness=avatar_steadiness.steadiness(maker, [avatar for _, avatar in some], perturbed),
        latency=avatar_latency.latency(maker, [face for face, _ in made[:_TIMED]]),
    )
    return Judged(figures, [made[i] for i in np.argsort(own, kind="stable")])


def avatars(maker: AvatarMaker, faces: Sequence[Face]) -> list[tuple[Face, Avatar]]:
    """The photos in which the maker finds a face, with their avatars."""
    made: list[tuple[Face, Avatar]] = []
    for start in tqdm(range(0, len(faces), _BATCH), "photos", disable=None, leave=False):
        some = faces[start : start + _BATCH]
        found = maker.make([face.pixels() for face in some])
        made += [(f, a) for f, a in zip(some, found, strict=True) if isinstance(a, Avatar)]
    return made


def with_truth(made: Sequence[tuple[Face, Avatar]]) -> list[tuple[Portrait, Avatar]]:
    """The avatars of faces that have a true portrait, and these."""
    return [(face.truth, avatar) for face, avatar in made if face.truth is not None]


def too_few(found: int, faces: Sequence[Face], least: int) -> UserError:
    """What to say where an avatar and a true portrait are `found` of less than `least` faces."""
    return UserError(
        f"--photos: {found} of {len(faces)} photos can be judged, because no face is found in others; "
        f"{least} are needed: give more photos"
    )


def drawing(avatar: Avatar) -> np.ndarray:
    """An avatar's label map, ``uint8[306, 306]``."""
    return label_map(avatar.style, avatar.choice, moves=avatar.moves)


def _overlap(drawing: np.ndarray, labels: np.ndarray) -> float:
    return float(avatar_overlap.overlaps(drawing[None], labels[None])[0, 0])
