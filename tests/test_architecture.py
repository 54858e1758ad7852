"""The layout's rules, read off the import statements."""

import ast
import functools
import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
FILES = sorted([*(ROOT / "emojax").rglob("*.py"), *(ROOT / "configs").glob("*.py")])

# Room -> the rooms it may import besides itself. A room stands for the rooms inside it where these
# are not listed. Rooms are listed so that each imports only rooms above it, so there is no circle.
ROOMS = {
    "core": "",
    "media": "core",
    "models": "",
    "weights": "core models",
    "ports": "core models weights",
    "data": "core media models",
    "evaluation/measures": "core models weights data",
    "avatar/faces": "core media models weights data",
    "avatar/reading": "core media models weights data avatar/faces",
    "avatar/styles": "core media data avatar/reading",
    "avatar/extractors": "core models weights data avatar/reading",
    "avatar/matching": "core media data weights avatar/faces avatar/reading avatar/styles avatar/extractors",
    "avatar/datasets": "core media data weights avatar/faces avatar/reading avatar/styles avatar/extractors",
    "avatar": "core media data avatar/faces avatar/reading avatar/styles avatar/extractors avatar/matching",
    "avatar/motion": "core media data avatar avatar/faces avatar/reading avatar/styles avatar/extractors "
    "avatar/matching",
    "training/devices": "core",
    "training/engine": "core media training/devices",
    "training/augment": "core data",
    "training/gan": "core media models data evaluation/measures training/engine training/augment",
    "training/emoji_parts": "core media models weights data training/engine training/gan",
    "training/parser": "core media models weights data evaluation/measures training/engine training/augment",
    "training/parts": "core models data evaluation/measures training/engine training/augment",
    "training/attributes": "core media models data avatar/faces avatar/reading evaluation/avatar "
    "training/engine",
    "training/features": "core models data avatar/datasets training/engine training/augment",
    "training/text": "core models data training/engine",
    "training/naming": "core models data training/engine training/text",
    "training": "core models weights training/engine training/gan training/emoji_parts "
    "training/parser training/parts training/attributes training/features training/text "
    "training/naming",
    "emoji": "core media models weights data training",
    "evaluation": "core",
    "evaluation/parser": "core data evaluation evaluation/measures",
    "evaluation/gan": "core media data evaluation evaluation/measures",
    "evaluation/emoji_parts": "core media models weights data emoji evaluation evaluation/measures",
    "evaluation/prompts": "core data emoji training/text training/naming evaluation evaluation/emoji_parts",
    "evaluation/avatar": "core media data evaluation evaluation/measures avatar avatar/faces avatar/reading "
    "avatar/styles avatar/extractors avatar/matching avatar/datasets",
    "evaluation/video": "core media data evaluation avatar avatar/motion avatar/matching avatar/styles",
    "benchmark": "core media models data avatar avatar/faces avatar/styles avatar/extractors "
    "avatar/matching training training/devices training/emoji_parts training/gan training/parser",
    "export": "core models weights avatar/faces avatar/reading emoji evaluation/measures",
    "studio": "core media weights data avatar avatar/faces avatar/reading avatar/styles avatar/extractors "
    "avatar/matching avatar/motion emoji",
    "cli": "core media weights data avatar avatar/faces avatar/reading avatar/styles avatar/extractors "
    "avatar/matching avatar/motion emoji benchmark evaluation evaluation/measures evaluation/parser "
    "evaluation/gan evaluation/avatar evaluation/prompts evaluation/video training/devices training/engine "
    "training",
}


@functools.cache
def _imports(path: Path) -> frozenset[str]:
    """The full name of each module, and of each name out of one, that a file imports."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0 or path.parent.name == "configs", f"{path}: relative import"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return frozenset(names)


def _room(place: Path) -> str | None:
    """The innermost room of `ROOMS` that a file or folder of emojax/ is in; None for emojax/ itself."""
    inside = place.relative_to(ROOT / "emojax")
    return next((str(p) for p in (inside, *inside.parents) if str(p) in ROOMS), None)


def _imported_room(name: str) -> str | None:
    place = ROOT.joinpath(*name.split("."))
    while not (place.is_dir() or place.with_suffix(".py").is_file()):
        place = place.parent
    return _room(place if place.is_dir() else place.parent)


def test_rooms_import_only_what_their_line_says() -> None:
    wrong = [
        f"{path.relative_to(ROOT)} imports {name} of the room {imported!r}"
        for path in FILES
        if (room := _room(path.parent) if path.parts[-2] != "configs" else None) is not None
        for name in sorted(_imports(path))
        if name.split(".")[0] == "emojax"
        if (imported := _imported_room(name)) not in (None, room, *ROOMS[room].split())
    ]
    assert not wrong, "\n".join(wrong)


def test_the_table_of_rooms_has_no_circle() -> None:
    def reached(room: str, seen: frozenset[str] = frozenset()) -> frozenset[str]:
        for other in ROOMS[room].split():
            if other not in seen:
                seen = reached(other, seen | {other})
        return seen

    assert not [room for room in ROOMS if room in reached(room)]


def test_no_two_files_import_each_other() -> None:
    modules = {".".join(p.relative_to(ROOT).with_suffix("").parts): p for p in FILES}
    graph = {
        name: {m for m in (*_imports(p), *(n.rpartition(".")[0] for n in _imports(p))) if m in modules}
        for name, p in modules.items()
    }
    done: set[str] = set()

    def visit(name: str, above: tuple[str, ...]) -> None:
        assert name not in above, " -> ".join((*above, name))
        if name not in done:
            for other in graph[name]:
                visit(other, (*above, name))
            done.add(name)

    for name in graph:
        visit(name, ())


def test_every_folder_is_a_room_of_at_most_twelve_modules() -> None:
    for folder in {path.parent for path in FILES} | {p.parent for p in (ROOT / "tests").rglob("*.py")}:
        modules = [p for p in folder.glob("*.py") if p.name != "__init__.py"]
        assert len(modules) <= 12, f"{folder} has {len(modules)} modules"


def test_no_file_is_longer_than_280_lines() -> None:
    for path in [*FILES, *(ROOT / "tests").rglob("*.py")]:
        assert len(path.read_text().splitlines()) <= 280, path


def test_public_functions_take_at_most_five_positional_parameters() -> None:
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                names = [a.arg for a in (*node.args.posonlyargs, *node.args.args)]
                own = [name for name in names if name not in ("self", "cls")]
                assert len(own) <= 5, f"{path}: {node.name} takes {', '.join(own)}"


def test_configurations_import_nothing_of_ours_but_each_other() -> None:
    for path in (ROOT / "configs").glob("*.py"):
        assert not any(name.split(".")[0] == "emojax" for name in _imports(path)), path


def test_only_programs_know_flags() -> None:
    for path in FILES:
        if any(name.split(".")[0] == "argparse" or name.startswith("absl.flags") for name in _imports(path)):
            has_program = '__name__ == "__main__"' in path.read_text() or path.name == "__main__.py"
            # core/runtime.py has the parser that they share.
            assert has_program or "cli" in path.relative_to(ROOT).parts or path.name == "runtime.py", path


def test_only_one_room_knows_devices() -> None:
    pattern = re.compile(r"jax\.(pmap|devices|shard_map|make_mesh|distributed)\b|\bMesh\(")
    inside = [p for p in FILES if {"training", "models", "data", "avatar"} & set(p.relative_to(ROOT).parts)]
    knowing = [p for p in inside if pattern.search(p.read_text())]
    assert {p.parent.relative_to(ROOT).as_posix() for p in knowing} == {"emojax/training/devices"}
