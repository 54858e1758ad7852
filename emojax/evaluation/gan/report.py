"""Evaluates one set of samples: every figure beside that of real emoji, and controls."""

import dataclasses
from collections.abc import Mapping
from typing import Final

import numpy as np
from threadpoolctl import threadpool_limits

from emojax.core.errors import UserError
from emojax.evaluation.gan import controls as gan_controls
from emojax.evaluation.gan import figures as gan_figures
from emojax.evaluation.gan.history import History, similarity
from emojax.evaluation.gan.reference import Reference
from emojax.evaluation.gan.samples import Samples
from emojax.evaluation.gan.schema import Control, Figure, Report
from emojax.evaluation.measures import silhouettes, statistics, texture
from emojax.evaluation.measures.copying import leave_one_out, nearest
from emojax.evaluation.measures.estimates import bootstrap, bootstrap_mean, require
from emojax.evaluation.measures.features import Extractor
from emojax.evaluation.measures.similarity import nearest_ssim

_COPIES: Final = 12  # nearest pairs of sample and emoji that a report lists


@dataclasses.dataclass(frozen=True)
class Run:
    """The training run that samples come from.

    Attributes:
      batch_size: pictures in a step.
      history: its log.
      grids: its samples by step, as of `history.read_grids`.
    """

    batch_size: int
    history: History
    grids: dict[int, np.ndarray]


@dataclasses.dataclass(frozen=True)
class Evaluation:
    """A report, and the data of its plots.

    Attributes:
      report: the figures.
      samples, reference, run: what they are of.
      real_features, features: of real emoji ``[M, D]`` and samples ``[N, D]``, by the first extractor.
      real_distances: of each real emoji to the nearest other one in these features, ``float64[M]``.
      nearest, distances: number of the real emoji nearest to each sample, ``int64[N]``, and its distance,
        ``float64[N]``.
      held_out_distances: of each held-out emoji to the nearest real one, ``float64[H]``.
      real_pixels, pixels: a value of each picture, by figure of pixels.
    """

    report: Report
    samples: Samples
    reference: Reference
    run: Run | None
    real_features: np.ndarray
    features: np.ndarray
    real_distances: np.ndarray
    nearest: np.ndarray
    distances: np.ndarray
    held_out_distances: np.ndarray
    real_pixels: Mapping[str, np.ndarray]
    pixels: Mapping[str, np.ndarray]


def check(samples: int, emoji: int) -> None:
    """Refuses too few samples or real emoji before anything is computed.

    Raises:
      UserError: there are too few; the message names the figure that needs most.
    """
    if emoji < gan_controls.LEAST_EMOJI:
        raise UserError(
            f"--reference: {emoji} emoji are too few, the controls need "
            f"{gan_controls.LEAST_EMOJI}: name a larger set"
        )
    needs = gan_figures.least_samples(emoji)
    for figure in sorted(needs, key=lambda name: -needs[name]):
        require(figure, samples=samples, least=needs[figure])


# The last digits of sums over several threads depend on their number.
@threadpool_limits.wrap(limits=1, user_api="blas")
def evaluate(
    samples: Samples, reference: Reference, extractors: list[Extractor], *, seed: int, run: Run | None = None
) -> Evaluation:
    """Computes all figures of samples, real emoji and controls.

    Args:
      samples: to be evaluated.
      reference: real emoji of the samples' size.
      extractors: of features, at least one; the first is the main one.
      seed: of resampling, splits and noise.
      run: the training run that they come from, if that is known.

    Raises:
      UserError: too few samples or real emoji for a figure; the message names it.
    """
    check(len(samples.images), len(reference.images))
    controls = gan_controls.run(
        reference.images,
        {extractor.name: extractor for extractor in extractors},
        lambda known, pictures: {name: float(v.mean()) for name, v in _pixels(known, pictures).items()},
        seed=seed,
    )
    real_features = {extractor.name: extractor(reference.images) for extractor in extractors}
    features = {extractor.name: extractor(samples.images) for extractor in extractors}
    figures: dict[str, Figure] = {}
    for name, found in features.items():
        figures |= _of_features(name, real_features[name], found, samples, reference, controls, seed=seed)
    pixels = _pixels(reference.images, samples.images)
    figures |= _of_pixels(pixels, samples.images, reference.images, controls, seed=seed)
    first = extractors[0]
    real_distances = leave_one_out(real_features[first.name])
    index, distances = nearest(real_features[first.name], features[first.name])
    closest = np.argsort(distances, kind="stable")[:_COPIES]
    unit = real_distances.mean()
    report = Report(
        name=samples.name,
        samples=len(samples.images),
        size=samples.images.shape[1],
        seed=seed,
        reference={
            "name": reference.name,
            "emoji": len(reference.images),
            "version": reference.version,
            "digest": reference.digest,
            "held_out": list(reference.held_out_hexcodes),
        },
        extractors={extractor.name: extractor.version for extractor in extractors},
        figures=figures,
        controls=controls,
        phases=run.history.phases if run else {},
        ssim_over_epochs=_over_epochs(run, reference.images),
        copies=[(int(i), reference.hexcodes[index[i]], float(distances[i] / unit)) for i in closest],
    )
    return Evaluation(
        report=report,
        samples=samples,
        reference=reference,
        run=run,
        real_features=real_features[first.name],
        features=features[first.name],
        real_distances=real_distances,
        nearest=index,
        distances=distances,
        held_out_distances=_held_out(first, real_features[first.name], reference.held_out),
        real_pixels=_pixels(reference.images, reference.images),
        pixels=pixels,
    )


def _of_features(
    name: str,
    real: np.ndarray,
    fake: np.ndarray,
    samples: Samples,
    reference: Reference,
    controls: list[Control],
    *,
    seed: int,
) -> dict[str, Figure]:
    """Figures of one extractor's features, by key."""
    found = gan_figures.estimates(real, fake, dimensions=gan_figures.components(len(real)), seed=seed)
    of_real = _of_held_out(controls)
    found = {key: dataclasses.replace(figure, real=of_real[f"{key}/{name}"]) for key, figure in found.items()}
    variance = bootstrap(lambda index: statistics.feature_variance(real, fake[index]), len(fake), seed=seed)
    found["feature_variance"] = gan_figures.figure(variance, real=1.0)
    found["pairwise_distance"] = Figure(
        float(statistics.pairwise_distances(fake, seed=seed).mean()),
        real=float(statistics.pairwise_distances(real, seed=seed).mean()),
    )
    if samples.requested is not None:
        requested = np.array([reference.hexcodes.index(hexcode) for hexcode in samples.requested])
        found |= gan_figures.of_labels(real, fake, requested, seed=seed)
    return gan_figures.keyed(found, name)


def _of_pixels(
    pixels: Mapping[str, np.ndarray],
    images: np.ndarray,
    real: np.ndarray,
    controls: list[Control],
    *,
    seed: int,
) -> dict[str, Figure]:
    """Figures of pixels, by name, from a value of each picture."""
    of_real = _of_held_out(controls)
    found = {
        name: gan_figures.figure(bootstrap_mean(values, seed=seed), real=of_real[name])
        for name, values in pixels.items()
    }
    one, other = np.array_split(np.random.default_rng(seed).permutation(len(real)), 2)
    found["color_distance"] = Figure(
        statistics.color_distance(images, real), real=statistics.color_distance(real[one], real[other])
    )
    return found


def _of_held_out(controls: list[Control]) -> dict[str, float]:
    """Figures of real emoji: of one half of them beside the other half."""
    return next(control.figures for control in controls if control.name == gan_controls.REAL)


def _pixels(known: np.ndarray, images: np.ndarray) -> Mapping[str, np.ndarray]:
    """By figure of pixels a value of each picture ``uint8[N, S, S, 3]``, beside ``uint8[M, S, S, 3]``."""
    speckle = texture.speckle(images, known)
    return {
        "ssim": nearest_ssim(known, images),
        "edge_quality": texture.edge_quality(images),
        "speckle": speckle.inside,
        "speckle_ground": speckle.ground,
        "outline": silhouettes.outline_completeness(images),
        "shading": texture.shading(images),
    }


def _over_epochs(run: Run | None, real: np.ndarray) -> list[tuple[int, float]]:
    return similarity(run.grids, lambda pictures: nearest_ssim(real, pictures)) if run else []


def _held_out(extractor: Extractor, real: np.ndarray, images: np.ndarray) -> np.ndarray:
    return nearest(real, extractor(images))[1] if len(images) else np.zeros(0)
