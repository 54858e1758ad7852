"""Decoding in a thread of its own, while frames are worked on."""

import contextlib
import queue
import threading
from collections.abc import Iterator

from emojax.media.clips import Frame


def prefetched(frames: Iterator[Frame], *, depth: int = 4) -> Iterator[Frame]:
    """The same frames, decoded in a thread of their own, up to `depth` of them ahead.

    Args:
      frames: an iterator that nobody else uses.
      depth: frames in memory. Fewer: decoding waits for what is done with them. More: more memory.
    """
    waiting: queue.Queue[Frame | BaseException | None] = queue.Queue(depth)
    ended = threading.Event()

    def put(item: Frame | BaseException | None) -> bool:
        while not ended.is_set():
            with contextlib.suppress(queue.Full):
                waiting.put(item, timeout=0.2)
                return True
        return False

    def decode() -> None:
        try:
            if all(put(frame) for frame in frames):
                put(None)
        except BaseException as error:  # raised again where the frames are taken
            put(error)
        finally:
            close = getattr(frames, "close", None)
            if close is not None:
                close()

    thread = threading.Thread(target=decode, daemon=True)
    thread.start()
    try:
        while (item := waiting.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item
    finally:
        ended.set()
        thread.join()
