"""The figures of a GAN report that compare two sets of features."""

from collections.abc import Mapping
from typing import Final

import numpy as np

from emojax.evaluation.gan.schema import Figure
from emojax.evaluation.measures.copying import copying
from emojax.evaluation.measures.distances import frechet_distance, frechet_estimate, kernel_distance
from emojax.evaluation.measures.estimates import SHARE, Estimate, bootstrap
from emojax.evaluation.measures.labelling import label_accuracy, label_variety
from emojax.evaluation.measures.manifold import prdc, prdc_estimates

NEIGHBOURS: Final = 5
"""k of precision, recall, density and coverage, as Naeem et al. (2020) choose it. With 2, held-out real emoji
fail, too (precision 0.77 in random_cnn); with 20 nothing does (blurred ones 0.98, and one repeated emoji has
a coverage of 0.4)."""

_MOST_COMPONENTS: Final = 32
"""Dimensions of FD. Fewer leave out directions in which emoji differ; more need more real emoji than the
halves of 108 that the controls have, and twice as many samples."""


def components(emoji: int) -> int:
    """Dimensions of FD: 32, or for few real emoji a quarter of their number, for which half of them
    suffice."""
    return min(_MOST_COMPONENTS, emoji // 4)


def least_samples(emoji: int) -> dict[str, int]:
    """How many samples a figure needs, by its name, given the number of real emoji."""
    return {"FD": 2 * components(emoji), "copying": 20, "coverage": NEIGHBOURS + 1, "KID": 2}


def estimates(real: np.ndarray, fake: np.ndarray, *, dimensions: int, seed: int) -> dict[str, Figure]:
    """The figures of one extractor, with confidence intervals over samples.

    Args:
      real: features of real emoji, ``float[M, D]``.
      fake: features of samples, ``float[N, D]``.
      dimensions: of FD.
      seed: of the resampling.

    Returns:
      Figures by name, of `meaning.PER_EXTRACTOR`.

    Raises:
      UserError: too few samples for a figure; the message names it.
    """
    manifold = prdc_estimates(real, fake, seed=seed, neighbours=NEIGHBOURS)
    copies = copying(real, fake, seed=seed)
    found = {
        "kid": kernel_distance(real, fake, seed=seed),
        "fd": frechet_estimate(real, fake, seed=seed, components=dimensions),
        "precision": manifold.precision,
        "recall": manifold.recall,
        "density": manifold.density,
        "coverage": manifold.coverage,
        "copying_ratio": copies.ratio,
        "near_copies": copies.near_copies,
    }
    return {name: figure(estimate) for name, estimate in found.items()} | {
        "copying_p": Figure(copies.p_value),
    }


def values(real: np.ndarray, fake: np.ndarray, *, dimensions: int, seed: int) -> dict[str, float]:
    """The values of `estimates` without confidence intervals, which take most of the time."""
    manifold = prdc(real, fake, neighbours=NEIGHBOURS)
    copies = copying(real, fake, seed=seed)
    return {
        "kid": kernel_distance(real, fake, seed=seed).value,
        "fd": frechet_distance(real, fake, components=dimensions),
        "precision": manifold.precision,
        "recall": manifold.recall,
        "density": manifold.density,
        "coverage": manifold.coverage,
        "copying_ratio": copies.ratio.value,
        "near_copies": copies.near_copies.value,
        "copying_p": copies.p_value,
    }


def of_labels(real: np.ndarray, fake: np.ndarray, requested: np.ndarray, *, seed: int) -> dict[str, Figure]:
    """The figures of a conditional generator: whether it draws what it is asked for.

    Args:
      real: features of real emoji, ``float[M, D]``.
      fake: features of samples, ``float[N, D]``.
      requested: ``int[N]``, the number of the real emoji that each sample was asked to be.
      seed: of the resampling.

    Raises:
      UserError: no emoji was asked for twice.
    """
    labels = np.arange(len(real))
    accuracy = bootstrap(
        lambda index: label_accuracy(real, labels, fake[index], requested[index]),
        len(fake),
        seed=seed,
        limits=SHARE,
    )
    return {
        "label_accuracy": figure(accuracy, real=1.0),
        "label_variety": Figure(label_variety(real, fake, requested)),
    }


def figure(estimate: Estimate, *, real: float | None = None) -> Figure:
    """An estimate as a report has it, beside the figure of real emoji."""
    return Figure(estimate.value, estimate.low, estimate.high, estimate.standard_error, real)


def keyed(found: Mapping[str, Figure], extractor: str) -> dict[str, Figure]:
    """Figures by the keys ``NAME/EXTRACTOR``."""
    return {f"{name}/{extractor}": value for name, value in found.items()}
