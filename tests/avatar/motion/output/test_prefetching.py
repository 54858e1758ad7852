"""Frames come in order from a thread that reads little ahead and ends with its reader."""

import threading
import time
from collections.abc import Iterator

import numpy as np
import pytest

from emojax.avatar.motion.output.prefetching import prefetched
from emojax.core.errors import UserError
from emojax.media.clips import Frame


def numbered(count: int, taken: list[int]) -> Iterator[Frame]:
    for number in range(count):
        taken.append(number)
        yield Frame(np.zeros((1, 1, 3), np.uint8), float(number))


def test_all_frames_come_in_order_and_few_are_read_ahead() -> None:
    taken: list[int] = []
    ahead = []
    for number, frame in enumerate(prefetched(numbered(50, taken), depth=3)):
        assert frame.time == number
        time.sleep(0.001)
        ahead.append(len(taken) - number)
    assert len(ahead) == 50
    assert max(ahead) <= 3 + 2


def test_errors_are_raised_where_frames_are_taken() -> None:
    def broken() -> Iterator[Frame]:
        yield from numbered(2, [])
        raise UserError("the end")

    frames = prefetched(broken())
    assert [next(frames).time, next(frames).time] == [0, 1]
    with pytest.raises(UserError, match="the end"):
        next(frames)


def test_the_thread_ends_when_nobody_reads_on() -> None:
    before = threading.active_count()
    frames = prefetched(numbered(10_000, []), depth=2)
    next(frames)
    assert threading.active_count() == before + 1
    frames.close()  # type: ignore[attr-defined]
    assert threading.active_count() == before
