"""Several GAN reports side by side, as a folder of files: all of them, or none."""

import dataclasses
import html
import json
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final

from emojax.evaluation import report_folder
from emojax.evaluation.gan import meaning as gan_meaning
from emojax.evaluation.gan.compare import Comparison
from emojax.evaluation.gan.pages import html as gan_html
from emojax.evaluation.gan.pages import markdown, plots
from emojax.evaluation.gan.pages.html import cell
from emojax.evaluation.gan.pages.plots import OTHERS, SAMPLES, Interval, Intervals, Panel

_MAIN: Final = "compare.json"
_SUFFIXES: Final = (".json", ".html", ".md", ".png")
_PANELS: Final = 3  # in a row

_ABOUT: Final = (
    "Generators judged alike: as many samples, the same real emoji, the same features. Where a recipe was "
    "trained with several seeds, a value is the mean over them. ± is the standard error, from the spread "
    "over seeds or the bootstrap over samples, whichever is larger. A value stands out in green if it is "
    "better than every other one by more than the noise: more than the 95 % interval of the difference. "
    "With so many figures, one difference in twenty passes that by chance."
)


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
    text = f"{markdown.comparison(found)}\n\n## Differences\n\n{markdown.differences(found)}\n"
    (folder / "compare.md").write_text(text, encoding="utf-8")
    (folder / "compare.html").write_text(_page(found, picture), encoding="utf-8")


def plot(found: Comparison) -> bytes:
    """The summary's figures with their intervals, real emoji as dashed lines."""
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
            Intervals(markdown.title(key), rows, x=gan_meaning.direction(key), level=found.real.get(key))
        )
    return plots.draw(panels, columns=_PANELS, width=4.4, height=1.3 + 0.3 * len(found.groups))


def _page(found: Comparison, picture: bytes) -> str:
    title = "GANs compared: " + ", ".join(group.name for group in found.groups)
    trained = ", ".join(f"{group.name} ({len(group.reports)})" for group in found.groups)
    body = [
        gan_html.heading(title, f"Reports of each: {trained}."),
        f"<p>{_ABOUT}</p>",
        gan_html.section(
            "The main figures",
            "Bars are 95 % intervals; dashed lines are real emoji measured alike.",
            gan_html.picture("Figures with their intervals", picture, "Which way is better is under each."),
        ),
        gan_html.section("All figures", "Green: better than all others, beyond the noise.", _values(found)),
        gan_html.section("Differences", "Each two of them in each figure.", _differences(found)),
    ]
    return gan_html.page(title, body)


def _values(found: Comparison) -> str:
    rows = []
    for key, values in found.values.items():
        cells = []
        for group in found.groups:
            value = values[group.name]
            text = gan_meaning.shown(key, value.value)
            if value.standard_error is not None:
                text += f"<small>± {gan_meaning.shown(key, value.standard_error, beside=value.value)}</small>"
            cells.append(cell(text, "number yes" if found.wins(key, group.name) else "number"))
        what = gan_meaning.meaning(key)
        name = f"<b>{html.escape(markdown.title(key))}</b><br><small>{html.escape(what.means)}</small>"
        real = cell(gan_meaning.shown(key, found.real.get(key)), "number real")
        rows.append([cell(name), *cells, real, cell(gan_meaning.direction(key).removesuffix(" is better"))])
    names = [html.escape(group.name) for group in found.groups]
    return gan_html.table(["Figure", *names, "Real emoji", "Better"], rows)


def _differences(found: Comparison) -> str:
    rows = []
    for difference in found.differences:
        key = difference.figure
        verdict = "within the noise" if difference.better is None else f"{difference.better} is better"
        rows.append(
            [
                cell(html.escape(markdown.title(key))),
                cell(html.escape(f"{difference.first} and {difference.second}")),
                cell(gan_meaning.shown(key, abs(difference.difference)), "number"),
                cell(gan_meaning.shown(key, difference.noise), "number"),
                cell(html.escape(verdict), "yes" if difference.better else "soft"),
            ]
        )
    return gan_html.table(["Figure", "Between", "Difference", "Noise", "Verdict"], rows)
