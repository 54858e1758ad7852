"""The GAN's programs take the trainer's steps, in both frameworks, and count the direct algorithm's work."""

from typing import Any

import jax
import jax.numpy as jnp
import ml_collections
import numpy as np
import pytest
from support.gan_config import gan_config

from emojax.benchmark import __main__
from emojax.benchmark.timing import WorkerError
from emojax.benchmark.workloads import gan, table
from emojax.core import rng, runtime
from emojax.data import pipeline
from emojax.models import convolution
from emojax.training import tasks
from emojax.training.gan.task import GanTask


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
    jax.clear_caches()  # of traces that use the faster algorithm
    request.addfinalizer(jax.clear_caches)
    settings = gan_config(size, width, batch_size, classes=classes)
    task = tasks.make_task(settings)
    batch = {
        "images": jax.ShapeDtypeStruct((batch_size, size, size, 3), jnp.float32),
        "latents": jax.ShapeDtypeStruct((batch_size, settings.model.latent_size), jnp.float32),
    }
    if classes:
        batch["classes"] = jax.ShapeDtypeStruct((batch_size, classes), jnp.float32)
    lowered = jax.jit(task.step).lower(jax.eval_shape(task.init, rng.root(0)), batch)
    found = (lowered.cost_analysis() or {})["flops"] / 1e9
    counted = gan.gflop(settings.to_dict())
    # XLA counts normalizations, losses and updates too.
    assert counted < found < 1.04 * counted


@pytest.mark.parametrize(("workload", "gflop"), [("gan", 31.4), ("cgan", 136.7)])
def test_published_steps_arithmetic(workload: str, gflop: float) -> None:
    settings = __main__.configuration(table.WORKLOADS[workload])
    assert gan.gflop(settings) == pytest.approx(gflop, abs=0.1)


def test_the_conditional_peer_is_the_published_net() -> None:
    pytest.importorskip("torch")
    settings = __main__.configuration(table.WORKLOADS["cgan"])
    generator, discriminator = gan._torch_networks(settings)
    assert generator.classes.weight.shape == discriminator.classes.weight.shape == (gan.IMAGES, 50)
    task = tasks.make_task(ml_collections.ConfigDict(settings)).for_data({"images": gan.random_images(8)})
    state = jax.eval_shape(task.init, rng.root(0))
    for network, peer in ((state.generator, generator), (state.discriminator, discriminator)):
        count = sum(leaf.size for leaf in jax.tree.leaves(network.params))
        assert count == sum(parameter.numel() for parameter in peer.parameters())


def test_layers_that_do_not_make_the_images_are_refused() -> None:
    settings = gan_config()
    settings.data.size = 32
    with pytest.raises(ValueError, match="16, not 32"):
        gan.gflop(settings.to_dict())


@pytest.mark.parametrize("classes", [0, -1])
def test_emojax_takes_the_trainers_steps(classes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime, "configure", lambda: None)  # it would change this process's allocator
    taken: list[tuple[int, np.ndarray]] = []

    def step(task: GanTask, state: Any, batch: dict[str, Any], axis_name: str | None) -> Any:
        assert batch["classes"].shape == (4, gan.IMAGES) if classes else "classes" not in batch
        jax.debug.callback(
            lambda step, images: taken.append((int(step), images)), state.step, batch["images"]
        )
        return state.replace(step=state.step + 1), {"loss": jnp.zeros(())}

    monkeypatch.setattr(GanTask, "step", step)
    program = gan.emojax_program(gan_config(classes=classes).to_dict(), "jit")
    for _ in range(3):
        program.call()
    jax.effects_barrier()
    taken.sort(key=lambda seen: seen[0])  # callbacks may overtake each other
    assert program.steps == 1
    assert [step for step, _ in taken] == [0, 1, 2]
    assert all(images.shape == (4, 16, 16, 3) for _, images in taken)
    assert not np.array_equal(taken[0][1], taken[1][1])
    assert program.facts.pop("compile_seconds") > 0
    assert program.facts.pop("device_memory_mb") > 0
    compiled = {n: program.facts.pop(n, None) for n in ("compiled_gflop", "compiled_gbyte")}
    assert all(value is None or value > 0 for value in compiled.values())
    assert program.facts == {
        "images": 4,
        "gflop": gan.gflop(gan_config(classes=classes).to_dict()),
        "platform": "cpu",
        "device": "cpu",
        "devices": 1,
        "devices_present": jax.device_count(),
        "steps_per_call": 1,
    }


@pytest.mark.parametrize("classes", [0, -1])
def test_the_peer_takes_its_steps_on_the_same_images(classes: int, monkeypatch: pytest.MonkeyPatch) -> None:
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
    settings = gan_config(classes=classes).to_dict() | {"loss": {"smoothing": 0.2}}
    program = gan.torch_program(settings, "eager", platform="cpu", steps=gan.IMAGES // 4, keep_memory=False)
    program.call()
    assert program.steps == len(taken) == gan.IMAGES // 4
    assert all(latents.shape == (4, 100) for _, latents, _ in taken)
    assert program.facts["images"] == 4
    assert program.facts["gflop"] == gan.gflop(settings)
    # One epoch: every image once, scaled as in the trainer's pipeline, with its index as its label.
    epoch = np.concatenate([images for images, _, _ in taken])
    expected = np.asarray(pipeline.to_float(jnp.asarray(gan.random_images(16))))
    assert sorted(x.sum() for x in epoch) == pytest.approx(sorted(x.sum() for x in expected), abs=1e-3)
    labels = [label for _, _, given in taken for labels in given for label in labels.tolist()]
    assert len(labels) == (gan.IMAGES if classes else 0)
    for image, label in zip(epoch if classes else [], labels, strict=True):
        np.testing.assert_allclose(image, expected[label], atol=1e-6)


def test_a_peer_that_finds_no_device_is_an_error() -> None:
    torch = pytest.importorskip("torch")
    if torch.cuda.is_available():
        pytest.skip("this PyTorch has a GPU")
    with pytest.raises(WorkerError, match="no CUDA device, while JAX runs on tpu"):
        gan.torch_program(gan_config().to_dict(), "eager", platform="tpu", steps=1, keep_memory=False)
