"""Mutation testing: changes one thing in a module, runs its tests, and counts the changes they notice.

    python tests/mutation.py --count 150 --seed 0
    python tests/mutation.py --only losses checkpoints --count 40
    python tests/mutation.py --part 1/2 & python tests/mutation.py --part 2/2

Works on a copy of the checkout in a temporary folder. Each mutant runs in a fork of a process that has
imported the libraries already, so most take a second.
"""

import argparse
import ast
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple, TypeGuard

from support import shards

ROOT: Final = Path(__file__).parents[1]
TARGETS: Final = {
    "emojax/training/gan/losses.py": [
        "tests/training/gan/test_gan_losses.py",
        "tests/training/gan/test_gan_techniques.py",
    ],
    "emojax/training/gan/step.py": ["tests/training/gan/test_best_step.py"],
    "emojax/training/gan/adaptive.py": ["tests/training/gan/test_adaptive.py"],
    "emojax/training/gan/config.py": ["tests/training/gan/test_gan_config.py"],
    "emojax/training/engine/checkpoints.py": ["tests/training/engine/test_checkpoints.py"],
    "emojax/training/engine/metrics.py": ["tests/training/engine/test_metrics.py"],
    "emojax/training/engine/optimization.py": ["tests/training/engine/test_optimization.py"],
    "emojax/training/augment/copy_paste.py": [
        "tests/training/augment/test_stored.py",
        "tests/training/augment/test_copy_paste.py",
    ],
    "emojax/training/augment/differentiable.py": [
        "tests/training/augment/test_stored.py",
        "tests/training/augment/test_differentiable.py",
    ],
    "emojax/training/augment/faces.py": [
        "tests/training/augment/test_stored.py",
        "tests/training/augment/test_faces.py",
    ],
    "emojax/training/augment/jewellery.py": [
        "tests/training/augment/test_stored.py",
        "tests/training/augment/test_jewellery.py",
    ],
    "emojax/training/augment/painting.py": [
        "tests/training/augment/test_stored.py",
        "tests/training/augment/test_jewellery.py",
    ],
    "emojax/training/augment/photometric.py": [
        "tests/training/augment/test_stored.py",
        "tests/training/augment/test_photometric.py",
    ],
    "emojax/training/augment/shapes.py": [
        "tests/training/augment/test_stored.py",
        "tests/training/augment/test_shape_noise.py",
    ],
    "emojax/training/parser/pseudo_labels.py": ["tests/training/parser/test_self_training.py"],
    "emojax/training/parser/losses.py": ["tests/training/parser/test_parser_loss.py"],
    "emojax/training/parts/losses.py": ["tests/training/parts/test_shape_loss.py"],
    "emojax/avatar/matching": ["tests/avatar/matching"],
    "emojax/avatar/reading": ["tests/avatar/reading"],
    "emojax/avatar/styles/shades.py": ["tests/avatar/styles/test_shades.py", "tests/media/test_color.py"],
    "emojax/avatar/styles/part.py": ["tests/avatar/styles/test_part.py"],
    "emojax/avatar/styles/transforms.py": ["tests/avatar/styles/test_transforms.py"],
    "emojax/avatar/styles/assembly.py": ["tests/avatar/styles/test_assembly.py"],
    "emojax/data/openmoji/parts/composing.py": ["tests/data/openmoji/parts/test_composing.py"],
    "emojax/training/emoji_parts/step.py": ["tests/training/emoji_parts"],
    "emojax/media/color.py": ["tests/media/test_color.py"],
    "emojax/evaluation/measures": ["tests/evaluation/measures"],
    "emojax/ports/table.py": ["tests/ports/test_table.py"],
    "emojax/data/openmoji/labels.py": ["tests/data/openmoji/test_label_table.py"],
    "emojax/data/pipeline.py": ["tests/data/test_pipeline.py"],
    "emojax/core/files.py": ["tests/core"],
}
"""A module, or all of a room, and the tests that hold it."""

_SECONDS: Final = 180
"""After which a mutant counts as noticed: it hangs."""

_OPPOSITES: Final = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.And: ast.Or,
    ast.Or: ast.And,
}


class Mutant(NamedTuple):
    """One change of a module.

    Attributes:
      line: where.
      before, after: the changed expression.
      text: the whole module, changed.
    """

    line: int
    before: str
    after: str
    text: str


def mutants(text: str) -> Iterator[Mutant]:
    """All changes of a module: operators become their opposites, numbers others, branches change places."""
    count = sum(1 for _ in _sites(ast.parse(text)))
    for i in range(count):
        tree = ast.parse(text)
        node = list(_sites(tree))[i]
        before = ast.unparse(node)
        _change(node)
        yield Mutant(node.lineno, before, ast.unparse(node), ast.unparse(ast.fix_missing_locations(tree)))


def _sites(tree: ast.AST) -> Iterator[ast.expr]:
    """The expressions that can be changed, but for annotations and messages."""
    for name, value in ast.iter_fields(tree):
        if name in ("annotation", "returns", "decorator_list"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and not isinstance(child, ast.JoinedStr | ast.Raise):
                if _can_change(child):
                    yield child
                yield from _sites(child)


def _can_change(node: ast.AST) -> TypeGuard[ast.expr]:
    match node:
        case ast.Compare(ops=[operator, *_]) | ast.BinOp(op=operator) | ast.BoolOp(op=operator):
            return type(operator) in _OPPOSITES
        case ast.Constant(value=int() | float()) | ast.IfExp():
            return True
    return False


def _change(node: ast.expr) -> None:
    match node:
        case ast.Compare():
            node.ops[0] = _OPPOSITES[type(node.ops[0])]()
        case ast.BoolOp() | ast.BinOp():
            node.op = _OPPOSITES[type(node.op)]()
        case ast.IfExp():
            node.body, node.orelse = node.orelse, node.body
        case ast.Constant(value=bool(value)):
            node.value = not value
        case ast.Constant(value=int(value)):
            node.value = value + 1
        case ast.Constant(value=float(value)):
            node.value = value * 1.25 if value else 0.5


def _modules() -> dict[Path, list[str]]:
    return {
        file.relative_to(ROOT): tests
        for target, tests in TARGETS.items()
        for file in (sorted((ROOT / target).glob("*.py")) if (ROOT / target).is_dir() else [ROOT / target])
        if file.name != "__init__.py"
    }


def _passes(tests: list[str]) -> bool:
    """Whether the tests pass, in a fork of this process."""
    child = os.fork()
    if child == 0:
        import pytest

        quiet = os.open(os.devnull, os.O_WRONLY)
        os.dup2(quiet, 1)
        os.dup2(quiet, 2)
        sys.dont_write_bytecode = True
        code = 3
        try:
            code = int(pytest.main([*tests, "-x", "-q", "-n", "0", "-p", "no:cacheprovider"]))
        finally:
            os._exit(code)
    until = time.monotonic() + _SECONDS
    while time.monotonic() < until:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status) == 0
        time.sleep(0.05)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return False


def main() -> None:
    """Prints each mutant that no test notices, and the share that is noticed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=150, help="mutants, drawn evenly from all (150)")
    parser.add_argument("--seed", type=int, default=0, help="other mutants for another seed (0)")
    parser.add_argument("--only", nargs="*", default=[], metavar="WORD", help="modules whose path has a word")
    parser.add_argument(
        "--part", metavar="K/N", default=(1, 1), type=shards.parse, help="every N-th of them from the K-th on"
    )
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "emojax"
        shutil.copytree(
            ROOT, copy, ignore=shutil.ignore_patterns(".git", ".venv", "runs", "__pycache__", ".*_cache")
        )
        os.chdir(copy)
        sys.path[:0] = [str(copy), str(copy / "tests")]
        # Imported once, before the forks; JAX starts its threads only when it first computes.
        for library in (
            "cv2",
            "jax",
            "flax.linen",
            "optax",
            "PIL.Image",
            "scipy.stats",
            "sklearn.metrics",
            "pytest",
        ):
            __import__(library)
        chosen = [
            (path, mutant)
            for path in _modules()
            if not args.only or any(word in str(path) for word in args.only)
            for mutant in mutants(path.read_text())
        ]
        random.Random(args.seed).shuffle(chosen)
        noticed = 0
        sound: set[str] = set()
        part, parts = args.part
        drawn = chosen[: args.count][part - 1 :: parts]
        for path, mutant in drawn:
            tests = _modules()[path]
            if not sound.issuperset(tests) and not _passes(tests):
                sys.exit(f"{' '.join(tests)}: fails without any change; mend that first")
            sound.update(tests)
            original = path.read_text()
            path.write_text(mutant.text)
            alive = _passes(tests)
            path.write_text(original)
            noticed += not alive
            if alive:
                print(f"{path}:{mutant.line}: {mutant.before} -> {mutant.after}", flush=True)
        print(f"{noticed} of {len(drawn)} mutants noticed, {noticed / max(len(drawn), 1):.0%}")


if __name__ == "__main__":
    main()
