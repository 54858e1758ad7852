"""Errors for users are one line, whatever their parts hold."""

import signal

import pytest

from emojax.core.errors import MAX_LENGTH, Interrupted, UserError


@pytest.mark.parametrize(
    ("message", "line"),
    [
        ("a.png: is not a picture", "a.png: is not a picture"),
        ("two\nlines", "two lines"),
        ("  a\t\r\n  long   way \n", "a long way"),
        ("", ""),
        ("a\x1b[2J\x00\x9bb", "a\\x1b[2J\\x00\\x9bb"),
        ("é \u65e5", "é \u65e5"),
        ("x" * MAX_LENGTH, "x" * MAX_LENGTH),
        ("x" * (MAX_LENGTH + 1), "x" * MAX_LENGTH + "..."),
    ],
)
def test_a_message_is_one_line(message: str, line: str) -> None:
    assert str(UserError(message)) == line


def test_an_interruption_names_its_signal_and_keeps_its_number() -> None:
    stopped = Interrupted(signal.SIGTERM, "step 7 is saved")
    assert str(stopped) == "SIGTERM: step 7 is saved"
    assert stopped.signum == signal.SIGTERM
    assert not isinstance(stopped, UserError)
