"""``python -m emojax.evaluate tables``: documents' tables and figures, from stored reports."""

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emojax.core.runtime import local_path

if TYPE_CHECKING:
    from emojax.evaluation.documents import Table


def add_parser(whats: Any) -> None:
    """Adds the subcommand to those of ``python -m emojax.evaluate``."""
    flags = whats.add_parser("tables", help="documents: figures and tables as stored reports have them")
    flags.add_argument("documents", nargs="+", type=local_path, metavar="FILE", help="Markdown with markers")
    flags.add_argument("--check", action="store_true", help="change nothing, fail where a figure differs")
    flags.set_defaults(run=_run)


def tables() -> "Mapping[str, Table]":
    """What writes each kind of table.

    Of several reports, ``avatars`` makes columns and ``approaches`` rows; the other kinds are of one.
    """
    from emojax.benchmark import pages as benchmark_pages
    from emojax.benchmark import report as benchmark_report
    from emojax.cli.prompts import evaluate as evaluate_prompts
    from emojax.evaluation import documents
    from emojax.evaluation.avatar.pages import people as people_pages
    from emojax.evaluation.avatar.pages import stored
    from emojax.evaluation.avatar.pages import tables as avatar_tables
    from emojax.evaluation.parser import report as parser_report
    from emojax.evaluation.parser import stored as stored_parser
    from emojax.evaluation.video import report as video_report

    return {
        "avatars": lambda files: avatar_tables.summary(
            {name: stored.figures(file) for name, file in files.items()}, time=False
        ),
        "attributes": lambda files: avatar_tables.agreement(stored.attributes(_only(files))),
        "approaches": lambda files: avatar_tables.approaches([stored.ablation(f) for f in files.values()]),
        "people": lambda files: people_pages.markdown(stored.people(_only(files))),
        "prompts": evaluate_prompts.table,
        "predictions": lambda files: benchmark_pages.predictions(documents.load(_only(files))),
        "checks": lambda files: benchmark_pages.checks(documents.load(_only(files))),
        "benchmark": lambda files: benchmark_pages.markdown(benchmark_report.read(_only(files))),
        "parser": lambda files: parser_report.markdown(stored_parser.views(_only(files))),
        "video": lambda files: video_report.table(video_report.read(_only(files))),
        "extractors": lambda files: video_report.extractors_table(video_report.read(_only(files))),
    }


def _only(files: Mapping[str, Path]) -> Path:
    from emojax.core.errors import UserError

    if len(files) != 1:
        raise UserError(f"a table of this kind is of one report, not of {len(files)}; name one")
    return next(iter(files.values()))


def _run(args: argparse.Namespace) -> None:
    from emojax.evaluation import documents

    for path in args.documents:
        documents.update(path, tables(), check=args.check)
