"""The pictures of a GAN report, as PNG bytes by file name."""

import io
from collections.abc import Iterator
from typing import Final

import numpy as np
from PIL import Image

from emojax.evaluation.gan import controls as gan_controls
from emojax.evaluation.gan import meaning as gan_meaning
from emojax.evaluation.gan.history import History
from emojax.evaluation.gan.json_form import Control, Report
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
from emojax.evaluation.gan.report import Judged, Run
from emojax.evaluation.measures import statistics
from emojax.media import grids

_SHOWN: Final = 64
_PAIRS: Final = 12
_PER_ROW: Final = 3
_BINS: Final = 32
_MAPPED: Final = 400
"""Samples on the maps: more hide each other, and t-SNE's cost grows faster than their number."""

_ON_TOP: Final = (SAMPLES, REAL)
_TALL: Final = 128  # pixels that an emoji is enlarged to at least


def pictures(judged: Judged) -> Iterator[tuple[str, bytes]]:
    """Draws everything; of a run its log as well."""
    yield "samples", sheet(judged.samples.images[:_SHOWN])
    yield "real", sheet(spread(judged.reference.images, _SHOWN))
    yield "kid", kernel_distances(judged.report)
    yield "copies", pairs(judged, np.argsort(judged.distance, kind="stable")[:_PAIRS])
    yield "neighbours", pairs(judged, np.arange(min(_PAIRS, len(judged.distance))))
    yield "distances", _distances(judged)
    yield "variety", _variety(judged)
    yield "maps", _maps(judged)
    yield "colors", _colors(judged)
    yield "details", _details(judged)
    yield "controls", controls(judged)
    if judged.run is not None:
        yield from of_run(judged.report, judged.run)


def of_run(report: Report, run: Run) -> Iterator[tuple[str, bytes]]:
    """What there is to see of how a training went."""
    epoch = report.reference["emoji"] / run.batch_size  # steps that show as many pictures as there are emoji
    if run.history.steps:
        yield "losses", _losses(run.history, epoch)
    if report.ssim_over_epochs:
        yield "ssim", _over_epochs(report, epoch)
    if run.history.scores:
        yield "progress", _progress(run.history, epoch)


def sheet(images: np.ndarray, *, columns: int | None = None) -> bytes:
    """Emoji ``uint8[N, S, S, 3]`` in a grid."""
    return png(grids.grid(images, columns=columns, padding=2, background=24))


def spread(images: np.ndarray, count: int) -> np.ndarray:
    """`count` of the pictures, evenly from first to last."""
    return images[np.linspace(0, len(images) - 1, min(count, len(images))).round().astype(int)]


def pairs(judged: Judged, numbers: np.ndarray) -> bytes:
    """Samples, each with the real emoji nearest to it on its right."""
    size = judged.report.size
    factor = max(1, _TALL // size)
    left, right = judged.samples.images[numbers], judged.reference.images[judged.nearest[numbers]]
    line = np.full((len(numbers), size, max(1, size // 32), 3), 255, np.uint8)
    both = np.concatenate([left, line, right], axis=2).repeat(factor, 1).repeat(factor, 2)
    return png(grids.grid(both, columns=_PER_ROW, padding=size // 4, background=255))


def kernel_distances(report: Report) -> bytes:
    """The main figure: samples between unseen real emoji and what was done to them."""
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


def controls(judged: Judged) -> bytes:
    """Some real emoji, and the same as the controls show them."""
    some = spread(judged.reference.images, 8)
    rng = np.random.default_rng(judged.report.seed)
    rows = [some, gan_controls.blurred(some), gan_controls.noisy(some, rng), some[:1].repeat(len(some), 0)]
    return sheet(np.concatenate(rows), columns=len(some))


def _row(control: Control, key: str) -> Interval:
    value, spread = control.figures[key], control.spread[key]
    color = REAL if control.name == gan_controls.REAL else OTHERS[0]
    return Interval(control.name, value, value - 2 * spread, value + 2 * spread, color)


def _distances(judged: Judged) -> bytes:
    unit = float(judged.among_real.mean())
    panel = Histogram(
        "Distance to the nearest training emoji",
        {"real emoji, to another": judged.among_real / unit, "samples": judged.distance / unit},
        x="1: the mean of real emoji",
        marks=("never learned from", judged.held_out / unit) if len(judged.held_out) else None,
    )
    return plots.draw([panel], columns=1, width=8.4)


def _variety(judged: Judged) -> bytes:
    sets = {"real emoji": judged.real_features, "samples": judged.features}
    spectra = {}
    for name, found in sets.items():
        variances = np.sort(np.var(np.asarray(found, np.float64), axis=0))[::-1]
        spectra[name] = (list(range(1, len(variances) + 1)), [float(x) for x in variances])
    apart = {
        name: statistics.pairwise_distances(found, seed=judged.report.seed) for name, found in sets.items()
    }
    panels: list[Panel] = [
        Histogram("Distance between any two", apart, x="distance of features"),
        Curves("Variance of features", spectra, [REAL, SAMPLES], x="features, by their variance"),
    ]
    return plots.draw(panels, columns=2)


def _maps(judged: Judged) -> bytes:
    some = judged.features[:_MAPPED]
    real, fake, explained = statistics.pca(judged.real_features, some)
    panels: list[Panel] = [
        Points(f"PCA: {explained:.0%} of real variance", {"samples": fake, "real emoji": real}, _ON_TOP)
    ]
    real, fake = statistics.tsne(judged.real_features, some, seed=judged.report.seed)
    panels.append(Points("t-SNE", {"samples": fake, "real emoji": real}, _ON_TOP))
    return plots.draw(panels, columns=2, height=4.4)


def _colors(judged: Judged) -> bytes:
    real = statistics.color_histograms(judged.reference.images, bins=_BINS)
    fake = statistics.color_histograms(judged.samples.images, bins=_BINS)
    panels = [
        Counted(channel.capitalize(), {"real emoji": real[channel], "samples": fake[channel]})
        for channel in statistics.CHANNELS
    ]
    return plots.draw(panels, columns=3, width=3.6, height=2.9)


def _details(judged: Judged) -> bytes:
    names = ("edge_quality", "speckle", "speckle_ground", "outline", "shading")
    panels = [
        Histogram(
            gan_meaning.meaning(name).title,
            {"real emoji": judged.real_pixels[name], "samples": judged.pixels[name]},
        )
        for name in names
    ]
    return plots.draw(panels, columns=2)


def _losses(history: History, epoch: float) -> bytes:
    epochs = [step / epoch for step in history.steps]

    def curves(names: dict[str, str]) -> dict[str, tuple[list[float], list[float]]]:
        return {
            said: (epochs, history.columns[name]) for name, said in names.items() if name in history.columns
        }

    losses = curves({"d_loss": "discriminator", "g_loss": "generator"})
    beliefs = curves({"d_real": "real emoji", "d_fake": "samples", "d_fake_after": "samples, after learning"})
    limits = (-0.02, 1.02)
    positive = all(min(values) > 0 for _, values in losses.values())  # a hinge loss need not be
    panels = [
        Curves("Losses", losses, [REAL, SAMPLES], x="epoch", log=positive),
        Curves("Believed to be real", beliefs, [REAL, SAMPLES, OTHERS[0]], x="epoch", limits=limits),
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
