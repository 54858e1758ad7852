"""GAN reports as Markdown: a report's own tables, and those of documents, from stored JSON files.

python -m emojax.evaluation.gan.pages.markdown README.md published=docs/gan/0.json,docs/gan/1.json best=b.json

writes the table of these reports, several files of one name being seeds, between the lines
``<!-- gan table -->`` and ``<!-- /gan table -->`` of the README. With ``--rows`` there is a row for each name
instead of a column, which suits an ablation. With ``--check`` it only says whether the table there is the one
that it would write.
"""

import argparse
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Final

from emojax.core.errors import UserError
from emojax.core.extras import importing
from emojax.core.markdown import table
from emojax.core.runtime import OneLineParser, local_path, run_program
from emojax.media import image

with importing(__name__):
    from emojax.evaluation.gan import compare as gan_compare
    from emojax.evaluation.gan import meaning as gan_meaning
    from emojax.evaluation.gan.compare import Comparison
    from emojax.evaluation.gan.meaning import title
    from emojax.evaluation.gan.pages.templating import render
    from emojax.evaluation.gan.schema import Control, Report

BEGIN: Final = "<!-- gan table -->"
END: Final = "<!-- /gan table -->"


def report(found: Report) -> str:
    """A whole report: its figures, its controls, and what the figures mean."""
    header = ["figure", "samples", "95 % interval", "real emoji", "better"]
    rows = []
    for key, figure in found.figures.items():
        interval = "–"
        if figure.low is not None and figure.high is not None:
            ends = (
                gan_meaning.format_value(key, end, beside=figure.value) for end in (figure.low, figure.high)
            )
            interval = " to ".join(ends)
        cells = (
            gan_meaning.format_value(key, figure.value),
            interval,
            gan_meaning.format_value(key, figure.real),
        )
        rows.append([title(key), *cells, gan_meaning.direction(key).removesuffix(" is better")])
    names = dict.fromkeys(key.split("/")[0] for key in found.figures)
    return render(
        "report.md",
        report=found,
        figures=table(header, rows),
        controls=_controls(found.controls),
        meanings=[(gan_meaning.PER_EXTRACTOR | gan_meaning.OF_PIXELS)[name] for name in names],
    )


def comparison(found: Comparison, keys: Collection[str] | None = None) -> str:
    """A table with a row for each figure, and columns for each group and for real emoji.

    Cells are mean ± standard error, in bold where a group is significantly better than all others.

    Args:
      found: the groups.
      keys: of the figures; all if left out.
    """
    columns = _columns(found)
    rows = [
        [title(key), *cells]
        for key, *cells in zip(found.values, *columns.values(), strict=True)
        if keys is None or key in keys
    ]
    return table(["", *columns], rows)


def by_group(found: Comparison, keys: Collection[str]) -> str:
    """The transposed table: a row for each group, a column for each of `keys` that all reports have."""
    chosen = [(i, key) for i, key in enumerate(found.values) if key in keys]
    rows = [[name, *(cells[i] for i, _ in chosen)] for name, cells in _columns(found).items()]
    return table(["", *(title(key) for _, key in chosen)], rows)


def _columns(found: Comparison) -> dict[str, list[str]]:
    """The cells of each column by its heading, one for each figure."""
    columns = {_column(group.name, len(group.reports)): _cells(found, group.name) for group in found.groups}
    columns["real emoji"] = [gan_meaning.format_value(key, found.real.get(key)) for key in found.values]
    columns["better"] = [gan_meaning.direction(key).removesuffix(" is better") for key in found.values]
    return columns


def _cells(found: Comparison, name: str) -> list[str]:
    """The cells of a group's column."""
    cells = []
    for key, values in found.values.items():
        value = values[name]
        text = gan_meaning.format_value(key, value.value)
        if value.standard_error is not None:
            text += f" ± {gan_meaning.format_value(key, value.standard_error, beside=value.value)}"
        cells.append(f"**{text}**" if found.is_best(key, name) else text)
    return cells


def differences(found: Comparison) -> str:
    """A table with a row for each difference of two groups in a figure."""
    rows = []
    for difference in found.differences:
        key = difference.figure
        size = gan_meaning.format_value(key, abs(difference.difference))
        verdict = "within the noise" if difference.better is None else f"**{difference.better} is better**"
        pair = f"{difference.first} and {difference.second}"
        rows.append([title(key), pair, size, gan_meaning.format_value(key, difference.noise), verdict])
    return table(["figure", "between", "difference", "noise", "result"], rows)


def write_into(path: Path, text: str, *, check: bool) -> None:
    """Puts a table between the two marks of a file, or checks that it is there.

    Args:
      path: a Markdown file.
      text: the table.
      check: change nothing.

    Raises:
      UserError: the file cannot be read or written or lacks the marks, or `check` finds another table.
    """
    try:
        content = path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise UserError(f"{path}: cannot be read ({error})") from error
    before, begin, rest = content.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise UserError(f"{path}: lacks the lines {BEGIN} and {END}; put them where the table belongs")
    new = f"{before}{BEGIN}\n{text}\n{END}{after}"
    if check and new != content:
        raise UserError(f"{path}: its table is not that of the stored reports; run this without --check")
    if not check:
        with image.writing(path) as temporary:
            temporary.write_text(new, encoding="utf-8")


def main(argv: list[str] | None = None) -> None:
    """Writes a document's table, or checks it.

    Raises:
      UserError: a file is missing or wrong.
    """
    parser = OneLineParser(
        prog="python -m emojax.evaluation.gan.pages.markdown",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("file", type=local_path, help="Markdown file with the two marks")
    parser.add_argument(
        "reports",
        nargs="+",
        metavar="NAME=FILE[,FILE...]",
        help="stored reports, several of one name being seeds",
    )
    parser.add_argument("--rows", action="store_true", help="a row for each name, with fewer figures")
    parser.add_argument("--check", action="store_true", help="only say whether the table is up to date")
    args = parser.parse_args(argv)
    found = gan_compare.compare(gan_compare.read(args.reports))
    text = by_group(found, gan_meaning.BRIEF) if args.rows else comparison(found, gan_meaning.SUMMARY)
    write_into(args.file, text, check=args.check)


def _controls(controls: Sequence[Control]) -> str:
    rows = [
        [
            control.name,
            title(check.figure),
            gan_meaning.format_value(check.figure, check.value),
            f"{check.expected} {gan_meaning.format_value(check.figure, check.bound)}",
            ("yes" if check.right else "**no**") + ("" if check.required else ", not required"),
        ]
        for control in controls
        for check in control.checks
    ]
    return table(["control", "figure", "value", "must be", "is it?"], rows)


def _column(name: str, seeds: int) -> str:
    return name if seeds == 1 else f"{name} ({seeds} seeds)"


if __name__ == "__main__":
    run_program(main)
