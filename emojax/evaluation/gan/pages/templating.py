"""Renders the templates of the reports, which hold their text, HTML and style."""

import base64
from typing import Any, Final

import jinja2

from emojax.evaluation.gan import meaning

_ENVIRONMENT: Final = jinja2.Environment(
    loader=jinja2.PackageLoader("emojax.evaluation.gan.pages"),
    autoescape=jinja2.select_autoescape(["html"]),  # names come from users and files
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)
_ENVIRONMENT.globals |= {
    "direction": meaning.direction,
    "meaning": meaning.meaning,
    "format_value": meaning.format_value,
    "title": meaning.title,
}
_ENVIRONMENT.filters["base64"] = lambda data: base64.b64encode(data).decode()


def render(template: str, **values: Any) -> str:
    """Renders a template of the folder ``templates``.

    Args:
      template: file name. Values in ``.html`` are escaped, those in ``.md`` are not.
      **values: of the template's variables.

    Raises:
      jinja2.UndefinedError: a value is missing.
    """
    return _ENVIRONMENT.get_template(template).render(values)
