"""A signal sets a flag once; another one interrupts; handlers are put back."""

import os
import signal
import threading

import pytest

from emojax.core.interrupts import stoppable


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_asks_and_the_second_interrupts(signum: signal.Signals) -> None:
    before = signal.getsignal(signum)
    with stoppable() as stop:
        assert not stop
        os.kill(os.getpid(), signum)
        assert stop
        assert stop.signum == signum
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signum)
        assert stop.take() == signum
        assert not stop
        os.kill(os.getpid(), signum)
        assert stop.take() == signum
    assert signal.getsignal(signum) == before


def test_other_threads_have_no_signals() -> None:
    seen = []

    def work() -> None:
        with stoppable() as stop:
            seen.append(bool(stop))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [False]
