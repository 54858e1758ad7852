"""Each dependency is declared once, bounded, imported, and in the extra of the story that needs it."""

import ast
import functools
import importlib.metadata
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from emojax.core.errors import UserError
from emojax.core.extras import EXTRAS, missing_extra

ROOT = Path(__file__).parent.parent
FILES = {path.stem: path for path in (ROOT / "requirements").glob("*.txt")} | {
    "test": ROOT / "requirements-test.txt"
}
_NEVER_IMPORTED = {"importlib-resources", "array-record", "flatbuffers"}
"""What a dependency of ours imports without declaring it."""


def read(path: Path) -> list[Requirement]:
    """The requirements that a file states itself."""
    lines = (line.partition("#")[0].strip() for line in path.read_text().splitlines())
    return [Requirement(line) for line in lines if line and not line.startswith("-r ")]


@functools.cache
def owners() -> dict[str, set[str]]:
    """The installed distributions that have a top-level module, by its name."""
    # dlib-bin's own list of modules leaves out its package.
    found = {**importlib.metadata.packages_distributions(), "dlib": ["dlib-bin"]}
    return {module: set(map(canonicalize_name, names)) for module, names in found.items()}


def modules_of(requirement: Requirement) -> set[str]:
    """The top-level modules of a distribution."""
    return {module for module, names in owners().items() if canonicalize_name(requirement.name) in names}


@functools.cache
def imported_modules() -> frozenset[str]:
    """The top-level modules that the package and its recipes import."""
    names: list[str] = []
    for path in [*(ROOT / "emojax").rglob("*.py"), *(ROOT / "configs").glob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                names += [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names.append(str(node.module))
    return frozenset(name.partition(".")[0] for name in names)


@pytest.mark.parametrize("path", FILES.values(), ids=FILES)
def test_every_requirement_is_bounded_on_both_sides(path: Path) -> None:
    assert read(path)
    for requirement in read(path):
        operators = {specifier.operator for specifier in requirement.specifier}
        assert operators in ({">=", "<"}, {"=="}), requirement


def test_nothing_is_required_twice() -> None:
    names = [canonicalize_name(r.name) for path in FILES.values() for r in read(path)]
    assert sorted(names) == sorted(set(names))


def test_the_readmes_file_installs_all_but_the_tests() -> None:
    assert read(ROOT / "requirements.txt") == []
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    included = {ROOT / line.removeprefix("-r ") for line in lines if line.startswith("-r ")}
    assert included == set(FILES.values()) - {FILES["test"]}


def test_the_wheel_is_built_with_the_setuptools_that_the_tests_install() -> None:
    stated = tomllib.loads((ROOT / "pyproject.toml").read_text())["build-system"]["requires"]
    assert [str(r) for r in read(FILES["test"]) if r.name == "setuptools"] == [
        str(Requirement(line)) for line in stated
    ]


@pytest.mark.parametrize("name", sorted(FILES.keys() - {"test"}))
def test_what_is_required_is_imported(name: str) -> None:
    for requirement in read(FILES[name]):
        if canonicalize_name(requirement.name) not in _NEVER_IMPORTED:
            assert modules_of(requirement) & imported_modules(), requirement


def test_what_is_imported_is_required() -> None:
    required = {module for path in FILES.values() for r in read(path) for module in modules_of(r)}
    foreign = imported_modules() & owners().keys()
    # Readable photos become more where this one is installed.
    assert foreign - required <= {"pillow_heif", "emojax"}


def test_extras_have_the_modules_of_their_files() -> None:
    assert set(EXTRAS) == FILES.keys() - {"test", "base"}
    for extra, modules in EXTRAS.items():
        distributions = {canonicalize_name(r.name) for r in read(FILES[extra])}
        assert set().union(*(owners()[module] for module in modules)) == distributions


@pytest.mark.parametrize(
    ("module", "extra"), [("av.container", "video"), ("orbax.checkpoint", "train"), ("sklearn", "evaluate")]
)
def test_a_missing_extra_is_named(module: str, extra: str) -> None:
    found = missing_extra(ModuleNotFoundError(f"No module named {module!r}", name=module))
    assert isinstance(found, UserError)
    assert f'"emojax[{extra}]"' in str(found)
    assert str(found).startswith(f"{module.partition('.')[0]} is not installed")


@pytest.mark.parametrize("name", ["emojax.no_such_module", "sklearnish", None])
def test_other_missing_modules_are_bugs(name: str | None) -> None:
    assert missing_extra(ModuleNotFoundError("No such module", name=name)) is None


# The lock file


PYTHONS = ("3.11", "3.13")
"""The versions that CI installs from it."""


def pinned(python: str) -> dict[str, str]:
    """Version by name of what ``constraints.txt`` holds a Python on Linux to."""
    environment = {"python_version": python, "python_full_version": f"{python}.0", "sys_platform": "linux"}
    lines = [r for r in read(ROOT / "constraints.txt") if not r.marker or r.marker.evaluate(environment)]
    names = [canonicalize_name(r.name) for r in lines]
    assert sorted(names) == sorted(set(names))
    (operators,) = {tuple(s.operator for s in r.specifier) for r in lines}
    assert operators == ("==",)
    return {name: next(iter(r.specifier)).version for name, r in zip(names, lines, strict=True)}


@pytest.mark.parametrize("python", PYTHONS)
def test_the_lock_file_pins_every_requirement_within_its_bounds(python: str) -> None:
    versions = pinned(python)
    for requirement in [r for path in FILES.values() for r in read(path)]:
        if not requirement.marker or requirement.marker.evaluate({"python_version": python}):
            assert requirement.specifier.contains(versions[canonicalize_name(requirement.name)]), requirement


def test_the_lock_file_has_a_jax_for_each_python() -> None:
    assert [pinned(python)["jax"].split(".")[:2] for python in PYTHONS] == [["0", "10"], ["0", "11"]]


def test_the_lock_file_names_no_host() -> None:
    assert "://" not in (ROOT / "constraints.txt").read_text()
