"""Wrong flags of ``python -m emojax.evaluate gan`` are one line, and leave nothing behind."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from evaluation.support.drawn_emoji import SIZE

from emojax import evaluate
from emojax.core.errors import UserError
from emojax.media import image

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        (["--samples={root}/samples", "--count=23"], "FD needs at least 24 samples, not 23"),
        (["--samples=few"], "FD needs at least 24 samples, not 1"),
        (["--samples=nowhere"], "--samples nowhere: no such folder"),
        (["--samples=none"], "holds no PNG files"),
        (["--samples=few", "--count=5"], "holds 1 PNG files, and --count asks for 5"),
        (["--samples=mixed"], "b.png: is 48x48, but a.png is 32x32"),
        (["--samples=wide"], "a.png: is 64x32; samples are squares"),
        (["--samples=text"], "a.png: is not a picture"),
        (["--workdir=nowhere"], "--workdir nowhere is no folder"),
        (["--workdir=none"], "config.json"),
        (["--weights=nothing"], "no weights named 'nothing'"),
        (["--reference=smilies"], "unknown OpenMoji subset 'smilies'"),
        (["--reference=hands"], "no emoji of the subset 'hands'"),
        (["--count=0"], "0 is not between 1 and"),
        (["--seed=-1"], "--seed: -1 is not between"),
        (["--features=what"], "'what' names no features"),
        (["--out=file"], "--out file is a file"),
        (["--out=mixed"], "holds what is no GAN report"),
        (["--compare", "report"], "--compare: give at least 2"),
        (["--samples=few", "--workdir=few"], "not allowed with argument"),
    ],
)
def test_wrong_flags_are_one_line(drawn_folder: Path, flags: list[str], says: str) -> None:
    Path("file").write_text("")
    for name in ("none", "mixed", "wide", "text"):
        Path(name).mkdir()
    image.save_png("few/a.png", np.zeros((SIZE, SIZE, 3), np.uint8))
    image.save_png("mixed/a.png", np.zeros((32, 32, 3), np.uint8))
    image.save_png("mixed/b.png", np.zeros((48, 48, 3), np.uint8))
    image.save_png("wide/a.png", np.zeros((32, 64, 3), np.uint8))
    Path("text/a.png").write_text("hello")
    before = set(Path().rglob("*"))
    given = [flag.format(root=drawn_folder) for flag in flags]
    if not {"--samples", "--workdir", "--weights", "--compare"} & {flag.split("=")[0] for flag in flags}:
        given.append(f"--samples={drawn_folder / 'samples'}")
    if not any(flag.startswith("--out") for flag in flags):
        given.append("--out=report")
    with pytest.raises(UserError, match=re.escape(says)) as error:
        evaluate.main(["gan", f"--openmoji_dir={drawn_folder / 'openmoji'}", *given])
    assert "\n" not in str(error.value)
    assert set(Path().rglob("*")) == before


def test_a_misspelt_flag_is_refused_before_jax_is_imported() -> None:
    code = (
        "import sys\nfrom emojax import evaluate\n"
        "try: evaluate.main(['gan', '--sample=x'])\nexcept Exception as error: print(error)\n"
        "print('jax' in sys.modules, 'matplotlib' in sys.modules)"
    )
    found = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "--out" in found.stdout
    assert found.stdout.splitlines()[-1] == "False False"
