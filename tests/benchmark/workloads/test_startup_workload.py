"""The start that is measured is that of a training run, on drawings that need no download."""

import json
import sys
from pathlib import Path

import pytest
from support.gan_config import gan_config

from emojax.benchmark.timing import WorkerError
from emojax.benchmark.workloads import gan, startup
from emojax.data.openmoji import metadata, source


def test_start_runs_the_published_trainer_until_its_first_step(tmp_path: Path) -> None:
    small = tmp_path / "small.py"
    small.write_text(
        "import json, ml_collections\n"
        f"get_config = lambda: ml_collections.ConfigDict(json.loads({gan_config().to_json()!r}))\n"
    )
    command, written = startup.training_command(small, 4, tmp_path)
    seconds = startup.seconds_until_written(
        command, written, {"XLA_FLAGS": "--xla_backend_optimization_level=0"}
    )
    assert seconds > 0
    assert json.loads(written.read_text().splitlines()[0])["step"] == 1
    again, elsewhere = startup.training_command(small, 4, tmp_path)
    assert elsewhere != written
    assert [a for a in again if "workdir" not in a] == [a for a in command if "workdir" not in a]


def test_stand_in_drawings_are_a_data_set_of_the_published_size(tmp_path: Path) -> None:
    command, _ = startup.training_command(Path("configs/dcgan.py"), 16, tmp_path)
    (folder,) = [a.partition("=")[2] for a in command if a.startswith("--openmoji_dir=")]
    drawings = source.read_folder(Path(folder))
    smileys = metadata.select(metadata.read_metadata(drawings.metadata), "smileys")
    assert len(smileys) == gan.IMAGES
    assert len({drawings.drawing(emoji).read_text() for emoji in smileys}) == gan.IMAGES


def test_command_that_ends_early_is_quoted(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "import sys; sys.exit('first\\n--config is wrong')"]
    with pytest.raises(WorkerError, match=r"exit code 1 \(--config is wrong\)"):
        startup.seconds_until_written(command, tmp_path / "work" / "metrics.jsonl", {})
