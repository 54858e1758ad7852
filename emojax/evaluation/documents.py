"""Figures in documents that are those of stored reports: whole tables, and figures in running text.

    <!-- table avatars flat=avatars/flat.json line=avatars/line.json -->
    | ... | what stands here is written by `python -m emojax.evaluate tables DOCUMENT` |
    <!-- /table -->

    Placement raises rank 1 to 0.775<!-- figure avatars/approaches.json rows.default.rank_one.share -->.

A table's marker names its kind and its reports. A figure's marker stands right behind the number, or behind
its percent sign, and names a value in a JSON file by its keys; of a list or an object it is the length. The
number keeps as many decimals as it has. Files are relative to the document's folder.
"""

import json
import math
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from emojax.core.errors import UserError
from emojax.core.files import replacing

Table = Callable[[Mapping[str, Path]], str]
"""Writes a Markdown table of reports, by the names that the marker gives them."""

_BEGIN: Final = re.compile(r"<!-- table (?P<arguments>[^>]*?) -->\n")
_END: Final = "<!-- /table -->"
_TABLE: Final = re.compile(_BEGIN.pattern + r"(?P<old>.*?)" + re.escape(_END), re.DOTALL)
_FIGURE: Final = re.compile(
    r"(?P<number>[-−]?\d[\d,]*(?:\.(?P<decimals>\d+))?)?(?P<percent> ?%)?"
    r"(?P<marker><!-- figure (?P<file>\S+) (?P<keys>[^>]+?) -->)"
)
_MAX_BYTES: Final = 2**24
"""Of a document or a report; a larger one is refused before it is read."""


def update(path: Path, tables: Mapping[str, Table], *, check: bool) -> None:
    """Writes the tables and figures of a document anew, or checks that they are right.

    Args:
      path: a Markdown file.
      tables: what writes each kind of table.
      check: change nothing.

    Raises:
      UserError: a file cannot be read or written, a marker is wrong, or `check` finds another figure.
    """
    try:
        old = _read(path).decode("utf-8")
    except UnicodeDecodeError as error:
        raise UserError(f"{path}: is no UTF-8 text ({error.reason}); save it as such") from error
    new = updated(old, path, tables)
    if check and new != old:
        pairs = zip(old.splitlines(), new.splitlines(), strict=False)
        line = next((i for i, (a, b) in enumerate(pairs, 1) if a != b), 1)
        raise UserError(
            f"{path}: line {line} is not what the stored reports say; run python -m emojax.evaluate tables"
        )
    if not check and new != old:
        with replacing(path) as temporary:
            temporary.write_text(new, encoding="utf-8")


def updated(text: str, path: Path, tables: Mapping[str, Table]) -> str:
    """The text of the document `path` with its tables and figures as the stored reports have them.

    Raises:
      UserError: a marker is wrong, or a report cannot be read.
    """
    if len(_BEGIN.findall(text)) != len(_TABLE.findall(text)) or text.count(_END) != len(
        _TABLE.findall(text)
    ):
        raise UserError(f"{path}: a table's marker has no {_END}, or the other way round; put it there")
    text = _TABLE.sub(lambda match: _table(match, path, tables), text)
    return _FIGURE.sub(lambda match: _figure(match, path), text)


def _table(match: re.Match[str], path: Path, tables: Mapping[str, Table]) -> str:
    kind, *reports = match["arguments"].split()
    if kind not in tables:
        raise UserError(f"{path}: <!-- table {kind} ... -->: no such table; there are {', '.join(tables)}")
    named = {}
    for report in reports:
        name, equals, file = report.rpartition("=")
        if (equals and not name) or name in named:
            raise UserError(f"{path}: <!-- table {kind} ... -->: {report!r} is no new NAME=FILE")
        named[name] = path.parent / file
    if not named:
        raise UserError(f"{path}: <!-- table {kind} -->: names no report; give NAME=FILE")
    return f"<!-- table {match['arguments']} -->\n{tables[kind](named)}\n{_END}"


def _figure(match: re.Match[str], path: Path) -> str:
    if match["number"] is None:
        raise UserError(f"{path}: there is no number right before {match['marker']}; put one there")
    value = _value(path.parent / match["file"], match["keys"], f"{path}: {match['marker']}")
    value *= 100 if match["percent"] else 1
    comma = "," if "," in match["number"] else ""
    number = f"{abs(value):{comma}.{len(match['decimals'] or '')}f}"
    sign = "−" if value < 0 else ""
    return f"{sign}{number}{match['percent'] or ''}{match['marker']}"


def _value(file: Path, keys: str, where: str) -> float:
    value: Any = load(file)
    for key in keys.split("."):
        try:
            value = value[int(key) if isinstance(value, list) else key]
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise UserError(f"{where}: {file.name} has no {key!r} there; correct the keys") from error
    if isinstance(value, list | dict):
        return len(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise UserError(f"{where}: is no number but {str(value)[:40]!r}; correct the keys")
    return value


def load(file: Path) -> Any:
    """The content of a JSON file.

    Raises:
      UserError: it is missing, too large, or no JSON.
    """
    try:
        return json.loads(_read(file))
    except (ValueError, RecursionError) as error:
        raise UserError(f"{file}: is no JSON ({error}); write the report again") from error


def _read(file: Path) -> bytes:
    if not file.is_file():
        raise UserError(f"{file}: no such file; name one that is there")
    try:
        with file.open("rb") as opened:
            data = opened.read(_MAX_BYTES + 1)
    except OSError as error:
        raise UserError(f"{file}: cannot be read ({error.strerror or error}); copy it elsewhere") from error
    if len(data) > _MAX_BYTES:
        raise UserError(f"{file}: is larger than {_MAX_BYTES // 2**20} MB; name another")
    return data
