"""The plots and picture grids of a GAN report, as PNG bytes."""

import io
from collections.abc import Iterator
from typing import Final

import numpy as np
from PIL import Image

from emojax.evaluation.gan import controls as gan_controls
from emojax.evaluation.gan import meaning as gan_meaning
from emojax.evaluation.gan.history import History
from emojax.evaluation.gan.pages import plots
from emojax.evaluation.gan.pages.plots import (
    OTHERS,
    REAL,
    SAMPLES,
    Counted,
    Curves,
    Histogram,
    Interval,
    Intervals,
    Panel,
    Points,
)
from emojax.evaluation.gan.report import Evaluation, Run
from emojax.evaluation.gan.schema import Control, Report
from emojax.evaluation.measures import statistics
from emojax.media import grids

_IN_GRID: Final = 64  # pictures
_PAIRS: Final = 12
_PAIRS_IN_ROW: Final = 3
_PAIR_SIDE: Final = 128  # pixels that an emoji in a pair is enlarged to, at most
_BINS: Final = 32  # of colour histograms
_MAPPED: Final = 400
"""Samples on the maps: more of them hide each other, and t-SNE's time grows faster than their number."""

_ORDER: Final = (SAMPLES, REAL)  # the last is drawn on top


def pictures(evaluation: Evaluation) -> Iterator[tuple[str, bytes]]:
    """Draws all plots and grids, also of a training run's log, and yields their names with them."""
    yield "samples", sheet(evaluation.samples.images[:_IN_GRID])
    yield "real", sheet(evenly_spaced(evaluation.reference.images, _IN_GRID))
    yield "kid", kernel_distances(evaluation.report)
    yield "copies", pairs(evaluation, np.argsort(evaluation.distances, kind="stable")[:_PAIRS])
    yield "neighbours", pairs(evaluation, np.arange(min(_PAIRS, len(evaluation.distances))))
    yield "distances", _distances(evaluation)
    yield "variety", _variety(evaluation)
    yield "maps", _maps(evaluation)
    yield "colors", _colors(evaluation)
    yield "details", _details(evaluation)
    yield "controls", controls(evaluation)
    if evaluation.run is not None:
        yield from of_run(evaluation.report, evaluation.run)


def of_run(report: Report, run: Run) -> Iterator[tuple[str, bytes]]:
    """Draws the plots of what a training run's log holds, and yields their names with them."""
    epoch = report.reference["emoji"] / run.batch_size  # in steps
    if run.history.steps:
        yield "losses", _losses(run.history, epoch)
    if report.ssim_over_epochs:
        yield "ssim", _over_epochs(report, epoch)
    if run.history.scores:
        yield "progress", _progress(run.history, epoch)


def sheet(images: np.ndarray, *, columns: int | None = None) -> bytes:
    """Pictures ``uint8[N, S, S, 3]`` in a grid."""
    return png(grids.grid(images, columns=columns, padding=2, background=24))


def evenly_spaced(images: np.ndarray, count: int) -> np.ndarray:
    """At most `count` of the pictures, from the first to the last."""
    return images[np.linspace(0, len(images) - 1, min(count, len(images))).round().astype(int)]


def pairs(evaluation: Evaluation, numbers: np.ndarray) -> bytes:
    """Samples `numbers`, ``int[N]``, each with the nearest real emoji on its right."""
    size = evaluation.report.size
    factor = max(1, _PAIR_SIDE // size)
    left, right = evaluation.samples.images[numbers], evaluation.reference.images[evaluation.nearest[numbers]]
    line = np.full((len(numbers), size, max(1, size // 32), 3), 255, np.uint8)
    both = np.concatenate([left, line, right], axis=2).repeat(factor, 1).repeat(factor, 2)
    return png(grids.grid(both, columns=_PAIRS_IN_ROW, padding=size // 4, background=255))


def kernel_distances(report: Report) -> bytes:
    """The main figure of samples and controls, a panel for each extractor."""
    panels: list[Panel] = []
    for name in report.extractors:
        key = f"kid/{name}"
        figure = report.figures[key]
        rows = [_row(control, key) for control in report.controls]
        low = figure.value if figure.low is None else figure.low
        high = figure.value if figure.high is None else figure.high
        rows.insert(1, Interval("samples", figure.value, low, high, SAMPLES))
        panels.append(Intervals(f"KID in {name}", rows, x="lower is better", level=0.0))
    return plots.draw(panels, columns=2, width=5.0, height=3.0)


def png(image: np.ndarray) -> bytes:
    """``uint8[H, W, 3]`` as a PNG file's bytes."""
    data = io.BytesIO()
    Image.fromarray(image).save(data, format="PNG", optimize=True)
    return data.getvalue()


def controls(evaluation: Evaluation) -> bytes:
    """Some real emoji, and below them the same blurred, with noise, and one of them repeated."""
    some = evenly_spaced(evaluation.reference.images, 8)
    rng = np.random.default_rng(evaluation.report.seed)
    rows = [some, gan_controls.blurred(some), gan_controls.noisy(some, rng), some[:1].repeat(len(some), 0)]
    return sheet(np.concatenate(rows), columns=len(some))


def _row(control: Control, key: str) -> Interval:
    value, spread = control.figures[key], control.spread[key]
    color = REAL if control.name == gan_controls.REAL else OTHERS[0]
    return Interval(control.name, value, value - 2 * spread, value + 2 * spread, color)


def _distances(evaluation: Evaluation) -> bytes:
    unit = float(evaluation.real_distances.mean())
    panel = Histogram(
        "Distance to the nearest training emoji",
        {"real emoji, to another": evaluation.real_distances / unit, "samples": evaluation.distances / unit},
        x="1: the mean of real emoji",
        marks=("never learned from", evaluation.held_out_distances / unit)
        if len(evaluation.held_out_distances)
        else None,
    )
    return plots.draw([panel], columns=1, width=8.4)


def _variety(evaluation: Evaluation) -> bytes:
    sets = {"real emoji": evaluation.real_features, "samples": evaluation.features}
    spectra = {}
    for name, found in sets.items():
        variances = np.sort(np.var(np.asarray(found, np.float64), axis=0))[::-1]
        spectra[name] = (list(range(1, len(variances) + 1)), [float(x) for x in variances])
    apart = {
        name: statistics.pairwise_distances(found, seed=evaluation.report.seed)
        for name, found in sets.items()
    }
    panels: list[Panel] = [
        Histogram("Distance between any two", apart, x="distance of features"),
        Curves("Variance of features", spectra, [REAL, SAMPLES], x="features, by their variance"),
    ]
    return plots.draw(panels, columns=2)


def _maps(evaluation: Evaluation) -> bytes:
    some = evaluation.features[:_MAPPED]
    real, fake, explained = statistics.pca(evaluation.real_features, some)
    panels: list[Panel] = [
        Points(f"PCA: {explained:.0%} of real variance", {"samples": fake, "real emoji": real}, _ORDER)
    ]
    real, fake = statistics.tsne(evaluation.real_features, some, seed=evaluation.report.seed)
    panels.append(Points("t-SNE", {"samples": fake, "real emoji": real}, _ORDER))
    return plots.draw(panels, columns=2, height=4.4)


def _colors(evaluation: Evaluation) -> bytes:
    real = statistics.color_histograms(evaluation.reference.images, bins=_BINS)
    fake = statistics.color_histograms(evaluation.samples.images, bins=_BINS)
    panels = [
        Counted(channel.capitalize(), {"real emoji": real[channel], "samples": fake[channel]})
        for channel in statistics.CHANNELS
    ]
    return plots.draw(panels, columns=3, width=3.6, height=2.9)


def _details(evaluation: Evaluation) -> bytes:
    names = ("edge_quality", "speckle", "speckle_ground", "outline", "shading")
    panels = [
        Histogram(
            gan_meaning.meaning(name).title,
            {"real emoji": evaluation.real_pixels[name], "samples": evaluation.pixels[name]},
        )
        for name in names
    ]
    return plots.draw(panels, columns=2)


def _losses(history: History, epoch: float) -> bytes:
    epochs = [step / epoch for step in history.steps]

    def curves(names: dict[str, str]) -> dict[str, tuple[list[float], list[float]]]:
        return {
            label: (epochs, history.columns[name]) for name, label in names.items() if name in history.columns
        }

    losses = curves({"d_loss": "discriminator", "g_loss": "generator"})
    outputs = curves({"d_real": "real emoji", "d_fake": "samples", "d_fake_after": "samples, after its step"})
    limits = (-0.02, 1.02)
    positive = all(min(values) > 0 for _, values in losses.values())  # a hinge loss need not be
    panels = [
        Curves("Losses", losses, [REAL, SAMPLES], x="epoch", log=positive),
        Curves("Discriminator's output", outputs, [REAL, SAMPLES, OTHERS[0]], x="epoch", limits=limits),
    ]
    return plots.draw(panels, columns=2)


def _over_epochs(report: Report, epoch: float) -> bytes:
    epochs = [step / epoch for step, _ in report.ssim_over_epochs]
    curve = {"samples": (epochs, [value for _, value in report.ssim_over_epochs])}
    real = report.figures["ssim"].real
    level = None if real is None else ("real emoji", real)
    panel = Curves("SSIM to the nearest emoji", curve, [SAMPLES], x="epoch", level=level)
    return plots.draw([panel], columns=1, width=8.4)


def _progress(history: History, epoch: float) -> bytes:
    panels = []
    for name, values in history.scores.items():
        curve = ([step / epoch for step, _ in values], [value for _, value in values])
        panels.append(Curves(name.replace("_", " "), {"samples": curve}, [SAMPLES], x="epoch"))
    return plots.draw(panels, columns=2)
