"""Writes the folder of a GAN report: all of its files, or none."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final

from emojax.evaluation import report_folder
from emojax.evaluation.gan import schema
from emojax.evaluation.gan.pages import markdown
from emojax.evaluation.gan.pages import pictures as gan_pictures
from emojax.evaluation.gan.pages.templating import render
from emojax.evaluation.gan.report import Evaluation
from emojax.evaluation.gan.schema import Report

_SUFFIXES: Final = (".json", ".html", ".md", ".png")


def writing(out: Path) -> AbstractContextManager[Path]:
    """`report_folder.writing` for a GAN report."""
    return report_folder.writing(out, main=schema.FILE, kind="GAN report", suffixes=_SUFFIXES)


def write(folder: Path, evaluation: Evaluation) -> None:
    """Writes ``report.json``, ``report.md``, ``report.html`` and a PNG of each picture."""
    pictures = dict(gan_pictures.pictures(evaluation))
    for name, data in pictures.items():
        (folder / f"{name}.png").write_bytes(data)
    report = evaluation.report
    (folder / schema.FILE).write_text(schema.to_json(report), encoding="utf-8")
    (folder / "report.md").write_text(markdown.report(report), encoding="utf-8")
    (folder / "report.html").write_text(_html(evaluation, pictures), encoding="utf-8")


def _html(evaluation: Evaluation, pictures: dict[str, bytes]) -> str:
    held_out = (
        float(evaluation.held_out_distances.mean() / evaluation.real_distances.mean())
        if len(evaluation.held_out_distances)
        else None
    )
    return render(
        "report.html",
        report=evaluation.report,
        pictures=pictures,
        cards=_cards(evaluation.report),
        groups=_groups(evaluation.report),
        held_out_ratio=held_out,
        has_run=evaluation.run is not None,
    )


def _cards(report: Report) -> list[str]:
    """Keys of the figures at the top of the page, in large letters."""
    names = list(report.extractors)
    kids = [f"kid/{name}" for name in names[:2]]
    return [*kids, f"copying_ratio/{names[0]}", f"coverage/{names[0]}", "speckle", "outline"]


def _groups(report: Report) -> list[tuple[str | None, list[str]]]:
    """Keys of each extractor's figures, and under None those of pixels."""
    extractors = {
        name: [key for key in report.figures if key.endswith(f"/{name}")] for name in report.extractors
    }
    return [*extractors.items(), (None, [key for key in report.figures if "/" not in key])]
