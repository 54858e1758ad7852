"""How long the stages of making avatars take."""

import time


class StageTimer:
    """Milliseconds of each stage, divided by the number of photos in the batch."""

    def __init__(self, count: int) -> None:
        self._count, self._start = max(count, 1), time.perf_counter()
        self.milliseconds: dict[str, float] = {}

    def end(self, stage: str) -> None:
        """Ends `stage`, which began when the one before ended."""
        now = time.perf_counter()
        self.milliseconds[stage] = 1e3 * (now - self._start) / self._count
        self._start = now
