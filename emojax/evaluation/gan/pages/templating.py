"""Renders the templates of the reports, which hold their text, HTML and style."""

import base64
from pathlib import Path
from typing import Any, Final

from emojax.evaluation import templates
from emojax.evaluation.gan import meaning

_TEMPLATES: Final = templates.environment(Path(__file__).parent / "templates")
_TEMPLATES.globals |= {
    "direction": meaning.direction,
    "meaning": meaning.meaning,
    "format_value": meaning.format_value,
    "title": meaning.title,
}
_TEMPLATES.filters["base64"] = lambda data: base64.b64encode(data).decode()


def render(template: str, **values: Any) -> str:
    """Renders a template of the folder ``templates``.

    Args:
      template: file name. Values in ``.html`` are escaped, those in ``.md`` are not.
      **values: of the template's variables.

    Raises:
      jinja2.UndefinedError: a value is missing.
    """
    return _TEMPLATES.get_template(template).render(values)
