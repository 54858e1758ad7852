"""``python -m emojax.studio`` as a program: what it prints, its exit codes, and what it leaves behind."""

import functools
import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest


@pytest.fixture
def environment(shared_cache: None, tmp_path: Path) -> dict[str, str]:
    """Temporary files of the program lie in `tmp_path`."""
    return {**os.environ, "TMPDIR": str(tmp_path)}


def start(environment: dict[str, str], *flags: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "emojax.studio", "--no_browser", *flags]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    # A shell that runs the tests in the background has its children ignore interrupts.
    heed = functools.partial(signal.signal, signal.SIGINT, signal.default_int_handler)
    return subprocess.Popen(command, env=environment, text=True, preexec_fn=heed, **pipes)


def test_the_interface_is_printed(environment: dict[str, str], tmp_path: Path) -> None:
    program = start(environment, "--api")
    out, _ = program.communicate(timeout=120)
    assert program.returncode == 0
    assert json.loads(out)["info"]["title"] == "emojax"
    assert list(tmp_path.glob("emojax-studio-*")) == []


def test_a_port_that_is_taken_is_named(environment: dict[str, str], tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        program = start(environment, "--port", str(port))
        _, errors = program.communicate(timeout=120)
    assert program.returncode == 2
    assert f"emojax: --port {port}: cannot be opened" in errors
    assert list(tmp_path.glob("emojax-studio-*")) == []


def test_it_serves_until_it_is_interrupted(environment: dict[str, str], tmp_path: Path) -> None:
    program = start(environment)
    assert program.stdout is not None
    said = program.stdout.readline()
    address = said.split()[3]
    with urllib.request.urlopen(address, timeout=60) as answer:
        assert answer.status == 200
    program.send_signal(signal.SIGINT)
    program.communicate(timeout=120)
    assert program.returncode == 130
    assert list(tmp_path.glob("emojax-studio-*")) == []
