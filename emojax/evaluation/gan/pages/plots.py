"""Plots in one style, as PNG bytes that depend on the numbers alone."""

import dataclasses
import io
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple, Protocol

import matplotlib
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

REAL: Final = "#2b6cb0"
SAMPLES: Final = "#dd6b20"
OTHERS: Final = ("#718096", "#38a169", "#9f7aea", "#d53f8c", "#319795", "#b7791f")
"""For more than two groups. Blue and orange come first, which colour-blind people can tell apart."""

INK: Final = "#1a202c"
_MARKED: Final = 40  # points of a curve that are each marked, at most
_BINS: Final = 40

_STYLE: Final[Any] = {
    "font.family": "DejaVu Sans",  # which matplotlib ships, so that all machines have it
    "font.size": 10,
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelcolor": "#4a5568",
    "axes.edgecolor": "#a0aec0",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#e2e8f0",
    "xtick.color": "#4a5568",
    "ytick.color": "#4a5568",
    "legend.frameon": False,
    "lines.linewidth": 1.8,
    "figure.dpi": 120,
    "savefig.dpi": 120,
}


class Panel(Protocol):
    """One plot of a picture with several."""

    def draw(self, axes: Any) -> None: ...


@dataclasses.dataclass(frozen=True)
class Curves:
    """Line plots.

    Attributes:
      title: of the panel.
      curves: by name ``(x, y)``.
      colors: of the curves in their order.
      x: label of the axis.
      log: whether y is logarithmic.
      limits: of y.
      level: label and height of a horizontal line.
    """

    title: str
    curves: Mapping[str, tuple[Sequence[float], Sequence[float]]]
    colors: Sequence[str]
    x: str = ""
    log: bool = False
    limits: tuple[float, float] | None = None
    level: tuple[str, float] | None = None

    def draw(self, axes: Any) -> None:
        for (name, (xs, ys)), color in zip(self.curves.items(), self.colors, strict=False):
            marker = "o" if len(xs) < _MARKED else None
            axes.plot(xs, ys, color=color, label=name, marker=marker, markersize=3.5)
        if self.level is not None:
            axes.axhline(self.level[1], color=REAL, linestyle="--", linewidth=1.4, label=self.level[0])
        if self.log:
            axes.set_yscale("log")
        if self.limits is not None:
            axes.set_ylim(self.limits)
        axes.set(title=self.title, xlabel=self.x)
        axes.legend()


@dataclasses.dataclass(frozen=True)
class Histogram:
    """Histograms of groups of values, each of which sums to one.

    Attributes:
      title: of the panel.
      groups: by name ``float[N]``.
      x: label of the axis.
      marks: label and values of marks on the axis.
    """

    title: str
    groups: Mapping[str, np.ndarray]
    x: str = ""
    marks: tuple[str, np.ndarray] | None = None

    def draw(self, axes: Any) -> None:
        everything = np.concatenate(list(self.groups.values()))
        low, high = float(everything.min()), float(everything.max())
        edges = np.linspace(low, max(high, low + 1e-9), _BINS + 1)
        for (name, values), color in zip(self.groups.items(), (REAL, SAMPLES), strict=True):
            shares = np.histogram(values, edges)[0] / len(values)
            axes.stairs(shares, edges, fill=True, color=color, alpha=0.3)
            axes.stairs(shares, edges, color=color, label=f"{name} ({len(values):,})")
        if self.marks is not None:
            name, values = self.marks
            axes.plot(
                values,
                np.zeros(len(values)),
                "^",
                color=INK,
                label=name,
                markersize=8,
                clip_on=False,
                zorder=5,
            )
        axes.set(title=self.title, xlabel=self.x, ylabel="share", ylim=(0, None))
        axes.legend()


@dataclasses.dataclass(frozen=True)
class Counted:
    """Histograms of equal bins from 0 to 1, given by name as the share in each bin, ``float[bins]``."""

    title: str
    groups: Mapping[str, np.ndarray]

    def draw(self, axes: Any) -> None:
        for (name, shares), color in zip(self.groups.items(), (REAL, SAMPLES), strict=True):
            edges = np.linspace(0, 1, len(shares) + 1)
            axes.stairs(shares, edges, fill=True, color=color, alpha=0.3)
            axes.stairs(shares, edges, color=color, label=name)
        axes.set_yscale("log")  # most pixels of emoji are black or yellow
        axes.set(title=self.title, ylabel="share of pixels", xlim=(0, 1))
        axes.legend()


@dataclasses.dataclass(frozen=True)
class Points:
    """Scatter plots of groups of points ``float[N, 2]``, the last on top; axes have no meaning."""

    title: str
    groups: Mapping[str, np.ndarray]
    colors: Sequence[str]

    def draw(self, axes: Any) -> None:
        for (name, points), color in zip(self.groups.items(), self.colors, strict=True):
            size = 10 if len(points) > 200 else 26
            axes.scatter(
                *points.T, s=size, color=color, alpha=0.6, linewidths=0, label=f"{name} ({len(points):,})"
            )
        axes.set(title=self.title, xticklabels=[], yticklabels=[])
        axes.tick_params(length=0)
        axes.grid(visible=False)
        axes.legend(markerscale=1.4)


class Interval(NamedTuple):
    """A value with its confidence interval, and its colour."""

    name: str
    value: float
    low: float
    high: float
    color: str


@dataclasses.dataclass(frozen=True)
class Intervals:
    """Values with their intervals below each other, the first on top; `level` is a vertical line."""

    title: str
    rows: Sequence[Interval]
    x: str = ""
    level: float | None = None

    def draw(self, axes: Any) -> None:
        if self.level is not None:
            axes.axvline(self.level, color=REAL, linestyle="--", linewidth=1.4)
        for place, row in enumerate(self.rows):
            axes.plot([row.low, row.high], [place, place], color=row.color, linewidth=4, alpha=0.4)
            axes.plot(row.value, place, "o", color=row.color, markersize=7)
        axes.set_yticks(range(len(self.rows)), [row.name for row in self.rows])
        axes.set(title=self.title, xlabel=self.x, ylim=(len(self.rows) - 0.5, -0.5))
        axes.grid(visible=False, axis="y")


def draw(panels: Sequence[Panel], *, columns: int, width: float = 4.6, height: float = 3.3) -> bytes:
    """Panels in rows of `columns`, each of that many inches, as a PNG file's bytes."""
    rows = -(-len(panels) // columns)
    with matplotlib.rc_context(_STYLE):
        figure = Figure(figsize=(width * columns, height * rows), layout="constrained")
        FigureCanvasAgg(figure)
        places = figure.subplots(rows, columns, squeeze=False).ravel()
        for axes, panel in zip(places, panels, strict=False):
            panel.draw(axes)
        for axes in places[len(panels) :]:
            axes.set_visible(False)
        data = io.BytesIO()
        figure.savefig(data, format="png", metadata={"Software": None})  # else the version of matplotlib
        return data.getvalue()
