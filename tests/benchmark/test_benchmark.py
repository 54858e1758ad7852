"""The benchmark counts the published arithmetic, takes turns fairly and says what it left out."""

import dataclasses
import functools
import importlib.util
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import ml_collections
import numpy as np
import pytest

from configs.dcgan import get_config
from emojax.benchmark import __main__ as program
from emojax.benchmark import gan as benchmark_gan
from emojax.benchmark import measure, report, timing
from emojax.benchmark.timing import Program, Summary, Turn, Worker, WorkerError
from emojax.core import rng, runtime
from emojax.core.errors import UserError
from emojax.data import pipeline
from emojax.data.openmoji import metadata as openmoji_metadata
from emojax.data.openmoji import source as openmoji_source
from emojax.models import convolution
from emojax.training.engine import loop
from emojax.training.gan import task as gan


def config(
    size: int = 16, width: int = 8, batch_size: int = 4, *, classes: int = 0
) -> ml_collections.ConfigDict:
    small = get_config()
    small.model.update({"num_classes": classes, "embedding_size": 50})
    widths = tuple(width * 2**i for i in range((size // 4).bit_length() - 1))
    small.data.size, small.batch_size = size, batch_size
    small.model.discriminator_widths, small.model.generator_widths = widths, widths[::-1]
    return small


# Arithmetic


@pytest.mark.parametrize(
    ("size", "width", "batch_size", "classes"),
    [(16, 64, 16, 0), (32, 48, 4, 0), (64, 64, 16, 0), (64, 64, 16, 108)],
)
def test_counted_arithmetic_is_what_xla_finds_in_the_direct_step(
    size: int,
    width: int,
    batch_size: int,
    classes: int,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> None:
    monkeypatch.setattr(convolution, "_suits_winograd", lambda *_: False)
    jax.clear_caches()  # what was traced before knows the other way
    request.addfinalizer(jax.clear_caches)
    settings = config(size, width, batch_size, classes=classes)
    task = loop.make_task(settings)
    batch = {
        "images": jax.ShapeDtypeStruct((batch_size, size, size, 3), jnp.float32),
        "latents": jax.ShapeDtypeStruct((batch_size, settings.model.latent_size), jnp.float32),
    }
    if classes:
        batch["classes"] = jax.ShapeDtypeStruct((batch_size, classes), jnp.float32)
    lowered = jax.jit(task.step).lower(jax.eval_shape(task.init, rng.root(0)), batch)
    found = (lowered.cost_analysis() or {})["flops"] / 1e9
    counted = benchmark_gan.gflop(settings.to_dict())
    # XLA counts normalizations, losses and updates too.
    assert counted < found < 1.04 * counted


@pytest.mark.parametrize(("workload", "gflop"), [("gan", 31.4), ("cgan", 136.7)])
def test_published_steps_arithmetic(workload: str, gflop: float) -> None:
    _, settings = program._load_config(measure.WORKLOADS[workload].config)
    assert benchmark_gan.gflop(settings) == pytest.approx(gflop, abs=0.1)


def test_the_conditional_peer_is_the_published_net() -> None:
    pytest.importorskip("torch")
    _, settings = program._load_config(measure.WORKLOADS["cgan"].config)
    generator, discriminator = benchmark_gan._torch_networks(settings)
    assert generator.classes.weight.shape == discriminator.classes.weight.shape == (benchmark_gan.IMAGES, 50)
    task = loop.make_task(ml_collections.ConfigDict(settings)).for_data(
        {"images": benchmark_gan.random_images(8)}
    )
    ours = jax.eval_shape(task.init, rng.root(0))
    for mine, theirs in ((ours.generator, generator), (ours.discriminator, discriminator)):
        count = sum(leaf.size for leaf in jax.tree.leaves(mine.params))
        assert count == sum(parameter.numel() for parameter in theirs.parameters())


def test_layers_that_do_not_make_the_images_are_refused() -> None:
    settings = config()
    settings.data.size = 32
    with pytest.raises(ValueError, match="16, not 32"):
        benchmark_gan.gflop(settings.to_dict())


def test_row_from_known_times() -> None:
    found = report.row(
        "gan",
        "emojax",
        Summary(median=200.0, q25=190.0, q75=230.0),
        images=16,
        gflop=30.0,
        peak_gflops=300.0,
        peak_memory_mb=512.0,
    )
    assert found["images_per_second"] == pytest.approx(80)
    assert found["matrix_share"] == pytest.approx(0.5)
    assert found["spread"] == [190.0, 230.0]
    assert (found["name"], found["variant"], found["ms_per_step"]) == ("gan", "emojax", 200.0)


def test_ratios_compare_with_the_best_of_the_peer() -> None:
    found = report.ratios(
        {"emojax": 100.0, "emojax_mesh": 80.0, "torch_eager": 150.0, "torch_compile": 120.0}
    )
    assert found == pytest.approx(
        {
            "emojax_over_emojax_mesh": 0.8,
            "emojax_over_torch_eager": 1.5,
            "emojax_over_torch_compile": 1.2,
            "emojax_over_torch_best": 1.2,
        }
    )
    assert report.ratios({"emojax": 100.0}) == {}


def test_summary_is_median_and_quartiles() -> None:
    assert timing.summarize([5.0, 1.0, 100.0, 2.0, 3.0]) == Summary(3.0, 2.0, 5.0)


# Turns


def test_everyone_goes_first_equally_often() -> None:
    names = ["a", "b", "c"]
    orders = [timing.rotated(names, number) for number in range(6)]
    assert all(sorted(order) == names for order in orders)
    assert [order[0] for order in orders] == [*names, *names]
    assert orders[1] == ["b", "c", "a"]


def test_rounds_alternate_and_keep_every_call(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timing, "_PAUSE_SECONDS", 0.0)
    log = []

    def turn(name: str, calls: int) -> Turn:
        log.append(name)
        return Turn([float(len(log))] * calls, {}, 0.0)

    turns = {name: functools.partial(turn, name) for name in "ab"}
    samples = timing.alternate(turns, rounds=3, calls=2)
    assert log == ["a", "b", "b", "a", "a", "b"]
    assert samples == {"a": [1.0, 1.0, 4.0, 4.0, 5.0, 5.0], "b": [2.0, 2.0, 3.0, 3.0, 6.0, 6.0]}


# Workers. Their programs are built in another process, which finds them here by name.


def _counting() -> Program:
    calls: list[int] = []
    return Program(lambda: calls.append(os.getpid()), 4, {"calls": calls})


def _refusing() -> Program:
    raise UserError("config.batch_size is 3")


def _failing() -> Program:
    raise RuntimeError("no such kernel\nand more")


def _dying() -> Program:
    os._exit(3)


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    found = Worker({"counting": _counting, "refusing": _refusing, "failing": _failing, "dying": _dying})
    yield found
    found.close()


def test_worker_builds_once_in_another_process_and_does_not_count_its_first_call(worker: Worker) -> None:
    first, second = worker.run("counting", 3), worker.run("counting", 2)
    assert [len(r.milliseconds) for r in (first, second)] == [3, 2]
    assert all(ms >= 0 for ms in first.milliseconds)
    assert len(first.facts["calls"]) == 4
    assert len(second.facts["calls"]) == 7
    assert set(second.facts["calls"]).isdisjoint({os.getpid()})
    assert 1 < second.peak_memory_mb < 100_000


def test_worker_goes_on_after_a_failure_and_says_when_it_died(worker: Worker) -> None:
    with pytest.raises(UserError, match=r"^config.batch_size is 3$"):
        worker.prepare("refusing")
    with pytest.raises(WorkerError) as failure:
        worker.prepare("failing")
    assert str(failure.value) == "RuntimeError: no such kernel"
    assert "_failing" in failure.value.__notes__[0]
    assert worker.run("counting", 1).milliseconds
    for _ in range(2):  # died in the call, and dead before it
        with pytest.raises(WorkerError, match="exit code 3"):
            worker.prepare("dying")


# The whole, on programs that do nothing


def _ours(config: dict[str, Any], devices: int = 2) -> Program:
    facts = {"platform": "cpu", "device": "abacus", "devices": devices, "devices_present": 2}
    facts |= {"steps_per_call": 3, "images": config["batch_size"], "gflop": 2.0}
    return Program(lambda: sum(range(20_000)), 1, facts)


def _alone(config: dict[str, Any]) -> Program:
    ours = _ours(config, devices=1)
    return ours._replace(facts=ours.facts | {"devices_present": 1})


def _another(config: dict[str, Any]) -> Program:
    return Program(lambda: sum(range(40_000)), 1, {"devices": 1, "images": 3, "gflop": 4.0})


def _theirs(config: dict[str, Any], variant: str, **options: Any) -> Program:
    assert options["platform"] == "cpu"
    if variant == "channels_last":
        raise WorkerError("there are no channels")
    facts = {"devices": 1, "images": config["batch_size"], "gflop": 2.0}
    return Program(lambda: sum(range(20_000)), options["steps"], facts)


def _product() -> Program:
    return Program(lambda: sum(range(10_000)), 1, {"gflop": 0.5})


def test_report_has_a_row_for_everything_that_ran_and_a_reason_for_the_rest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    workload = dataclasses.replace(
        measure.WORKLOADS["gan"],
        ours={"emojax": _ours, "emojax_jit": functools.partial(_ours, devices=1)},
        also={"emojax_use": _another},
        peers={"torch": _theirs},
        peer_variants=measure.WORKLOADS["parser"].peer_variants,
    )
    monkeypatch.setitem(measure.WORKLOADS, "gan", workload)
    monkeypatch.setattr(measure, "matrix_program", _product)
    monkeypatch.setenv("CXX", "no-such-compiler")
    found = measure.measure("gan", {"batch_size": 8}, peer="torch", rounds=2, calls=3)
    assert json.loads(json.dumps(found)) == found

    suffixes = ["", "_kept_memory"] if sys.platform == "linux" else [""]
    eager = [f"torch_eager{suffix}" for suffix in suffixes]
    expected = {"emojax": (2, 8, 2.0), "emojax_jit": (1, 8, 2.0), "emojax_use": (1, 3, 4.0)}
    expected |= dict.fromkeys(eager, (1, 8, 2.0))
    peak = found["machine"]["matrix_gflops"]
    assert [row["variant"] for row in found["rows"]] == list(expected)
    for row in found["rows"]:
        devices, images, gflop = expected[row["variant"]]
        seconds = row["ms_per_step"] / 1e3
        assert row["name"] == "gan"
        assert row["images_per_second"] == pytest.approx(images / seconds)
        assert row["gflop_per_step"] == gflop
        assert row["matrix_share"] == pytest.approx(gflop / seconds / (devices * peak))
        assert row["spread"][0] <= row["ms_per_step"] <= row["spread"][1]
        assert row["peak_memory_mb"] > 1
    # What does something else is compared with nobody.
    assert set(found["ratios"]) == {f"emojax_over_{name}" for name in ("emojax_jit", *eager, "torch_best")}
    reasons = found["skipped"]
    missing = ("channels_last", "compile", "frozen")
    assert set(reasons) == {f"torch_{v}{suffix}" for v in missing for suffix in suffixes}
    assert reasons["torch_channels_last"] == "there are no channels"
    assert all("no-such-compiler" in reasons[f"torch_{v}"] for v in ("compile", "frozen"))
    assert found["machine"] | {"device": "abacus", "jax": jax.__version__} == found["machine"]

    printed = report.table(found)
    assert all(f"gan {name} " in printed for name in expected)
    assert "skipped torch_channels_last: there are no channels" in printed


def test_one_device_is_not_split(monkeypatch: pytest.MonkeyPatch) -> None:
    workload = dataclasses.replace(
        measure.WORKLOADS["gan"], ours={"emojax": _alone, "emojax_mesh": _ours}, also={"emojax_use": _another}
    )
    monkeypatch.setitem(measure.WORKLOADS, "gan", workload)
    monkeypatch.setattr(measure, "matrix_program", _product)
    found = measure.measure("gan", {"batch_size": 8}, peer=None, rounds=1, calls=1)
    assert [row["variant"] for row in found["rows"]] == ["emojax", "emojax_use"]
    assert found["ratios"] == {}


# The programs


@pytest.mark.parametrize("classes", [0, -1])
def test_our_program_takes_the_trainers_steps(classes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime, "configure", lambda: None)  # this process's memory is not to be kept
    taken: list[tuple[int, np.ndarray]] = []

    def see(number: np.ndarray, images: np.ndarray) -> None:
        taken.append((int(number), images))

    def step(task: gan.GanTask, state: Any, batch: gan.Batch, axis_name: str | None) -> Any:
        assert batch["classes"].shape == (4, benchmark_gan.IMAGES) if classes else "classes" not in batch
        jax.debug.callback(
            lambda step, images: taken.append((int(step), images)), state.step, batch["images"]
        )
        return state.replace(step=state.step + 1), {"loss": jnp.zeros(())}

    monkeypatch.setattr(gan.GanTask, "step", step)
    ours = benchmark_gan.emojax_program(config(classes=classes).to_dict(), "jit")
    for _ in range(3):
        ours.call()
    jax.effects_barrier()
    taken.sort(key=lambda seen: seen[0])  # callbacks may overtake each other
    assert ours.steps == 1
    assert [step for step, _ in taken] == [0, 1, 2]
    assert all(images.shape == (4, 16, 16, 3) for _, images in taken)
    assert not np.array_equal(taken[0][1], taken[1][1])
    assert ours.facts == {
        "images": 4,
        "gflop": benchmark_gan.gflop(config(classes=classes).to_dict()),
        "platform": "cpu",
        "device": "cpu",
        "devices": 1,
        "devices_present": jax.device_count(),
        "steps_per_call": 1,
    }


@pytest.mark.parametrize("classes", [0, -1])
def test_peers_program_takes_its_steps_on_the_same_pictures(
    classes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("torch")
    from emojax.benchmark.peers import torch_dcgan

    taken = []

    def make_step(variant: str, generator: Any, _: Any, **settings: Any) -> Any:
        assert variant == "eager"
        rates = {"generator_learning_rate": 1.5e-4, "discriminator_learning_rate": 1.05e-4}
        assert settings == rates | {"betas": (0.4, 0.999), "smoothing": 0.2}
        assert hasattr(generator, "classes") == bool(classes)

        def step(images: Any, latents: Any, *labels: Any) -> None:
            taken.append((images.permute(0, 2, 3, 1).numpy(), latents, labels))

        return step

    monkeypatch.setattr(torch_dcgan, "make_step", make_step)
    settings = config(classes=classes).to_dict() | {"loss": {"smoothing": 0.2}}
    theirs = benchmark_gan.torch_program(
        settings, "eager", platform="cpu", steps=benchmark_gan.IMAGES // 4, keep_memory=False
    )
    theirs.call()
    assert theirs.steps == len(taken) == benchmark_gan.IMAGES // 4
    assert all(latents.shape == (4, 100) for _, latents, _ in taken)
    assert theirs.facts["images"] == 4
    assert theirs.facts["gflop"] == benchmark_gan.gflop(settings)
    # One epoch: every picture once, as our pipeline scales it, and with its own number for a label.
    epoch = np.concatenate([images for images, _, _ in taken])
    expected = np.asarray(pipeline.to_float(jnp.asarray(benchmark_gan.random_images(16))))
    assert sorted(x.sum() for x in epoch) == pytest.approx(sorted(x.sum() for x in expected), abs=1e-3)
    labels = [label for _, _, given in taken for labels in given for label in labels.tolist()]
    assert len(labels) == (benchmark_gan.IMAGES if classes else 0)
    for picture, label in zip(epoch, labels, strict=False):
        np.testing.assert_allclose(picture, expected[label], atol=1e-6)


def test_peer_without_the_device_says_so() -> None:
    torch = pytest.importorskip("torch")
    if torch.cuda.is_available():
        pytest.skip("this PyTorch has a GPU")
    with pytest.raises(WorkerError, match="no CUDA device, while JAX runs on tpu"):
        benchmark_gan.torch_program(config().to_dict(), "eager", platform="tpu", steps=1, keep_memory=False)


def test_start_runs_the_published_trainer_until_its_first_step(tmp_path: Path) -> None:
    small = tmp_path / "small.py"
    small.write_text(
        "import json, ml_collections\n"
        f"get_config = lambda: ml_collections.ConfigDict(json.loads({config().to_json()!r}))\n"
    )
    command, written = benchmark_gan.start_command(small, 4, tmp_path)
    seconds = timing.seconds_until_written(
        command, written, {"XLA_FLAGS": "--xla_backend_optimization_level=0"}
    )
    assert seconds > 0
    assert json.loads(written.read_text().splitlines()[0])["step"] == 1
    again, elsewhere = benchmark_gan.start_command(small, 4, tmp_path)
    assert elsewhere != written
    assert [a for a in again if "workdir" not in a] == [a for a in command if "workdir" not in a]


def test_stand_in_drawings_are_a_data_set_of_the_published_size(tmp_path: Path) -> None:
    command, _ = benchmark_gan.start_command(Path("configs/dcgan.py"), 16, tmp_path)
    (folder,) = [a.partition("=")[2] for a in command if a.startswith("--openmoji_dir=")]
    source = openmoji_source.read_folder(Path(folder))
    smileys = openmoji_metadata.select(openmoji_metadata.read_metadata(source.metadata), "smileys")
    assert len(smileys) == benchmark_gan.IMAGES
    assert len({source.drawing(emoji).read_text() for emoji in smileys}) == benchmark_gan.IMAGES


def test_command_that_ends_early_is_quoted(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "import sys; sys.exit('first\\n--config is wrong')"]
    with pytest.raises(WorkerError, match=r"exit code 1 \(--config is wrong\)"):
        timing.seconds_until_written(command, tmp_path / "work" / "metrics.jsonl", {})


# Flags


def fake_report(*_: object, **__: object) -> dict[str, Any]:
    summary = Summary(100.0, 99.0, 101.0)
    row = report.row("gan", "emojax", summary, images=16, gflop=31.4, peak_gflops=300.0, peak_memory_mb=900.0)
    machine = report.machine() | {"device": "cpu", "matrix_gflops": 300.0}
    return {"machine": machine, "rows": [row], "ratios": {}, "skipped": {}}


def test_figures_are_printed_and_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: dict[str, Any] = {}

    def fake_measure(name: str, settings: dict[str, Any], **options: Any) -> dict[str, Any]:
        asked.update(options, name=name, batch_size=settings["batch_size"])
        return fake_report()

    monkeypatch.setattr(program, "measure", fake_measure)
    monkeypatch.setattr(program, "start_seconds", lambda _: 1.25)
    target = tmp_path / "figures" / "benchmark.json"
    program.main(["--rounds", "9", "--batch_size", "32", "--json", str(target)])
    assert asked == {"name": "gan", "batch_size": 32, "peer": None, "rounds": 9}
    written = json.loads(target.read_text())
    assert written["rows"] == [fake_report()["rows"][0] | {"start_seconds": 1.25}]
    printed = capsys.readouterr().out
    assert "100.00" in printed
    assert "1.25 s" in printed


def test_start_that_cannot_be_measured_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(_: object) -> float:
        raise WorkerError("exit code 2 (libcairo is missing)")

    monkeypatch.setattr(program, "measure", fake_report)
    monkeypatch.setattr(program, "start_seconds", fail)
    program.main([])
    assert "skipped start_seconds: exit code 2 (libcairo is missing)" in capsys.readouterr().out


def test_missing_peer_is_refused_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(UserError, match="--peer torch is not installed: pip install torch"):
        program.main(["--peer", "torch"])


@pytest.mark.parametrize(
    "flags", [["--rounds", "0"], ["--batch_size", "many"], ["--peer", "caffe"], ["cake"], ["--json", "."]]
)
def test_bad_flags_are_refused_by_name(flags: list[str]) -> None:
    with pytest.raises(UserError, match=flags[0].lstrip("-")):
        program.main(flags)


def test_busy_machine_is_warned_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getloadavg", lambda: (0.0, 0.0, 0.0))
    assert report.busy() is None
    monkeypatch.setattr(os, "getloadavg", lambda: (1_000.0, 0.0, 0.0))
    assert "busy" in (report.busy() or "")
