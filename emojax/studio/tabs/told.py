"""Errors of users, told to them in the page's own dialogue."""

import functools
import html
import os
from collections.abc import Callable
from typing import Any

import gradio as gr

from emojax.core import untrusted
from emojax.core.errors import UserError
from emojax.media import image


def told(function: Callable[..., Any]) -> Callable[..., Any]:
    """`function` whose `UserError` the page shows; others end in the log."""

    @functools.wraps(function)
    def wrapped(*args: Any) -> Any:
        try:
            return function(*args)
        except UserError as error:
            # The dialogue takes HTML, and messages may quote what a stranger wrote.
            message = html.escape(str(error))
            raise gr.Error(
                message, title="That did not work", duration=None, print_exception=False
            ) from error

    return wrapped


def data_of(payload: Any) -> bytes | None:
    """The bytes of a file that was uploaded, as an event without preprocessing gets it; else None.

    Without preprocessing, because that would open a picture before it is known what it costs.

    Raises:
      UserError: it is no upload, which anyone can claim of any path, or it has been removed.
    """
    path = payload.get("path") if isinstance(payload, dict) else payload
    if not path:
        return None
    folder = os.environ.get("GRADIO_TEMP_DIR", "")
    real = untrusted.real_path(path)
    if not folder or not real.is_relative_to(untrusted.real_path(folder)):
        raise UserError("this is no upload; choose a photo")
    try:
        return untrusted.read_bytes(real, most=image.MAX_FILE_BYTES)
    except UserError as error:
        raise UserError("your photo is too large, or the upload has expired; choose a photo again") from error
