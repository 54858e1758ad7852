"""What several photos of one person show together; better photos count more.

Light, smiles and turns of the head differ from photo to photo; hair, nose and skin do not. So probabilities
are averaged, colours and positions are medians, and parts are voted for.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from emojax.avatar.faces.crop import CROP_SIZE, Crop
from emojax.avatar.faces.portraits import Portrait
from emojax.avatar.matching.choosing import ALTERNATIVES, Part
from emojax.avatar.reading.colors import Measured
from emojax.avatar.reading.moves import Move
from emojax.data.faces.attributes import Probabilities
from emojax.data.faces.labels import UNKNOWN

_TURNS: Final[Mapping[str, float]] = {"front": 1.0, "slight": 0.7, "strong": 0.25}
"""What a photo counts by how far its head is turned, in the words of labels. Smaller: one photo from the
front decides alone. Larger: profiles, of which shapes are read worst, count as much. Set by eye."""

_LEAST: Final = 0.05
"""What the worst photo counts. 0: of bad photos alone nothing is known. Larger: they outvote good ones."""

_NEXT: Final = 0.5
"""What a photo's vote for a runner-up counts, compared with the one before it. 0: three photos that each
choose another variant decide nothing, although one may be second on all. 1: the order is lost."""


def quality(crop: Crop, portrait: Portrait, shown: Probabilities) -> float:
    """What a photo counts, `_LEAST` to 1: less where the face is small, turned aside or cut by the frame.

    Args:
      crop: the face.
      portrait: the same, labelled.
      shown: what was read of it; may be empty.
    """
    side = float(np.hypot(*crop.to_photo[:, 0])) * CROP_SIZE
    turned = shown.get("turn", {"front": 1.0})
    frontal = sum(_TURNS[word] * share for word, share in turned.items())
    whole = float(np.mean(portrait.labels != UNKNOWN))
    return max(_LEAST, min(1.0, side / CROP_SIZE) * frontal * whole)


def probabilities(shown: Sequence[Probabilities], weights: Sequence[float]) -> dict[str, dict[str, float]]:
    """By attribute and word the weighted mean of N photos' probabilities; they have the same words."""
    total = sum(weights)
    return {
        attribute: {
            word: sum(w * each[attribute][word] for each, w in zip(shown, weights, strict=True)) / total
            for word in words
        }
        for attribute, words in shown[0].items()
    }


def parts(choices: Sequence[Mapping[str, Part]], weights: Sequence[float]) -> dict[str, Part]:
    """By part type the variant that N photos vote for, and the runners-up.

    A photo gives its variant its weight, and each of its alternatives `_NEXT` times what the one before got.
    Cosines are means over the photos that compared the variant.

    Args:
      choices: of each photo, the same part types.
      weights: of each.
    """
    return {part: _vote([choice[part] for choice in choices], weights) for part in choices[0]}


def colors(measured: Sequence[Measured], weights: Sequence[float]) -> Measured:
    """The weighted median of each colour, of the photos in colour if there are any.

    The exposure is such that the skin, once brightened by it, is as light as the median of the photos' own.
    """
    pairs = list(zip(measured, weights, strict=True))
    is_grey = all(each.is_grey for each in measured)
    pairs = [(each, weight) for each, weight in pairs if each.is_grey == is_grey]
    lab = {}
    for slot in dict.fromkeys(slot for each, _ in pairs for slot in each.lab):
        seen = [(each.lab[slot], weight) for each, weight in pairs if slot in each.lab]
        lab[slot] = _medians(np.stack([color for color, _ in seen]), [weight for _, weight in seen])
    casts = _medians(np.asarray([each.cast for each, _ in pairs]), [weight for _, weight in pairs])
    return Measured(lab, is_grey, (float(casts[0]), float(casts[1])), _exposure(pairs, lab.get("skin")))


def moves(found: Sequence[Mapping[str, Move]], weights: Sequence[float]) -> dict[str, Move]:
    """By part type the weighted median of how photos move it, of the photos that do."""
    joined = {}
    for part in dict.fromkeys(part for each in found for part in each):
        pairs = [(each[part], weight) for each, weight in zip(found, weights, strict=True) if part in each]
        middle = _medians(np.asarray([move for move, _ in pairs]), [weight for _, weight in pairs])
        joined[part] = Move(*middle.tolist())
    return joined


def _exposure(pairs: Sequence[tuple[Measured, float]], skin: np.ndarray | None) -> float:
    seen = [(each, weight) for each, weight in pairs if "skin" in each.lab]
    if skin is None or not seen:
        return 1.0
    lit = np.asarray([[each.exposure * (each.lab["skin"][0] + 16)] for each, _ in seen])
    return float(_medians(lit, [weight for _, weight in seen])[0] / (skin[0] + 16))


def _vote(ballots: Sequence[Part], weights: Sequence[float]) -> Part:
    votes: dict[str, float] = {}
    cosines: dict[str, list[tuple[float, float]]] = {}
    for ballot, weight in zip(ballots, weights, strict=True):
        ranked = [(ballot.id, ballot.similarity), *ballot.alternatives]
        for place, (variant, cosine) in enumerate(ranked):
            votes[variant] = votes.get(variant, 0.0) + weight * _NEXT**place
            if cosine is not None:
                cosines.setdefault(variant, []).append((cosine, weight))
    # Of equal votes the first: photos are counted in their order.
    best, *others = sorted(votes, key=lambda variant: -votes[variant])
    means = {variant: _mean(found) for variant, found in cosines.items()}
    runners_up = tuple((variant, means[variant]) for variant in others if variant in means)
    return Part(best, means.get(best), runners_up[:ALTERNATIVES])


def _mean(found: Sequence[tuple[float, float]]) -> float:
    return sum(value * weight for value, weight in found) / sum(weight for _, weight in found)


def _medians(values: np.ndarray, weights: Sequence[float]) -> np.ndarray:
    """Of each column of ``float[N, C]`` the weighted median: where half of the weight is on either side."""
    return np.asarray([weighted_median(column, weights) for column in values.T])


def weighted_median(values: np.ndarray, weights: Sequence[float]) -> float:
    """The smallest value up to which half of the weight lies; halfway to the next if it is exactly half."""
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(np.asarray(weights, float)[order])
    half = reached[-1] / 2
    at = int(np.searchsorted(reached, half * (1 - 1e-9)))
    exact = abs(reached[at] - half) <= 1e-9 * half and at + 1 < len(order)
    return float(np.mean(values[order[at : at + 2]]) if exact else values[order[at]])
