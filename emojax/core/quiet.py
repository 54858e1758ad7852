"""Silencing libraries that print on standard error what they also report as errors."""

import contextlib
import os
import sys
import threading
from collections.abc import Iterator

_lock = threading.Lock()
_blocks = 0
_saved = -1


@contextlib.contextmanager
def errors_of_libraries() -> Iterator[None]:
    """While the block runs in any thread, what C libraries print on standard error is dropped.

    Decoders such as libtiff have handlers that only their own program can replace. Python's own `sys.stderr`
    is not silenced, unless it writes to the same file descriptor at that moment.
    """
    global _blocks, _saved
    with _lock:
        if _blocks == 0:
            with contextlib.suppress(OSError, ValueError, AttributeError):  # closed, or not a file
                sys.stderr.flush()
            _saved = _to_nowhere()
        _blocks += 1
    try:
        yield
    finally:
        with _lock:
            _blocks -= 1
            if _blocks == 0 and _saved >= 0:
                os.dup2(_saved, 2)
                os.close(_saved)


def _to_nowhere() -> int:
    """Points file descriptor 2 at nothing; returns a copy of it, or -1 where it is closed."""
    try:
        saved = os.dup(2)
    except OSError:
        return -1
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)
    return saved
