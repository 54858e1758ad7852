"""Programs end with one line and a code, whatever goes wrong, and without waiting for threads."""

import argparse
import os
import subprocess
import sys
import threading
import types
import warnings
from pathlib import Path
from typing import Any

import pytest

from emojax.core import runtime
from emojax.core.errors import UserError
from emojax.core.runtime import OneLineParser, positive, whole_number

ROOT = Path(__file__).parents[2]


def _run(body: str, *, text: bool = True) -> subprocess.CompletedProcess[Any]:
    """A program whose `main` has `body`."""
    lines = "\n".join(f"    {line}" for line in body.splitlines())
    program = (
        "import errno, os, sys, threading, signal\n"
        "from emojax.core.errors import Interrupted, UserError\n"
        "from emojax.core import runtime\n"
        "runtime.configure = lambda: None\n"  # which imports JAX, and has a test of its own
        f"def main():\n{lines}\n"
        "runtime.run_program(main)\n"
        "print('returned')\n"
    )
    # With a buffered standard output, as outside a terminal: what was printed must not be lost.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    command = [sys.executable, "-c", program]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=text)


@pytest.mark.parametrize(
    ("body", "code", "stderr"),
    [
        ("raise UserError('a.png: is\\nnot there')", 2, "emojax: a.png: is not there\n"),
        ("raise Interrupted(15, 'step 3 is saved')", 143, "emojax: SIGTERM: step 3 is saved\n"),
        ("raise KeyboardInterrupt", 130, ""),
        ("raise BrokenPipeError", 0, ""),
        (
            "raise OSError(errno.ENOSPC, 'No space left on device', '/full/a.png')",
            2,
            "emojax: cannot write /full/a.png: No space left on device; free space, or change permissions\n",
        ),
        (
            "raise OSError(errno.EACCES, 'Permission denied')",
            2,
            "emojax: cannot write a file: Permission denied; free space, or change permissions\n",
        ),
        (
            "open('/dev/null/x')",
            2,
            "emojax: cannot read or write /dev/null/x: Not a directory; check that path, or choose another\n",
        ),
        ("raise ModuleNotFoundError('No module', name='optax.sub')", 2, "optax is not installed"),
    ],
    ids=[
        "user error",
        "interrupted",
        "ctrl-c",
        "closed pipe",
        "full disk",
        "no rights",
        "no folder",
        "missing extra",
    ],
)
def test_errors_of_users_and_systems_are_one_line_and_a_code(body: str, code: int, stderr: str) -> None:
    done = _run(f"print('before')\n{body}")
    assert done.returncode == code
    assert stderr in done.stderr
    assert done.stderr.count("\n") == bool(stderr)
    assert done.stdout == ("" if code == 0 else "before\n")


@pytest.mark.parametrize(
    "body", ["raise OSError('of a library')", "raise ZeroDivisionError", "import nosuchmodule"]
)
def test_errors_of_ours_keep_their_traceback(body: str) -> None:
    done = _run(body)
    assert done.returncode == 1
    assert "Traceback" in done.stderr


def test_a_thread_that_fails_adds_no_traceback_and_one_that_hangs_is_not_waited_for() -> None:
    done = _run(
        "failing = threading.Thread(target=lambda: 1 / 0)\n"
        "failing.start()\n"
        "failing.join()\n"
        "threading.Thread(target=threading.Event().wait).start()\n"
        "raise UserError('over')"
    )
    assert (done.returncode, done.stderr) == (2, "emojax: over\n")


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "latin-1:strict", "utf-8", "utf-16", "koi8-r"])
def test_any_name_is_printed_in_any_encoding(encoding: str) -> None:
    names = "\\u043f\\u043e\\u0440 \\U0001f600 \\udcff caf\\u00e9"
    body = f"print('{names}')\nraise UserError('{names}')"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONIOENCODING", encoding)
        done = _run(body, text=False)
    assert done.returncode == 2
    codec = encoding.partition(":")[0]
    for printed in (done.stdout, done.stderr):
        text = printed.decode(codec)
        assert "\\udcff" in text
        assert "caf" in text
        assert len(text.splitlines()) == 1


def test_a_program_that_is_done_returns() -> None:
    done = _run("print('before')")
    assert (done.returncode, done.stdout, done.stderr) == (0, "before\nreturned\n", "")


def test_compiled_programs_are_cached_unless_the_user_has_a_cache(tmp_path: Path) -> None:
    program = (
        "import os, sys\n"
        "os.environ['EMOJAX_CACHE'] = sys.argv[1]\n"
        "import jax\n"
        "from emojax.core import runtime\n"
        "runtime.configure()\n"
        "import gc\n"
        "print(jax.config.jax_compilation_cache_dir, gc.get_threshold()[0] > 100_000)\n"
    )

    def cache(**environment: str) -> list[str]:
        command = [sys.executable, "-c", program, tmp_path]
        return subprocess.check_output(command, cwd=ROOT, env=environment, text=True).split()

    assert cache() == [str(tmp_path / "xla"), "True"]
    assert (tmp_path / "xla").is_dir()
    assert cache(JAX_COMPILATION_CACHE_DIR="/their/own") == ["/their/own", "True"]


def test_a_parsers_error_is_a_users_error() -> None:
    parser = OneLineParser()
    parser.add_argument("--n", type=positive)
    with pytest.raises(
        UserError, match="^argument --n: 0 is not between 1 and 999999; --help lists the flags$"
    ):
        parser.parse_args(["--n", "0"])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x", "'x' is no whole number"),
        ("2.5", "no whole number"),
        ("9" * 5000, "no whole number"),
        ("1", "1 is not between 2 and 5"),
        ("6", "6 is not between 2 and 5"),
    ],
)
def test_whole_numbers_are_bounded(text: str, message: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match=message):
        whole_number(2, 5)(text)


def test_whole_numbers_include_both_ends() -> None:
    assert [whole_number(2, 5)(text) for text in ("2", "5")] == [2, 5]
    assert [positive(text) for text in ("1", "999999")] == [1, 999_999]


def test_damaged_programs_are_removed_from_the_cache_without_a_warning(tmp_path: Path) -> None:
    for name in ("jit_step-ab-cache", "jit_step-cd-atime", "jit_step_2-ab-cache"):
        (tmp_path / name).write_bytes(b"damaged")
    shown: list[str] = []
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.showwarning = lambda message, *args, **kwargs: shown.append(str(message))
        runtime.remove_damaged_programs(tmp_path)
        warnings.warn("Error reading persistent compilation cache entry for 'jit_step': x: y", stacklevel=1)
        warnings.warn("another", stacklevel=1)
    assert shown == ["another"]
    assert [path.name for path in tmp_path.iterdir()] == ["jit_step_2-ab-cache"]


def test_what_threads_and_coroutines_of_libraries_leave_is_not_printed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shown: list[str] = []
    for module, name in ((sys, "excepthook"), (sys, "unraisablehook"), (threading, "excepthook")):
        monkeypatch.setattr(module, name, lambda *args, name=name: shown.append(name))
    runtime.silence_threads()

    async def work() -> None:
        pass

    def report() -> None:
        sys.excepthook(ValueError, ValueError(), None)
        sys.unraisablehook(types.SimpleNamespace(object=None))  # type: ignore[arg-type]
        threading.excepthook(types.SimpleNamespace())  # type: ignore[arg-type]

    thread = threading.Thread(target=report)
    thread.start()
    thread.join()
    left = work()
    sys.unraisablehook(types.SimpleNamespace(object=left))  # type: ignore[arg-type]
    left.close()
    assert shown == []
    report()
    assert shown == ["excepthook", "unraisablehook", "excepthook"]
