"""The errors a user is meant to see: one line each."""

import signal


class UserError(Exception):
    """What the caller gave is wrong.

    ``str(error)`` is a single line: what is wrong (file or flag by name) and what
    to do about it. The command-line programs print that line and exit with code 2.
    """

    def __init__(self, message: str) -> None:
        # Messages quote file names and other people's error texts, which may hold
        # line breaks; the promise is one line.
        super().__init__(" ".join(message.split()))


class Interrupted(Exception):  # noqa: N818  not an error: a request that was met
    """A signal asked the work to stop, and what was done is saved.

    The programs print ``str(self)`` and exit with code ``128 + signum``.
    """

    def __init__(self, signum: int, message: str) -> None:
        super().__init__(f"{signal.Signals(signum).name}: {message}")
        self.signum = signum
