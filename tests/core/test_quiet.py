"""What libraries print on standard error is dropped for as long as a block runs."""

import os
import threading

import pytest

from emojax.core import quiet


def test_only_the_block_is_silenced(capfd: pytest.CaptureFixture[str]) -> None:
    os.write(2, b"before ")
    with quiet.errors_of_libraries():
        os.write(2, b"within ")
    os.write(2, b"after")
    assert capfd.readouterr().err == "before after"


def test_what_a_block_raises_ends_the_silence(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError, match="damaged"), quiet.errors_of_libraries():
        raise ValueError("damaged")
    os.write(2, b"heard")
    assert capfd.readouterr().err == "heard"


def test_blocks_of_several_threads_end_in_any_order(capfd: pytest.CaptureFixture[str]) -> None:
    inside, leave = threading.Event(), threading.Event()

    def other() -> None:
        with quiet.errors_of_libraries():
            inside.set()
            leave.wait(10)

    thread = threading.Thread(target=other)
    with quiet.errors_of_libraries():
        thread.start()
        assert inside.wait(10)
    os.write(2, b"silenced ")
    leave.set()
    thread.join()
    os.write(2, b"heard")
    assert capfd.readouterr().err == "heard"


def test_no_file_is_left_open() -> None:
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(5):
        with quiet.errors_of_libraries():
            pass
    assert len(os.listdir("/proc/self/fd")) == before
