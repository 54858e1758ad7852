"""The avatar report in Markdown, for people to read."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from emojax.evaluation import templates
from emojax.evaluation.avatar import corruption, overlap, steadiness
from emojax.evaluation.avatar.pages import tables
from emojax.evaluation.avatar.report import Figures

_TEMPLATES: Final = templates.environment(Path(__file__).parent / "templates")


def markdown(columns: Mapping[str, Figures | str]) -> str:
    """The report.

    Args:
      columns: by extractor its figures, of the same photos and style, or why there are none. At least one
        has figures.
    """
    figures = {name: found for name, found in columns.items() if isinstance(found, Figures)}
    text = _TEMPLATES.get_template("report.md.jinja").render(
        columns=columns,
        figures=figures,
        first=next(iter(figures.values())),
        missing={name: why for name, why in columns.items() if isinstance(why, str)},
        tables=tables,
        corruption=corruption,
        overlap=overlap,
        steadiness=steadiness,
    )
    return text.strip()
