"""Fills in the templates of the reports, which hold their text, HTML and style."""

import base64
from typing import Any, Final

import jinja2

from emojax.evaluation.gan import meaning

_ENVIRONMENT: Final = jinja2.Environment(
    loader=jinja2.PackageLoader("emojax.evaluation.gan.pages"),
    autoescape=jinja2.select_autoescape(["html"]),  # names and files' contents are anybody's
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)
_ENVIRONMENT.globals |= {
    "direction": meaning.direction,
    "meaning": meaning.meaning,
    "shown": meaning.shown,
    "title": meaning.title,
}
_ENVIRONMENT.filters["base64"] = lambda data: base64.b64encode(data).decode()


def render(template: str, **values: Any) -> str:
    """A template of the folder ``templates``, filled in.

    Args:
      template: the file's name. What goes into ``.html`` is escaped, into ``.md`` it goes as it is.
      **values: by the names that the template has for them.

    Raises:
      jinja2.UndefinedError: a value is missing.
    """
    return _ENVIRONMENT.get_template(template).render(values)
