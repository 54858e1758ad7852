"""The figures of a GAN report that compare two sets of features."""

from collections.abc import Mapping

import numpy as np

from emojax.evaluation.gan.json_form import Figure
from emojax.evaluation.measures.copying import copying
from emojax.evaluation.measures.distances import frechet_distance, frechet_estimate, kernel_distance
from emojax.evaluation.measures.estimates import SHARE, Estimate, bootstrap
from emojax.evaluation.measures.labelling import label_accuracy, label_variety
from emojax.evaluation.measures.manifold import prdc, prdc_estimates

NEIGHBOURS = 5
"""k of precision, recall, density and coverage."""

_MOST_COMPONENTS = 32


def components(emoji: int) -> int:
    """Dimensions of FD: 32, or of few real emoji a quarter of their number, which half of them support."""
    return min(_MOST_COMPONENTS, emoji // 4)


def least_samples(emoji: int) -> dict[str, int]:
    """By figure how many samples it needs, next to so many real emoji."""
    return {"FD": 2 * components(emoji), "copying": 20, "coverage": NEIGHBOURS + 1, "KID": 2}


def estimates(real: np.ndarray, fake: np.ndarray, *, dimensions: int, seed: int) -> dict[str, Figure]:
    """Every figure of one extractor, with its interval over samples.

    Args:
      real: ``float[M, D]``.
      fake: ``float[N, D]``.
      dimensions: of FD.
      seed: of the resampling.

    Returns:
      By name, see `gan_meaning.PER_EXTRACTOR`.

    Raises:
      UserError: too few samples for a figure, by its name.
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
    """The same without intervals, for controls."""
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


def of_labels(real: np.ndarray, fake: np.ndarray, wanted: np.ndarray, *, seed: int) -> dict[str, Figure]:
    """Whether a conditional generator draws what it is asked for.

    Args:
      real: ``float[M, D]``.
      fake: ``float[N, D]``.
      wanted: ``int[N]``, which real emoji each was asked to be.
      seed: of the resampling.
    """
    labels = np.arange(len(real))
    accuracy = bootstrap(
        lambda index: label_accuracy(real, labels, fake[index], wanted[index]),
        len(fake),
        seed=seed,
        limits=SHARE,
    )
    return {
        "label_accuracy": figure(accuracy, real=1.0),
        "label_variety": Figure(label_variety(real, fake, wanted)),
    }


def figure(estimate: Estimate, *, real: float | None = None) -> Figure:
    """An estimate as the report has it."""
    return Figure(estimate.value, estimate.low, estimate.high, estimate.standard_error, real)


def keyed(found: Mapping[str, Figure], extractor: str) -> dict[str, Figure]:
    """Figures under the keys of one extractor."""
    return {f"{name}/{extractor}": value for name, value in found.items()}
