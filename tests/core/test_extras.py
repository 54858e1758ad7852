"""Programs say in one line which extra they lack."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from emojax.core.extras import importing

ROOT = Path(__file__).parents[2]

_WITHOUT_EXTRAS = """
import os, runpy, sys
import cairosvg, cv2, flax.linen, jax, scipy.ndimage  # once for all
from emojax.core.extras import EXTRAS

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {module for modules in EXTRAS.values() for module in modules}:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Missing())
for name in sys.argv[1:]:
    child = os.fork()  # in a process of its own, since a program may exit in any way
    if not child:
        sys.argv = ["program", "--help"]
        runpy.run_module(name, run_name="__main__", alter_sys=True)
        os._exit(0)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    print(f"<{name} {code}>", flush=True)
"""


def _programs() -> list[str]:
    found = []
    for path in sorted((ROOT / "emojax").rglob("*.py")):
        if re.search(r"^    run_program\(", path.read_text(), re.MULTILINE):
            found.append(".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__main__"))
    return [name for name in found if name != "emojax.avatar.style"]  # it says its new name and ends


def test_every_program_shows_its_help_or_names_the_extra_that_it_lacks() -> None:
    programs = _programs()
    assert {"emojax.training.export", "emojax.cli.infer", "emojax.avatar.datasets.celeb_parts"} <= {*programs}
    done = subprocess.run(
        [sys.executable, "-c", _WITHOUT_EXTRAS, *programs], cwd=ROOT, capture_output=True, text=True
    )
    codes = {name: int(code) for name, code in re.findall(r"<(\S+) (-?\d+)>", done.stdout)}
    assert {*codes} == {*programs}
    assert "Traceback" not in done.stderr
    assert {*codes.values()} == {0, 2}
    lines = done.stderr.strip().splitlines()
    assert len(lines) == [*codes.values()].count(2)
    assert all(
        re.match(r"emojax: \w+ is not installed: it comes with the extra `\w+`", line) for line in lines
    )


def test_only_programs_end_and_only_for_extras() -> None:
    with pytest.raises(ModuleNotFoundError), importing("emojax.training.export"):
        raise ModuleNotFoundError("No module", name="optax")
    with pytest.raises(ModuleNotFoundError), importing("__main__"):
        raise ModuleNotFoundError("No module", name="nosuchmodule")
    with pytest.raises(SystemExit) as stopped, importing("__main__"):
        raise ModuleNotFoundError("No module", name="optax")
    assert stopped.value.code == 2
