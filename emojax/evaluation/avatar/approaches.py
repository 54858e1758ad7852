"""Ablation: what each step that avatars are made by contributes, measured on the same faces.

Photos are found and labelled once, and perturbed once; every approach starts from these. The people of the
round trip are the same for all, too.
"""

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np

from emojax.avatar.extractors.autoencoder import Autoencoders
from emojax.avatar.extractors.plain import Pixels, Shapes
from emojax.avatar.extractors.resnet import ResNet50
from emojax.avatar.extractors.table import Extractor
from emojax.avatar.faces.portraits import Portrait
from emojax.avatar.matching.approach import STEPS, Approach
from emojax.avatar.pipeline import AvatarMaker
from emojax.avatar.result import Avatar
from emojax.evaluation.avatar import overlap as avatar_overlap
from emojax.evaluation.avatar import report
from emojax.evaluation.avatar import round_trip as avatar_round_trip
from emojax.evaluation.avatar import steadiness as avatar_steadiness
from emojax.evaluation.avatar import variety as avatar_variety
from emojax.evaluation.avatar.faces import Face
from emojax.evaluation.avatar.labels import attributes
from emojax.evaluation.avatar.report import Truth

_BATCH: Final = 16
_SEVERITIES: Final = (0.0, 0.5)
"""Of the round trip: no corruption, and half of it."""


class Entry(NamedTuple):
    """What is compared: an extractor, made from the seed when its turn comes, and how it is used."""

    extractor: Callable[[int], Extractor]
    approach: Approach


def _autoencoder(seed: int) -> Extractor:
    return Autoencoders.load()


_NO_NET: Final = Approach.without(["centring"])
_NO_OCCLUSION: Final = Approach.without(["centring", "occlusion"])

ENTRIES: Final[Mapping[str, Entry]] = {
    "default": Entry(_autoencoder, Approach()),
    **{f"without-{step}": Entry(_autoencoder, Approach.without([step])) for step in STEPS},
    "likeness-alone": Entry(_autoencoder, Approach.without(STEPS)),
    "shapes": Entry(lambda seed: Shapes(), _NO_NET),
    "pixels": Entry(lambda seed: Pixels(), _NO_NET),
    # A face's parts behind its own hair are a hundred more pictures, each of which takes a second.
    "resnet50-random": Entry(ResNet50.random, _NO_OCCLUSION),
}
"""By name: the default, without each step, without all of them, and with other extractors."""


@dataclasses.dataclass(frozen=True)
class Row:
    """An approach's figures.

    Attributes:
      name: of the approach.
      round_trip, rank_one, attributes: as in `report.Figures`.
      flips: share of the parts compared that become others, mean over the perturbations.
      people_flips: the same between people.
      most_frequent: of the part types compared in half the faces, the largest share that one variant has.
    """

    name: str
    round_trip: avatar_round_trip.RoundTrip
    rank_one: avatar_overlap.RankOne
    attributes: dict[str, attributes.Compared] | None
    flips: float | None
    people_flips: float | None
    most_frequent: float | None


@dataclasses.dataclass(frozen=True)
class Ablation:
    """The figures of some approaches.

    Attributes:
      style: of all of them.
      validation: regular expression that chose the photos by name.
      photos: names of those that have an avatar.
      labels: source of the labels; None without any.
      rows: by name of the approach.
    """

    style: str
    validation: str
    photos: list[str]
    labels: str | None
    rows: dict[str, Row]


class Prepared(NamedTuple):
    """Faces that a maker has read, for others to make avatars of.

    Attributes:
      maker: what read them.
      names: of the photos.
      portraits: the true ones.
      avatars: of the maker.
      perturbed: see `steadiness.perturbed`.
      truth: what the faces are compared with.
    """

    maker: AvatarMaker
    names: list[str]
    portraits: list[Portrait]
    avatars: list[Avatar]
    perturbed: Mapping[str, Sequence[Portrait]]
    truth: Truth


def prepare(maker: AvatarMaker, faces: Sequence[Face], truth: Truth, *, seed: int) -> Prepared:
    """Reads the photos.

    Args:
      maker: with the style and the parser that all approaches use.
      faces: with true label maps, checked by `report.check`.
      truth: what they are compared with.
      seed: of what is done to photos.

    Raises:
      UserError: the maker finds too few faces.
    """
    made = [(face, avatar) for face, avatar in report.avatars(maker, faces) if face.truth is not None]
    if len(made) < avatar_overlap.AMONG:
        raise report.too_few(len(made), faces, avatar_overlap.AMONG)
    some = made[: report.PERTURBED]
    perturbed = avatar_steadiness.perturbed(
        maker, [face.pixels() for face, _ in some], [avatar for _, avatar in some], seed=seed
    )
    portraits, avatars = zip(*report.with_truth(made), strict=True)
    names = [face.name for face, _ in made]
    return Prepared(maker, names, list(portraits), list(avatars), perturbed, truth)


def compare(prepared: Prepared, names: Sequence[str], *, drawn: int, seed: int) -> Iterator[Row]:
    """Measures approaches, one after the other.

    Args:
      prepared: the faces.
      names: of `ENTRIES`.
      drawn: random avatars of the round trip.
      seed: of them, of nets that are not trained, and of bootstrap intervals.

    Raises:
      UserError: none of the faces is labelled.
    """
    maker = prepared.maker
    for name in names:
        entry = ENTRIES[name]
        other = AvatarMaker.load(maker.style, entry.extractor(seed), maker.parser, entry.approach)
        yield _row(name, other, prepared, drawn, seed)


def ablation(prepared: Prepared, rows: Sequence[Row]) -> Ablation:
    """What is written of some rows."""
    annotations = prepared.truth.annotations
    return Ablation(
        style=prepared.maker.style.name,
        validation=prepared.truth.validation,
        photos=prepared.names,
        labels=None if annotations is None else annotations.source,
        rows={row.name: row for row in rows},
    )


def _row(name: str, maker: AvatarMaker, prepared: Prepared, drawn: int, seed: int) -> Row:
    made = [
        avatar
        for start in range(0, len(prepared.avatars), _BATCH)
        for avatar in maker.remake(prepared.avatars[start : start + _BATCH])
    ]
    drawings = np.stack([report.drawing(avatar) for avatar in made])
    overlap = avatar_overlap.overlaps(drawings, np.stack([each.labels for each in prepared.portraits]))
    count = len(next(iter(prepared.perturbed.values())))
    steady = avatar_steadiness.steadiness(maker, made[:count], prepared.perturbed)
    flips = [found for found in steady.flips.values() if found is not None]
    annotations = prepared.truth.annotations
    compared = None
    if annotations is not None:
        by_name = dict(zip(prepared.names, made, strict=True))
        compared = attributes.compare(annotations, by_name, seed=seed)
    variety = avatar_variety.variety(maker.style, [avatar.parts for avatar in made])
    most_frequent = avatar_variety.most_frequent(variety, len(made))
    return Row(
        name=name,
        round_trip=avatar_round_trip.round_trip(maker, count=drawn, seed=seed, severities=_SEVERITIES),
        rank_one=avatar_overlap.rank_one(overlap),
        attributes=compared,
        flips=float(np.mean(flips)) if flips else None,
        people_flips=steady.people_flips,
        most_frequent=None if most_frequent is None else most_frequent[1],
    )
