"""Tables in Markdown."""

from collections.abc import Iterable, Sequence
from typing import Final

_RULES: Final = {"left": "---", "right": "---:", "center": ":---:"}


def table(header: Sequence[str], rows: Iterable[Sequence[str]], align: Sequence[str] | None = None) -> str:
    """A table in GitHub-flavoured Markdown, without a line break at the end.

    Args:
      header: a title for each column.
      rows: as many cells each. Vertical bars are escaped, and line breaks become spaces.
      align: "left", "right" or "center" for each column; by default "left" for the first and "right" for
        the others, for rows of a name and numbers.

    Raises:
      ValueError: a row or `align` has another number of columns than the header.
    """
    align = align or ["left", *["right"] * (len(header) - 1)]
    rules = [_RULES[side] for side in align]
    lines = [[_cell(text) for text in header], rules, *([_cell(text) for text in row] for row in rows)]
    if any(len(line) != len(header) for line in lines):
        raise ValueError(f"a table of the columns {', '.join(header)} has a row of another length")
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(text: str) -> str:
    return " ".join(text.split("\n")).replace("|", "\\|")
