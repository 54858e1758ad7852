"""Whole runs: files, resuming after signals, and errors. Programs are run as a user runs them."""

import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from training.support.run import train
from training.support.small_gan import small_config, small_images

from emojax import weights
from emojax.core.errors import UserError
from emojax.core.files import locked
from emojax.training.engine import checkpoints, loop
from emojax.training.export import read_workdir
from emojax.training.gan.task import GanTask

ROOT = Path(__file__).parents[3]
SMALL = (
    "--config.data.size=16 --config.model.latent_size=8 --config.model.generator_widths=(32,16) "
    "--config.model.discriminator_widths=(16,32) --config.run.sample_count=4 --config.run.log_every=5 "
    "--config.run.sample_every=20 --config.run.checkpoint_every=10"
).split()


def _command(workdir: Path, folder: Path, *flags: str) -> list[str]:
    return [
        *(sys.executable, "train.py", "--config=configs/dcgan.py", f"--workdir={workdir}"),
        *(f"--openmoji_dir={folder}", *SMALL, *flags),
    ]


def _environment() -> dict[str, str]:
    """One device, as most users have."""
    flags = [flag for flag in os.environ["XLA_FLAGS"].split() if "device_count" not in flag]
    return os.environ | {"XLA_FLAGS": " ".join(flags)}


def _train(workdir: Path, folder: Path, *flags: str, **kwargs) -> subprocess.CompletedProcess:  # type: ignore[no-untyped-def,type-arg]
    return subprocess.run(
        _command(workdir, folder, *flags),
        cwd=ROOT,
        env=_environment(),
        capture_output=True,
        text=True,
        timeout=240,
        **kwargs,
    )


def _arrays(workdir: Path) -> dict[str, np.ndarray]:
    return weights.flatten(read_workdir(workdir)[0])


def _rows(workdir: Path) -> list[dict[str, float]]:
    rows = [json.loads(line) for line in (workdir / "metrics.jsonl").read_text().splitlines()]
    for row in rows:
        del row["steps_per_second"]
    return rows


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from support import openmoji_folder

    return openmoji_folder.write(tmp_path_factory.mktemp("data") / "openmoji")


@pytest.fixture(scope="module")
def uninterrupted(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    workdir = tmp_path_factory.mktemp("whole") / "run"
    done = _train(workdir, folder, "--config.epochs=60")  # 45 steps
    assert done.returncode == 0, done.stderr
    return workdir


def test_a_run_writes_all_its_files(uninterrupted: Path) -> None:
    names = {p.name.split(".out.")[0] for p in uninterrupted.iterdir()}
    files = {"config.json", "metrics.jsonl", "events", "samples", "checkpoints", "training.gif"}
    assert names - {".lock"} == files
    assert [p.name for p in sorted((uninterrupted / "samples").iterdir())] == [
        "00000020.png",
        "00000040.png",
        "00000045.png",
    ]
    assert json.loads((uninterrupted / "config.json").read_text())["epochs"] == 60
    rows = _rows(uninterrupted)
    assert [row["step"] for row in rows] == list(range(5, 50, 5))
    assert set(rows[0]) == {
        *("step", "d_loss", "g_loss", "d_real", "d_fake", "d_fake_after", "d_grad_norm", "g_grad_norm")
    }


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT])
def test_the_first_signal_is_noted_and_the_second_ends_the_program(signum: signal.Signals) -> None:
    before = signal.getsignal(signum)
    with loop._signals() as received:
        os.kill(os.getpid(), signum)
        assert received == [signum]
        assert signal.getsignal(signum) == before
    assert signal.getsignal(signum) == before


def _stop(workdir: Path, folder: Path, how: signal.Signals) -> tuple[int, str]:
    """Starts or resumes a run, and sends the signal when it has saved; its exit code and what it printed."""
    before = set(workdir.glob("checkpoints/[1-9]*"))
    with subprocess.Popen(
        _command(workdir, folder, "--config.epochs=60"), cwd=ROOT, env=_environment(), stderr=subprocess.PIPE
    ) as process:
        deadline = time.monotonic() + 120
        while not set(workdir.glob("checkpoints/[1-9]*")) - before:
            assert process.poll() is None, "ended before its next checkpoint"
            assert time.monotonic() < deadline
            time.sleep(0.02)
        process.send_signal(how)
        _, errors = process.communicate(timeout=60)
    assert not (workdir / "training.gif").exists(), "the run was over before it was stopped"
    return process.returncode, errors.decode()


def test_a_killed_and_stopped_run_resumes_to_the_same_bits(
    folder: Path, uninterrupted: Path, tmp_path: Path
) -> None:
    workdir = tmp_path / "run"
    _stop(workdir, folder, signal.SIGKILL)
    code, errors = _stop(workdir, folder, signal.SIGTERM)
    assert code == 128 + signal.SIGTERM
    found = re.search(r"SIGTERM: stopped at step (\d+)", errors)
    assert found is not None, errors
    resumed = _train(workdir, folder, "--config.epochs=60")
    assert resumed.returncode == 0, resumed.stderr
    resumed_arrays, expected = _arrays(workdir), _arrays(uninterrupted)
    assert resumed_arrays.keys() == expected.keys()
    for name, array in resumed_arrays.items():
        np.testing.assert_array_equal(array, expected[name], err_msg=name)
    for sample in (uninterrupted / "samples").iterdir():
        assert (workdir / "samples" / sample.name).read_bytes() == sample.read_bytes()
    # A kill leaves the rows alike; a signal writes one early, and the next is of fewer steps.
    early = (int(found[1]), (int(found[1]) // 5 + 1) * 5)
    got, whole = ([row for row in _rows(run) if row["step"] not in early] for run in (workdir, uninterrupted))
    assert len(got) >= 7
    assert got == whole


def _refused(done: subprocess.CompletedProcess, *words: str) -> None:  # type: ignore[type-arg]
    assert done.returncode == 2, done.stderr
    lines = [line for line in done.stderr.splitlines() if not line.startswith("step ")]
    assert len(lines) == 1, done.stderr
    for word in words:
        assert word in lines[0]


def _small_files_only() -> None:
    # As good as a full disk, without the rights that one takes: no file may exceed 16 kB.
    resource.setrlimit(resource.RLIMIT_FSIZE, (16384, 16384))


@pytest.mark.filterwarnings("ignore:os.fork:RuntimeWarning")
def test_a_disk_without_room_for_drawings_is_an_error_of_one_line(folder: Path, tmp_path: Path) -> None:
    _refused(_train(tmp_path / "new", folder, preexec_fn=_small_files_only), "cannot write the data set in")


@pytest.mark.usefixtures("shared_cache")  # where the drawings are that the whole run has prepared
@pytest.mark.filterwarnings("ignore:os.fork:RuntimeWarning")
def test_a_full_disk_is_an_error_of_one_line_and_nothing_is_lost(
    folder: Path, uninterrupted: Path, tmp_path: Path
) -> None:
    workdir = tmp_path / "run"
    shutil.copytree(uninterrupted, workdir)
    before = _arrays(workdir)
    done = _train(workdir, folder, "--config.epochs=80", preexec_fn=_small_files_only)
    _refused(done, "cannot write", "run the same command to resume")
    for name, array in _arrays(workdir).items():
        np.testing.assert_array_equal(array, before[name])


def test_errors_of_flags_are_one_line(folder: Path, uninterrupted: Path, tmp_path: Path) -> None:
    _refused(_train(tmp_path / "a", folder, "--config.epoch=3"), "epoch", "epochs")
    assert not (tmp_path / "a").exists()
    _refused(_train(uninterrupted, folder, "--config.seed=7"), "config.seed is 7", "has 0", "--workdir")


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["--config=configs/none.py", "--workdir=x"], "configs/none.py"),
        (["--config=configs/dcgan.py"], "--workdir is missing"),
        (["--workdir=x"], "--config is missing"),
        (["--config=configs/dcgan.py", "--wrkdir=x"], "wrkdir"),
        (["--config=configs/dcgan.py", "--workdir=x", "--config.epochs=many"], "epochs"),
        (["--config=configs/dcgan.py", "--workdir=x", "smileys"], "'smileys'"),
        (["--config=LICENSE", "--workdir=x"], "--config"),
        (["--config=configs/dcgan.py", "--workdir=LICENSE"], "--workdir: LICENSE is a file or inside one"),
        (
            ["--config=configs/dcgan.py", "--workdir=LICENSE/x"],
            "--workdir: LICENSE/x is a file or inside one",
        ),
    ],
)
def test_errors_of_flags_name_the_flag(flags: list[str], words: str) -> None:
    from emojax.cli import train

    with pytest.raises(UserError, match=words):
        train.main(flags)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    """Runs in this process on noise images."""
    monkeypatch.setattr(GanTask, "load_data", lambda self, openmoji_dir=None: small_images())
    config = small_config(epochs=4, batch_size=8)  # 10 steps, one a device
    config.run.parallel = "jit"
    config.run.checkpoint_every = 4
    return config


def test_a_truncated_checkpoint_is_passed_over_for_the_one_before(  # type: ignore[no-untyped-def]
    quick, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    train(quick, tmp_path)
    newest = tmp_path / "checkpoints" / "10"
    victim = max((p for p in newest.rglob("*") if p.is_file()), key=lambda p: p.stat().st_size)
    victim.write_bytes(victim.read_bytes()[: victim.stat().st_size // 2])
    quick.epochs = 6
    capsys.readouterr()
    train(quick, tmp_path)
    assert "step 8" in capsys.readouterr().err
    assert checkpoints.Checkpoints(tmp_path, read_only=True).latest_step() == 15


def test_a_loss_that_is_not_finite_stops_the_run(  # type: ignore[no-untyped-def]
    quick, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick.run.log_every = 2
    step = GanTask.step

    def breaks(self, state, batch, axis_name=None):  # type: ignore[no-untyped-def]
        after, metrics = step(self, state, batch, axis_name)
        metrics["d_loss"] = metrics["d_loss"] / (state.step != 6)
        return after, metrics

    monkeypatch.setattr(GanTask, "step", breaks)
    with pytest.raises(
        UserError, match=r"d_loss became (inf|nan) at step 6: the last good checkpoint is step 4"
    ):
        train(quick, tmp_path)
    assert [row["step"] for row in _rows(tmp_path)] == [2, 4, 6]


def test_eight_devices_train_and_one_resumes(quick, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    quick.run.parallel = "pmap"
    train(quick, tmp_path)
    quick.run.parallel = "jit"
    quick.epochs = 6
    train(quick, tmp_path)
    assert [row["step"] for row in _rows(tmp_path)][-1] == 15


def test_two_runs_do_not_share_a_folder(quick, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    with locked(tmp_path), pytest.raises(UserError, match="in use by another run"):
        train(quick, tmp_path)
    train(quick, tmp_path)
    assert [row["step"] for row in _rows(tmp_path)][-1] == 10


def test_unknown_task_is_refused(quick, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    quick.task = "gann"
    with pytest.raises(UserError, match="config.task is 'gann'"):
        train(quick, tmp_path)
    assert not list(tmp_path.iterdir())
