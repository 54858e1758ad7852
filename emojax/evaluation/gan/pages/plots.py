"""Plots in one style, as PNG bytes that are the same whenever the numbers are."""

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
"""Blue and orange are told apart by everyone; the rest serve where there are more than two."""

INK: Final = "#1a202c"
_FEW: Final = 40  # points of a curve that are marked
_BINS: Final = 40

_STYLE: Final[Any] = {
    "font.family": "DejaVu Sans",  # which matplotlib carries: the same letters everywhere
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
    """One of a picture's plots."""

    def draw(self, axes: Any) -> None: ...


@dataclasses.dataclass(frozen=True)
class Curves:
    """Lines over one axis.

    Attributes:
      title: of the panel.
      curves: by name ``(x, y)``.
      colors: of the curves in their order.
      x, y: what the axes are.
      log: whether y is logarithmic.
      limits: of y.
      level: what a horizontal line is, and its height.
    """

    title: str
    curves: Mapping[str, tuple[Sequence[float], Sequence[float]]]
    colors: Sequence[str]
    x: str = ""
    y: str = ""
    log: bool = False
    limits: tuple[float, float] | None = None
    level: tuple[str, float] | None = None

    def draw(self, axes: Any) -> None:
        for (name, (xs, ys)), color in zip(self.curves.items(), self.colors, strict=False):
            marker = "o" if len(xs) < _FEW else None
            axes.plot(xs, ys, color=color, label=name, marker=marker, markersize=3.5)
        if self.level is not None:
            axes.axhline(self.level[1], color=REAL, linestyle="--", linewidth=1.4, label=self.level[0])
        if self.log:
            axes.set_yscale("log")
        if self.limits is not None:
            axes.set_ylim(self.limits)
        axes.set(title=self.title, xlabel=self.x, ylabel=self.y)
        axes.legend()


@dataclasses.dataclass(frozen=True)
class Histogram:
    """How values are distributed, each group summing to one.

    Attributes:
      title: of the panel.
      groups: by name ``float[N]``.
      x: what they are.
      marks: what single values on the axis are, and where.
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
    """Histograms that are counted already: by name the share of each of equal bins from 0 to 1."""

    title: str
    groups: Mapping[str, np.ndarray]

    def draw(self, axes: Any) -> None:
        for (name, shares), color in zip(self.groups.items(), (REAL, SAMPLES), strict=True):
            edges = np.linspace(0, 1, len(shares) + 1)
            axes.stairs(shares, edges, fill=True, color=color, alpha=0.3)
            axes.stairs(shares, edges, color=color, label=name)
        axes.set_yscale("log")  # most of an emoji is black ground, or yellow
        axes.set(title=self.title, ylabel="share of pixels", xlim=(0, 1))
        axes.legend()


@dataclasses.dataclass(frozen=True)
class Points:
    """A map of points ``float[N, 2]`` by group, the last on top; directions and scale mean nothing."""

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
    """A value with what it may as well be, and its colour."""

    name: str
    value: float
    low: float
    high: float
    color: str


@dataclasses.dataclass(frozen=True)
class Intervals:
    """Values under each other, the first on top; `level` is a vertical line."""

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
