"""Errors for users: one line each."""

import re
import signal
from typing import Final

MAX_LENGTH: Final = 1_000
"""Characters of an error. Shorter, long lists of choices are cut; longer, it is no line any more."""

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")


class UserError(Exception):
    """The caller's input is wrong.

    ``str(error)`` is a single line: what is wrong, by the name of the file or flag, and what to do. The
    programs print it and exit with code 2.
    """

    def __init__(self, message: str) -> None:
        # Messages quote file names, contents of files and messages of libraries, which may hold line breaks,
        # control characters that would change the terminal, and any number of words.
        line = _CONTROL.sub(lambda match: repr(match[0])[1:-1], " ".join(message.split()))
        super().__init__(line if len(line) <= MAX_LENGTH else f"{line[:MAX_LENGTH]}...")


class Interrupted(Exception):  # noqa: N818  not an error: the work stopped as requested
    """A signal stopped the work, and its state is saved.

    The programs print ``str(self)`` and exit with code ``128 + signum``.

    Attributes:
      signum: number of the signal.
    """

    def __init__(self, signum: int, message: str) -> None:
        super().__init__(f"{signal.Signals(signum).name}: {message}")
        self.signum = signum
