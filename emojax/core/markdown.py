"""Markdown's tables, which every report writes alike."""

from collections.abc import Iterable, Sequence
from typing import Final

_RULES: Final = {"left": "---", "right": "---:", "center": ":---:"}


def table(header: Sequence[str], rows: Iterable[Sequence[str]], align: Sequence[str] | None = None) -> str:
    """A table as GitHub-flavoured Markdown writes it, without a line break at the end.

    Args:
      header: a title for each column.
      rows: as many cells each. What would end a cell is escaped: a vertical bar, a line break.
      align: "left", "right" or "center" for each column. The first is to the left and the others to the
        right if left out, as suits names followed by figures.

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
