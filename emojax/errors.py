"""The one error a user is meant to see."""


class UserError(Exception):
    """What the caller gave is wrong.

    ``str(error)`` is a single line: what is wrong (file or flag by name) and what
    to do about it. The command-line programs print that line and exit with code 2.
    """

    def __init__(self, message: str) -> None:
        # Messages quote file names and other people's error texts, which may hold
        # line breaks; the promise is one line.
        super().__init__(" ".join(message.split()))
