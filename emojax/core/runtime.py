"""What every emojax program does around its work: memory, compilation cache, errors, exit codes."""

import argparse
import contextlib
import ctypes
import errno
import gc
import os
import sys
import threading
from collections.abc import Callable
from typing import Any, NoReturn

from emojax.core.errors import Interrupted, UserError
from emojax.core.extras import missing_extra
from emojax.core.files import cache_dir

_GC_THRESHOLD = 300_000
_M_TRIM_THRESHOLD, _M_MMAP_MAX, _M_ARENA_MAX = -1, -4, -8  # from <malloc.h>


class OneLineParser(argparse.ArgumentParser):
    """An argument parser whose refusals are a `UserError` like all others."""

    def error(self, message: str) -> NoReturn:
        raise UserError(f"{message}; --help lists the flags")


def positive(text: str) -> int:
    """A flag's whole number above 0, for argparse."""
    if not text.isdecimal() or not 0 < int(text) < 10**6:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number above 0")
    return int(text)


def run_program(main: Callable[[], Any]) -> None:
    """Runs `main` and exits: 0 done, 2 the caller's mistake, 128 + n stopped by signal n."""
    configure()
    # A failed write is raised to `main`, which tells it in a line; the threads that it
    # failed in would each add a traceback.
    sys.excepthook = _main_thread_only(sys.excepthook)
    sys.unraisablehook = _main_thread_only(sys.unraisablehook)
    threading.excepthook = _main_thread_only(threading.excepthook)
    try:
        main()
    except UserError as error:
        _exit(2, error)
    except Interrupted as stopped:
        _exit(128 + stopped.signum, stopped)
    except KeyboardInterrupt:
        _exit(130)
    except ModuleNotFoundError as error:
        missing = missing_extra(error)
        if missing is None:
            raise
        _exit(2, missing)
    except BrokenPipeError:  # whoever read our output has gone
        os._exit(0)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EACCES, errno.EROFS):
            raise
        _exit(
            2, UserError(f"cannot write {error.filename or 'a file'}: {error.strerror}; make room or rights")
        )


def _main_thread_only(hook: Callable[..., Any]) -> Callable[..., Any]:
    def filtered(*args: Any) -> None:
        if threading.current_thread() is threading.main_thread():
            hook(*args)

    return filtered


def _exit(code: int, reason: Exception | None = None) -> NoReturn:
    if reason is not None:
        print(f"emojax: {reason}", file=sys.stderr)
    sys.stdout.flush()
    sys.stderr.flush()
    # At once: an orderly shutdown would wait for, and hear again from, writes that failed.
    os._exit(code)


def configure() -> None:
    """Sets up this process: freed memory is kept, compiled programs are cached on disk."""
    keep_freed_memory()
    # Imports and traces make hundreds of thousands of objects, nearly all to stay. Python by itself
    # searches them for garbage 500 times, which takes a tenth of the time to a first step.
    gc.set_threshold(_GC_THRESHOLD)
    import absl.logging
    import jax

    # Libraries log what they also raise, and we tell what is raised.
    absl.logging.set_verbosity(absl.logging.FATAL)
    if jax.config.jax_compilation_cache_dir is None:  # type: ignore[attr-defined]
        with contextlib.suppress(OSError):
            folder = cache_dir() / "xla"
            folder.mkdir(parents=True, exist_ok=True)
            jax.config.update("jax_compilation_cache_dir", str(folder))
            jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.2)


def keep_freed_memory() -> None:
    """Has this process's allocator keep what is freed instead of giving it back to the system.

    XLA on CPU allocates a step's buffers anew each step. glibc returns blocks of that
    size to the system at once and gets them back page by page, zeroed, which costs more
    than the arithmetic of a DCGAN step; kept blocks cost nothing.
    """
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):  # another libc: only slower
            libc = ctypes.CDLL(None)
            libc.mallopt(_M_MMAP_MAX, 0)
            libc.mallopt(_M_TRIM_THRESHOLD, 2**31 - 1)
            libc.mallopt(_M_ARENA_MAX, 1)
