"""Fixtures that several test files share."""

import argparse
import atexit
import colorsys
import gc
import importlib.metadata
import json
import os
import shutil
import tempfile
import zlib
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

import pytest  # noqa: E402

_ROOT = Path(__file__).parent.parent


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--shard",
        metavar="K/N",
        type=_shard,
        help="collect the K-th of N parts of the test files alone; a file's part depends on its name only",
    )


def _shard(text: str) -> tuple[int, int]:
    part, _, parts = text.partition("/")
    if not (part.isdecimal() and parts.isdecimal() and 1 <= int(part) <= int(parts)):
        raise argparse.ArgumentTypeError(f"{text!r} is no part such as 1/3")
    return int(part), int(parts)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    shard = config.getoption("--shard")
    if shard is None or not collection_path.is_file():
        return None
    part, parts = shard
    name = collection_path.relative_to(_ROOT).as_posix()
    return True if zlib.crc32(name.encode()) % parts != part - 1 else None


_FACES = {
    "1F600": ("face-smiling", "grinning face"),
    "1F603": ("face-smiling", "grinning face with big eyes"),
    "1F642": ("face-smiling", "slightly smiling face"),
    "1F609": ("face-smiling", "winking face"),
    "1F618": ("face-affection", "face blowing a kiss"),
    "1F60B": ("face-tongue", "face savoring food"),
    "1F917": ("face-hand", "smiling face with open hands"),
    "1F610": ("face-neutral-skeptical", "neutral face"),
    "1F634": ("face-sleepy", "sleeping face"),
    "1F622": ("face-concerned", "crying face"),
    "1F631": ("face-concerned", "face screaming in fear"),
    "1F620": ("face-negative", "angry face"),
}
_OTHERS = {
    "1F480": ("face-negative", "skull"),
    "1F916": ("face-costume", "robot"),
    "1F431": ("cat-face", "cat face"),
}


def _drawing(color: str, mouth: float) -> str:
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 72 72">'
        f'<circle cx="36" cy="36" r="27" fill="{color}"/>'
        '<circle cx="27" cy="29" r="3.5"/><circle cx="45" cy="29" r="3.5"/>'
        f'<path d="M22 {46 - mouth / 2}q14 {2 * mouth} 28 0" fill="none" stroke="#000" stroke-width="3"/>'
        "</svg>"
    )


def write_openmoji_folder(folder: Path) -> Path:
    """Fills ``folder`` like the OpenMoji package: 12 smileys, a skull, a robot and a cat."""
    (folder / "color" / "svg").mkdir(parents=True)
    (folder / "data").mkdir()
    rows = []
    for index, (hexcode, (subgroup, annotation)) in enumerate((_FACES | _OTHERS).items()):
        red, green, blue = (round(255 * x) for x in colorsys.hsv_to_rgb(index / 15, 0.8, 1.0))
        drawing = _drawing(f"#{red:02x}{green:02x}{blue:02x}", mouth=8 - 1.3 * index)
        (folder / "color" / "svg" / f"{hexcode}.svg").write_text(drawing)
        rows.append(
            {
                "emoji": chr(int(hexcode, 16)),
                "hexcode": hexcode,
                "group": "smileys-emotion",
                "subgroups": subgroup,
                "annotation": annotation,
                "tags": "face, own drawing",
                "openmoji_tags": "face, test",
                "skintone": "",
                "order": index + 1,
            }
        )
    (folder / "data" / "openmoji.json").write_text(json.dumps(rows))
    return folder


@pytest.fixture
def openmoji_folder(tmp_path: Path) -> Path:
    """A small OpenMoji folder of our own drawings, to be altered at will."""
    return write_openmoji_folder(tmp_path / "openmoji")


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMOJAX_CACHE", str(tmp_path_factory.mktemp("cache")))


@pytest.fixture
def shared_cache(_own_cache: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """In place of a cache of its own: for tests whose subject is not what is cached."""
    monkeypatch.setenv("EMOJAX_CACHE", _SHARED_CACHE)
