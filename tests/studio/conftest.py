"""The page, served once for all tests of this folder, and a browser to look at it with."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("gradio")

from studio.support.visit import in_browser

from emojax.studio import server


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One process serves the page: two would load everything twice."""
    for item in items:
        if "studio" in item.path.parts:
            item.add_marker(pytest.mark.xdist_group("studio"))


@pytest.fixture(scope="session")
def engine() -> Any:
    """Everything that the page has loaded."""
    from emojax.studio.engine import Engine

    return Engine()


@pytest.fixture(scope="session")
def work() -> Iterator[Path]:
    """The folder of uploads and files."""
    made = server.work_folder()
    yield made
    shutil.rmtree(made)


@pytest.fixture(scope="session")
def served(engine: Any, work: Path) -> Iterator[Any]:
    """The page at an address of this machine."""
    blocks = server.serve(work, engine=engine)
    yield blocks
    blocks.close()
    # What a closed page still computes must not be in the middle of it when the process ends.
    engine._lock.acquire(timeout=60)


@pytest.fixture
def browser() -> Iterator[Any]:
    """The system's chromium, without a window, whose camera shows a pattern."""
    with in_browser() as started:
        yield started
