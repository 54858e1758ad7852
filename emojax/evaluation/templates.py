"""The jinja2 settings that all reports' templates have in common."""

from pathlib import Path

import jinja2


def environment(folder: Path) -> jinja2.Environment:
    """The templates of a folder.

    Values are escaped in files named ``.html``, because names come from users and files, and not in others.
    A value that a template needs and does not get raises ``jinja2.UndefinedError``. Lines that hold a block's
    tag alone leave nothing behind.
    """
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder),
        autoescape=jinja2.select_autoescape(["html"]),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
