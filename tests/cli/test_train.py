"""train.py finds recipes by name, and refuses in one line what is not one."""

from pathlib import Path
from typing import Any

import pytest

from emojax.cli import train
from emojax.core.errors import UserError
from emojax.training.engine import loop


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[tuple[Any, Path, dict[str, Path]]]:
    """Calls of the loop, in a folder that holds no recipes."""
    calls: list[tuple[Any, Path, dict[str, Path]]] = []
    monkeypatch.setattr(loop, "train", lambda *arguments: calls.append(arguments))
    monkeypatch.chdir(tmp_path)
    return calls


@pytest.mark.parametrize(
    ("name", "epochs", "widths"),
    [
        ("dcgan", 500, (512, 256, 128, 64)),
        ("configs/dcgan.py", 500, (512, 256, 128, 64)),
        ("dcgan_best:short", 250, (256, 128, 64, 32, 16)),
        ("configs/dcgan_best.py:short", 250, (256, 128, 64, 32, 16)),
    ],
)
@pytest.mark.parametrize("separator", ["=", None])
def test_a_recipe_that_ships_is_trained_from_any_folder(
    name: str,
    epochs: int,
    widths: tuple[int, ...],
    separator: str | None,
    runs: list[tuple[Any, Path, dict[str, Path]]],
) -> None:
    config = [f"--config={name}"] if separator else ["--config", name]
    train.main([*config, "--workdir=w", "--config.batch_size=3", "--openmoji_dir=o"])
    ((task, workdir, folders),) = runs
    assert (workdir, folders) == (Path("w"), {"openmoji_dir": Path("o")})
    assert (task.config.epochs, task.config.batch_size) == (epochs, 3)
    assert tuple(task.config.model.generator_widths) == widths


def test_a_file_of_ones_own_may_import_what_ships(
    runs: list[tuple[Any, Path, dict[str, Path]]], tmp_path: Path
) -> None:
    (tmp_path / "own.py").write_text(
        "from configs import dcgan\n\n\n"
        "def get_config(epochs='7'):\n"
        "    config = dcgan.get_config()\n"
        "    config.epochs = int(epochs)\n"
        "    return config\n"
    )
    train.main(["--config=own.py", "--workdir=w"])
    train.main([f"--config={tmp_path / 'own.py'}:9", "--workdir=w"])
    assert [task.config.epochs for task, *_ in runs] == [7, 9]


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["--config=dcgann"], "--config: there is no file 'dcgann': .* autoencoder, bisenet, .*, dcgan, "),
        (["--config=configs/nosuch.py"], "there is no file 'configs/nosuch.py': .* ships: attributes"),
        (["--config"], "--config: there is no file ''"),
        (
            ["--config=dcgan_best:nosuch"],
            "^--config: configs/dcgan_best.py:nosuch is not known: write one of",
        ),
        (["--config=dcgan", "--config.epochs=many"], "--config.epochs=many: invalid .* 'many'$"),
        (["--config=broken.py"], "--config: the file cannot be loaded"),
        (["--config=dcgan", "--config.nosuch=1"], "^--config: there is no field 'nosuch'$"),
        (
            ["--config=dcgan", "--data_dir=d"],
            "--data_dir is not read by this --config, which reads --openmoji",
        ),
        (["--config=dcgan", "more"], "'more' is no flag"),
        ([], "--config is missing"),
    ],
)
def test_what_cannot_be_trained_is_refused_in_one_line(
    argv: list[str], message: str, runs: list[tuple[Any, Path, dict[str, Path]]], tmp_path: Path
) -> None:
    (tmp_path / "broken.py").write_text("import nosuchmodule\n")
    with pytest.raises(UserError, match=message) as refusal:
        train.main([*argv, "--workdir=w"] if argv != ["--config"] else ["--workdir=w", *argv])
    assert "\n" not in str(refusal.value)
    assert not runs
