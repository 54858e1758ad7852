"""Ending long work at a good place when Ctrl-C or a termination signal asks for it."""

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType
from typing import Final

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


class Stop:
    """Whether the process has been asked to stop.

    Attributes:
      signum: number of the signal that came; None before one.
    """

    def __init__(self) -> None:
        self.signum: int | None = None

    def __bool__(self) -> bool:
        return self.signum is not None

    def take(self) -> int | None:
        """The signal that came, after which another one is waited for."""
        signum, self.signum = self.signum, None
        return signum


@contextlib.contextmanager
def stoppable() -> Iterator[Stop]:
    """Has the next Ctrl-C or SIGTERM set the `Stop` that is yielded; one more raises KeyboardInterrupt.

    Only the main thread can receive signals: elsewhere the `Stop` is never set.
    """
    stop = Stop()

    def receive(signum: int, _: FrameType | None) -> None:
        if stop:
            raise KeyboardInterrupt
        stop.signum = signum

    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    before = {each: signal.signal(each, receive) for each in _SIGNALS}
    try:
        yield stop
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
