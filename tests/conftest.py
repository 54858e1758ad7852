"""Fixtures that several test files share."""

import atexit
import gc
import importlib.metadata
import os
import shutil
import tempfile
from pathlib import Path

# Before JAX starts. The workers of pytest-xdist are given this environment by the process that
# starts them, and so share its cache.
if "PYTEST_XDIST_WORKER" not in os.environ:
    # Eight devices on one CPU, and no optimiser passes, because the suite compiles far longer
    # than it computes.
    flags = ["--xla_force_host_platform_device_count=8", "--xla_backend_optimization_level=0"]
    if importlib.metadata.version("jaxlib").startswith("0.10."):
        # Its older emitters take half the time to compile; later versions have the newer ones alone.
        flags.append("--xla_cpu_use_fusion_emitters=false")
    os.environ["XLA_FLAGS"] = " ".join([os.environ.get("XLA_FLAGS", ""), *flags])

    # What one test has compiled, the next one and the programs they start find here. What
    # fixtures of modules prepare before any test has a cache of its own goes there, too.
    os.environ["EMOJAX_CACHE"] = tempfile.mkdtemp(prefix="emojax-tests-")
    os.environ["JAX_COMPILATION_CACHE_DIR"] = os.path.join(os.environ["EMOJAX_CACHE"], "xla")
    os.environ["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0.2"
    atexit.register(shutil.rmtree, os.environ["EMOJAX_CACHE"], ignore_errors=True)

_SHARED_CACHE = os.environ["EMOJAX_CACHE"]

# Traces leave next to no garbage, and looking for it takes longer the more tests have run.
gc.set_threshold(300_000)

import hypothesis  # noqa: E402
import pytest  # noqa: E402
from support import openmoji_folder as openmoji  # noqa: E402
from support import shards  # noqa: E402

_ROOT = Path(__file__).parent.parent

# The same examples in each run, on machines of any speed.
hypothesis.settings.register_profile("suite", derandomize=True, database=None, deadline=None, max_examples=60)
hypothesis.settings.load_profile("suite")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--shard",
        metavar="K/N",
        type=shards.parse,
        help="collect the K-th of N parts of the test files alone; a file's part depends on its name only",
    )


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    shard = config.getoption("--shard")
    if shard is None or not collection_path.is_file():
        return None
    return True if shards.leaves_out(shard, collection_path.relative_to(_ROOT).as_posix()) else None


@pytest.fixture
def openmoji_folder(tmp_path: Path) -> Path:
    """A small OpenMoji folder of our own drawings, to be altered at will."""
    return openmoji.write(tmp_path / "openmoji")


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMOJAX_CACHE", str(tmp_path_factory.mktemp("cache")))


@pytest.fixture
def shared_cache(_own_cache: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """In place of a cache of its own: for tests whose subject is not what is cached."""
    monkeypatch.setenv("EMOJAX_CACHE", _SHARED_CACHE)
