"""Errors for users: one line each."""

import signal


class UserError(Exception):
    """The caller's input is wrong.

    ``str(error)`` is a single line: what is wrong, by the name of the file or flag, and what to do. The
    programs print it and exit with code 2.
    """

    def __init__(self, message: str) -> None:
        # Messages quote file names and messages of libraries, which may hold line breaks.
        super().__init__(" ".join(message.split()))


class Interrupted(Exception):  # noqa: N818  not an error: the work stopped as requested
    """A signal stopped the work, and its state is saved.

    The programs print ``str(self)`` and exit with code ``128 + signum``.

    Attributes:
      signum: number of the signal.
    """

    def __init__(self, signum: int, message: str) -> None:
        super().__init__(f"{signal.Signals(signum).name}: {message}")
        self.signum = signum
