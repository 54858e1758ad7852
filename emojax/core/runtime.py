"""Set-up and end of every program: memory, compilation cache, command line, errors, exit codes."""

import argparse
import contextlib
import ctypes
import errno
import gc
import glob
import inspect
import io
import os
import re
import sys
import threading
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NoReturn, TypeVar

from emojax.core import paths
from emojax.core.errors import Interrupted, UserError
from emojax.core.extras import missing_extra
from emojax.core.files import cache_dir

MAX_SEED: Final = 2**32 - 1
"""Random keys are made from 32 bits: a larger seed would be another name of a smaller one."""

_CACHE_WARNING: Final = re.compile(r"Error \w+ persistent compilation cache entry for '([^']+)'")

_T = TypeVar("_T")
_GC_THRESHOLD = 300_000
_M_TRIM_THRESHOLD, _M_MMAP_MAX, _M_ARENA_MAX = -1, -4, -8  # from <malloc.h>


class OneLineParser(argparse.ArgumentParser):
    """An argument parser that raises `UserError` instead of printing its usage and exiting."""

    def error(self, message: str) -> NoReturn:
        raise UserError(f"{message}; --help lists the flags")


def whole_number(low: int, high: int) -> Callable[[str], int]:
    """A type for argparse: whole numbers from `low` to `high`."""

    def parse_number(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text!r} is no whole number") from None
        if not low <= number <= high:
            raise argparse.ArgumentTypeError(f"{number} is not between {low} and {high}")
        return number

    return parse_number


positive = whole_number(1, 999_999)
any_seed = whole_number(0, MAX_SEED)


def share(text: str) -> float:
    """A type for argparse: a number from 0 to 1."""
    try:
        number = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no number") from None
    if not 0 <= number <= 1:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and 1")
    return number


def _typed(parse: Callable[[str], _T]) -> Callable[[str], _T]:
    """`parse` as a type for argparse, whose errors name the flag."""

    def parse_text(text: str) -> _T:
        try:
            return parse(text)
        except UserError as error:
            raise argparse.ArgumentTypeError(str(error)) from error

    return parse_text


local_path = _typed(paths.local)
"""A type for argparse: see `paths.local`. Every flag that takes a path has it, or `name_or_path`."""

name_or_path = _typed(paths.name_or_local)
"""A type for argparse: see `paths.name_or_local`."""


def run_program(main: Callable[[], Any]) -> None:
    """Runs `main` and exits: with 0 when done, 2 for a `UserError` or what the system refuses, 128 + n after
    signal n."""
    print_anything()
    configure()
    silence_threads()
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
    except BrokenPipeError:  # the reader of standard output has ended, as in `... | head`
        os._exit(0)
    except OSError as error:
        if error.strerror is None:  # not of the operating system
            raise
        _exit(2, _of_system(error))


def print_anything() -> None:
    """Has standard output and error print escapes for what their encoding lacks.

    Names of files may hold any character, and bytes that are no characters; terminals and logs may be of any
    encoding (``PYTHONIOENCODING``, ``LC_ALL``).
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _of_system(error: OSError) -> UserError:
    name = os.fsdecode(error.filename) if isinstance(error.filename, str | bytes) else "a file"
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EACCES, errno.EROFS):
        return UserError(f"cannot write {name}: {error.strerror}; free space, or change permissions")
    return UserError(f"cannot read or write {name}: {error.strerror}; check that path, or choose another")


def silence_threads() -> None:
    """Keeps libraries from printing tracebacks of errors that are raised to the main thread, too.

    A checkpoint that cannot be read or written is such an error: Orbax fails in threads and coroutines, all
    but one of which have nobody to tell.
    """
    unraisable = _main_thread_only(sys.unraisablehook)

    def unraisable_but_coroutines(error: Any) -> None:
        if not inspect.iscoroutine(error.object):
            unraisable(error)

    sys.excepthook = _main_thread_only(sys.excepthook)
    sys.unraisablehook = unraisable_but_coroutines
    threading.excepthook = _main_thread_only(threading.excepthook)


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
    # Without the interpreter's shutdown, which would wait for failed writes and report them again.
    os._exit(code)


def configure() -> None:
    """Sets up this process: allocator, garbage collector, logging, and the cache of compiled programs."""
    keep_freed_memory()
    # Imports and traces create hundreds of thousands of objects, and nearly all of them stay. With its
    # defaults Python searches them for garbage 500 times: a tenth of the time to the first step.
    gc.set_threshold(_GC_THRESHOLD)
    import absl.logging
    import jax

    # Libraries log errors that they also raise, and those are printed.
    absl.logging.set_verbosity(absl.logging.FATAL)
    if jax.config.jax_compilation_cache_dir is None:  # type: ignore[attr-defined]
        with contextlib.suppress(OSError):
            folder = cache_dir() / "xla"
            folder.mkdir(parents=True, exist_ok=True)
            jax.config.update("jax_compilation_cache_dir", str(folder))
            jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.2)
            remove_damaged_programs(folder)


def remove_damaged_programs(folder: Path) -> None:
    """Has entries of JAX's compilation cache deleted that JAX warns of, instead of the warning being shown.

    JAX compiles the program anew and stores it, but not over a damaged entry, of which it would warn at every
    start for ever.
    """
    show = warnings.showwarning

    def mend(message: Warning | str, *args: Any, **kwargs: Any) -> None:
        found = _CACHE_WARNING.match(str(message))
        if found is None:
            show(message, *args, **kwargs)
            return
        with contextlib.suppress(OSError):
            for path in folder.glob(f"{glob.escape(found[1])}-*"):
                path.unlink()

    warnings.showwarning = mend


def keep_freed_memory() -> None:
    """Makes the allocator of this process reuse freed memory instead of returning it to the system.

    XLA on CPU allocates its buffers anew in each step. glibc by default returns blocks of such sizes to
    the system and gets them back page by page, zeroed, which takes longer than the arithmetic of a DCGAN
    step.
    """
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):  # another libc, where this only makes it slower
            libc = ctypes.CDLL(None)
            libc.mallopt(_M_MMAP_MAX, 0)
            libc.mallopt(_M_TRIM_THRESHOLD, 2**31 - 1)
            libc.mallopt(_M_ARENA_MAX, 1)
