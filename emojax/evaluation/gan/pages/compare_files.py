"""Writes the folder of a comparison of GAN reports: all of its files, or none."""

import dataclasses
import json
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final

from emojax.evaluation import report_folder
from emojax.evaluation.gan import meaning as gan_meaning
from emojax.evaluation.gan.compare import Comparison
from emojax.evaluation.gan.pages import markdown, plots
from emojax.evaluation.gan.pages.plots import OTHERS, SAMPLES, Interval, Intervals, Panel
from emojax.evaluation.gan.pages.templating import render

_MAIN: Final = "compare.json"
_SUFFIXES: Final = (".json", ".html", ".md", ".png")
_PANELS: Final = 3  # in a row


def writing(out: Path) -> AbstractContextManager[Path]:
    """`report_folder.writing` for a comparison."""
    return report_folder.writing(out, main=_MAIN, kind="GAN comparison", suffixes=_SUFFIXES)


def write(folder: Path, found: Comparison) -> None:
    """Writes ``compare.json``, ``compare.md``, ``compare.html`` and ``compare.png``."""
    picture = plot(found)
    (folder / "compare.png").write_bytes(picture)
    document = {
        "groups": {group.name: [report.name for report in group.reports] for group in found.groups},
        "figures": {
            key: {name: dataclasses.asdict(value) for name, value in values.items()}
            for key, values in found.values.items()
        },
        "real": found.real,
        "differences": [dataclasses.asdict(difference) for difference in found.differences],
    }
    (folder / _MAIN).write_text(
        json.dumps(document, indent=1, allow_nan=False, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    tables = {"values": markdown.comparison(found), "differences": markdown.differences(found)}
    (folder / "compare.md").write_text(render("compare.md", **tables), encoding="utf-8")
    (folder / "compare.html").write_text(render("compare.html", found=found, png=picture), encoding="utf-8")


def plot(found: Comparison) -> bytes:
    """The figures of `meaning.SUMMARY` with their confidence intervals, as a PNG file's bytes."""
    palette = (SAMPLES, *OTHERS)
    panels: list[Panel] = []
    for key in (key for key in gan_meaning.SUMMARY if key in found.values):
        rows = []
        for number, group in enumerate(found.groups):
            value = found.values[key][group.name]
            low = value.value if value.low is None else value.low
            high = value.value if value.high is None else value.high
            rows.append(Interval(group.name, value.value, low, high, palette[number % len(palette)]))
        panels.append(
            Intervals(gan_meaning.title(key), rows, x=gan_meaning.direction(key), level=found.real.get(key))
        )
    return plots.draw(panels, columns=_PANELS, width=4.4, height=1.3 + 0.3 * len(found.groups))
