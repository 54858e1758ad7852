"""What each step that avatars are made by is worth: all of them, and without one, on the same faces.

Photos are found and labelled once, and disturbed once; from there on every approach is on its own. The
people of the round trip are the same for all, too.
"""

import dataclasses
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np

from emojax.avatar.extractors.autoencoder import Autoencoders
from emojax.avatar.extractors.plain import Pixels, Shapes
from emojax.avatar.extractors.resnet import ResNet50
from emojax.avatar.faces.portraits import Portrait
from emojax.avatar.matching.approach import STEPS, Approach
from emojax.avatar.matching.library import Extractor
from emojax.avatar.pipeline import AvatarMaker
from emojax.avatar.result import Avatar
from emojax.avatar.styles.style import Style
from emojax.core.errors import UserError
from emojax.evaluation.avatar import attributes as avatar_attributes
from emojax.evaluation.avatar import overlap as avatar_overlap
from emojax.evaluation.avatar import report
from emojax.evaluation.avatar import round_trip as avatar_round_trip
from emojax.evaluation.avatar import steadiness as avatar_steadiness
from emojax.evaluation.avatar import truth as avatar_truth
from emojax.evaluation.avatar import variety as avatar_variety
from emojax.evaluation.avatar.faces import Face

_AT_ONCE: Final = 16
_RUNGS: Final = (0.0, 0.5)
"""Of the round trip: nothing is done, and the middle of the ladder."""


class Entry(NamedTuple):
    """What is compared: an extractor, made when its turn comes from the seed, and how it is used."""

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
"""By name: the default, each step left away, all of them, and what there is in place of autoencoders."""


@dataclasses.dataclass(frozen=True)
class Row:
    """An approach's figures.

    Attributes:
      name: of the approach.
      round_trip, rank_one, attributes: as in `report.Figures`.
      flips: share of the parts compared that become others, mean over the disturbances.
      people_flips: the same between people.
      commonest: of the part types compared in half the faces, the largest share that one variant has.
    """

    name: str
    round_trip: avatar_round_trip.RoundTrip
    rank_one: avatar_overlap.RankOne
    attributes: avatar_attributes.Attributes
    flips: float | None
    people_flips: float | None
    commonest: float | None


def compare(
    maker: AvatarMaker, faces: Sequence[Face], names: Sequence[str], *, drawn: int, seed: int
) -> Iterator[Row]:
    """Measures approaches, one after the other.

    Args:
      maker: with the style and the parser that all use; reads the photos.
      faces: with label maps, checked by `report.check`.
      names: of `ENTRIES`.
      drawn: random avatars of the round trip.
      seed: of them, of what is done to photos, and of nets that are not trained.

    Raises:
      UserError: the maker finds too few faces.
    """
    made = [(face, avatar) for face, avatar in report.avatars(maker, faces) if face.truth is not None]
    if len(made) < avatar_overlap.AMONG:
        raise UserError(
            f"--photos: {len(made)} of {len(faces)} photos can be judged, because no face is found in "
            f"others; {avatar_overlap.AMONG} are needed: give more photos"
        )
    read = [avatar for _, avatar in made]
    truths = [face.truth for face, _ in made if face.truth is not None]
    some = made[: report.DISTURBED]
    disturbed = avatar_steadiness.disturbed(
        maker, [face.pixels() for face, _ in some], [avatar for _, avatar in some], seed=seed
    )
    for name in names:
        entry = ENTRIES[name]
        other = AvatarMaker.load(maker.style, entry.extractor(seed), maker.parser, entry.approach)
        yield _row(name, other, read, truths, disturbed, drawn, seed)


def _row(
    name: str,
    maker: AvatarMaker,
    read: Sequence[Avatar],
    truths: Sequence[Portrait],
    disturbed: Mapping[str, Sequence[Portrait]],
    drawn: int,
    seed: int,
) -> Row:
    made = [
        avatar
        for start in range(0, len(read), _AT_ONCE)
        for avatar in maker.remake(read[start : start + _AT_ONCE])
    ]
    drawings = np.stack([report.drawing(avatar) for avatar in made])
    overlap = avatar_overlap.overlaps(drawings, np.stack([truth.labels for truth in truths]))
    count = len(next(iter(disturbed.values())))
    steady = avatar_steadiness.steadiness(maker, made[:count], disturbed)
    flips = [found for found in steady.flips.values() if found is not None]
    return Row(
        name=name,
        round_trip=avatar_round_trip.round_trip(maker, count=drawn, seed=seed, strengths=_RUNGS),
        rank_one=avatar_overlap.rank_one(overlap),
        attributes=avatar_attributes.compare([avatar_truth.read(truth) for truth in truths], made),
        flips=float(np.mean(flips)) if flips else None,
        people_flips=steady.people_flips,
        commonest=_commonest(maker.style, made),
    )


def _commonest(drawings: Style, made: Sequence[Avatar]) -> float | None:
    found = avatar_variety.variety(drawings, [avatar.parts for avatar in made])
    common = [each.compared_share for each in found.values() if 2 * each.compared >= len(made)]
    return max((share for share in common if share is not None), default=None)


HEADER: Final = (
    "approach",
    "round trip, undisturbed",
    "round trip, middle",
    f"rank 1 of {avatar_overlap.AMONG}",
    "glasses F1",
    "hat F1",
    "open mouth F1",
    "hair length",
    "flips, of another person's",
    "most frequent variant",
)


def cells(row: Row) -> list[str]:
    """What stands in a table below `HEADER`: shares ± standard errors, over avatars or over faces."""
    trip, traits = row.round_trip, row.attributes
    trips = [_spread(*each) for each in zip(trip.overall, trip.errors, strict=True)]
    detections = [traits.glasses.f1, traits.hat.f1, traits.mouth_open.f1]
    agreed = traits.hair_length
    return [
        row.name,
        *trips,
        _spread(row.rank_one.share, row.rank_one.error),
        *("–" if f1 is None else f"{f1:.2f}" for f1 in detections),
        _spread(agreed, math.sqrt(agreed * (1 - agreed) / traits.faces), 2),
        f"{_spread(row.flips, None, 2)} of {_spread(row.people_flips, None, 2)}",
        _spread(row.commonest, None, 2),
    ]


def table(rows: Sequence[Row]) -> str:
    """Markdown."""
    lines = [HEADER, ["---", *["---:"] * (len(HEADER) - 1)], *map(cells, rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _spread(share: float | None, error: float | None, digits: int = 3) -> str:
    if share is None:
        return "–"
    return f"{share:.{digits}f}" + ("" if error is None else f" ± {error:.{digits}f}")
