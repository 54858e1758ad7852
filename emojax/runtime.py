"""What every emojax program does around its work: memory, compilation cache, errors, exit codes."""

import contextlib
import ctypes
import errno
import os
import sys
from collections.abc import Callable
from typing import Any

from emojax.errors import UserError
from emojax.files import cache_dir

_M_TRIM_THRESHOLD, _M_MMAP_MAX, _M_ARENA_MAX = -1, -4, -8  # from <malloc.h>


def run_program(main: Callable[[], Any]) -> None:
    """Runs `main` and exits: 0 done, 2 the caller's mistake, 128 + n stopped by signal n."""
    from emojax.training.loop import Interrupted

    configure()
    try:
        main()
    except UserError as error:
        sys.exit(_say(error))
    except Interrupted as stopped:
        _say(stopped)
        sys.exit(128 + stopped.signum)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:  # whoever read our output has gone
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EACCES, errno.EROFS):
            raise
        sys.exit(_say(UserError(f"cannot write {error.filename or ''}: {error.strerror}")))


def configure() -> None:
    """Sets up this process: freed memory is kept, compiled programs are cached on disk.

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
    import jax

    if jax.config.jax_compilation_cache_dir is None:
        with contextlib.suppress(OSError):
            folder = cache_dir() / "xla"
            folder.mkdir(parents=True, exist_ok=True)
            jax.config.update("jax_compilation_cache_dir", str(folder))
            jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.2)


def _say(error: Exception) -> int:
    print(f"emojax: {error}", file=sys.stderr)
    return 2
