"""The layout's rules, read off the import statements."""

import ast
import importlib.metadata
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FILES = sorted([*(ROOT / "emojax").rglob("*.py"), *(ROOT / "configs").glob("*.py")])

# Package -> what of ours it may import. Single files at the top of emojax/ without an
# entry of their own (errors, files, image, ...) are tools that anyone may use.
TOOLS = {"errors", "files", "image", "grids", "labels", "video", "svg", "svg_cost", "weights"}
ALLOWED = {
    "models": {"models"},
    "data": TOOLS | {"data"},
    "ports": TOOLS | {"ports", "models", "runtime"},
    "training": TOOLS | {"training", "models", "data", "evaluation", "runtime"},
    "avatar": TOOLS | {"avatar", "models", "data", "runtime"},
    "evaluation": TOOLS | {"evaluation", "avatar", "models", "data", "runtime"},
    "peers": {"peers"},
    "benchmark": TOOLS | {"benchmark", "models", "training", "avatar", "peers", "runtime"},
    "weights": {"errors", "files", "weights", "models"},
}
# "never each other's insides": the doors through which a sibling may be entered.
DOORS = {
    ("training", "evaluation"): {
        "emojax.evaluation",
        "emojax.evaluation.segmentation",
        "emojax.evaluation.gan_progress",
        "emojax.evaluation.drawn_avatars",
    }
}


def _imports(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            names |= {node.module or ""} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_dependencies_run_one_way(path: Path) -> None:
    parts = path.relative_to(ROOT).parts
    ours = {name for name in _imports(path) if name.split(".")[0] in ("emojax", "configs", "train", "infer")}
    if parts[0] == "configs":
        assert not ours, "configurations are plain data"
        return
    assert not any(name.split(".")[0] != "emojax" for name in ours)
    if len(parts) < 3:
        return
    for name in ours:
        package = [*name.split("."), ""][1]
        modules = {p.stem for p in (ROOT / "emojax").iterdir() if not p.name.startswith("__")}
        if package not in modules:
            continue  # `from emojax import x` names x again in full
        if parts[1] == "cli":
            continue
        assert package in ALLOWED[parts[1]], f"{path} imports {name}"
        doors = DOORS.get((parts[1], package))
        assert doors is None or name in doors, f"{path} enters {name}"


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_only_programs_know_flags(path: Path) -> None:
    parts = path.relative_to(ROOT).parts
    has_program = "__main__" in path.read_text() or path.name == "__main__.py"
    if "argparse" in _imports(path) or any(n.startswith("absl.flags") for n in _imports(path)):
        # runtime has the parser that they share.
        assert has_program or parts[1] in ("cli", "runtime.py")


def test_only_one_file_knows_devices() -> None:
    pattern = re.compile(r"jax\.(pmap|devices|shard_map|make_mesh|distributed)\b|\bMesh\(")
    inside = [p for p in FILES if p.parts[-2] in ("training", "models", "data", "avatar")]
    assert [p.name for p in inside if pattern.search(p.read_text())] == ["parallel.py"]


def test_every_requirement_is_bounded_and_imported() -> None:
    distributions = importlib.metadata.packages_distributions()
    imported = {name.split(".")[0] for path in FILES for name in _imports(path)}
    indirect = {
        "importlib_resources": "tensorflow-datasets imports it without declaring it",
        "array_record": "the format tensorflow-datasets writes",
        "flatbuffers": "jax.export writes with it without declaring it",
        "jaxlib": "",
        "matplotlib": "a file in its package is read",
    }
    for line in (ROOT / "requirements.txt").read_text().splitlines():
        requirement = line.split("#")[0].strip()
        if not requirement:
            continue
        name = re.split(r"[<>=~!;\[ ]", requirement)[0]
        assert ">=" in requirement, f"{requirement} has no lower bound"
        assert re.search(r"<(?!=)|==", requirement), f"{requirement} has no upper bound"
        if name in indirect:
            continue
        normal = re.sub(r"[-_.]+", "-", name).lower()
        modules = {
            module
            for module, owners in distributions.items()
            if normal in {re.sub(r"[-_.]+", "-", owner).lower() for owner in owners}
        }
        assert modules & imported, f"{name} is required but never imported"
