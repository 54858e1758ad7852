"""The conditional PyTorch peer is the published network, and its step is emojax's."""

from typing import Any

import jax
import jax.numpy as jnp
import ml_collections
import numpy as np
import pytest

torch = pytest.importorskip("torch")

from training.support.small_gan import small_config  # noqa: E402

from emojax.benchmark.peers import torch_cdcgan, torch_dcgan  # noqa: E402
from emojax.core import rng  # noqa: E402
from emojax.training.gan.task import GanTask  # noqa: E402

K, LATENT, SIZE, WIDTH, EMBEDDING = 5, 12, 32, 8, 6
RATE, SMOOTHING = 4e-4, 0.1


@pytest.fixture(scope="module")
def task() -> GanTask:
    config = small_config()
    config.data.size = SIZE
    config.generator_optimizer.learning_rate = config.discriminator_optimizer.learning_rate = RATE
    config.loss = ml_collections.ConfigDict({"name": "bce", "smoothing": SMOOTHING, "r1_weight": 0.0})
    model = {"latent_size": LATENT, "first_size": 8, "num_classes": K, "embedding_size": EMBEDDING}
    model |= {"generator_widths": (2 * WIDTH, WIDTH), "discriminator_widths": (WIDTH, 2 * WIDTH)}
    config.model.update(model)
    return GanTask(ml_collections.FrozenConfigDict(config))


def networks() -> tuple[torch_cdcgan.Generator, torch_cdcgan.Discriminator]:
    torch.manual_seed(0)
    shape = {"image_size": SIZE, "width": WIDTH, "embedding_size": EMBEDDING}
    return torch_cdcgan.Generator(K, LATENT, **shape), torch_cdcgan.Discriminator(K, **shape)


def converted(network: torch.nn.Module) -> tuple[dict[str, Any], dict[str, Any]]:
    """Parameters and running statistics under our names, copied."""
    parts: tuple[dict[str, Any], dict[str, Any]] = ({}, {})
    for name, value in network.state_dict().items():
        layer, kind = name.removeprefix("net.").split(".")
        array = np.array(value.numpy())
        if layer == "classes":
            kind = "table"
        elif array.ndim == 4:
            kind, array = "kernel", array.transpose(2, 3, 1, 0)
        elif layer == "plane" and kind == "weight":
            kind, array = "kernel", array.T
        elif kind == "weight":
            kind = "scale"
        if kind != "num_batches_tracked":
            running = kind.startswith("running_")
            parts[running].setdefault(layer, {})[kind.removeprefix("running_")] = jnp.asarray(array)
    return parts


def batch(size: int = 6) -> dict[str, np.ndarray]:
    source = np.random.default_rng(1)
    return {
        "images": source.uniform(-1, 1, (size, SIZE, SIZE, 3)).astype(np.float32),
        "latents": source.normal(size=(size, LATENT)).astype(np.float32),
        "labels": source.integers(0, K, size),
    }


def tensors(given: dict[str, np.ndarray]) -> tuple[torch.Tensor, ...]:
    images = torch.from_numpy(given["images"].transpose(0, 3, 1, 2).copy())
    return images, torch.from_numpy(given["latents"]), torch.from_numpy(given["labels"])


def test_published_shapes() -> None:
    generator, discriminator = torch_cdcgan.Generator(108), torch_cdcgan.Discriminator(108)
    kernels = [tuple(generator.net.get_submodule(f"conv_{i}").weight.shape) for i in range(5)]
    assert kernels == [(150, 512, 8, 8), (512, 256, 4, 4), (256, 128, 4, 4), (128, 64, 4, 4), (64, 3, 4, 4)]
    kernels = [tuple(discriminator.net.get_submodule(f"conv_{i}").weight.shape) for i in range(5)]
    assert kernels == [(64, 4, 4, 4), (128, 64, 4, 4), (256, 128, 4, 4), (512, 256, 4, 4), (1, 512, 8, 8)]
    labels = torch.tensor([0, 107])
    images = generator(torch.randn(2, 100), labels)
    assert images.shape == (2, 3, 128, 128)
    assert discriminator(images, labels).shape == (2,)


def test_one_step_equals_the_trainers(task: GanTask) -> None:
    """From the same weights and batch it has the same losses and moves parameters the same way."""
    generator, discriminator = networks()
    given = batch()
    state = jax.jit(task.init)(rng.root(0))
    (g_params, g_stats), (d_params, d_stats) = converted(generator), converted(discriminator)
    assert jax.tree.map(jnp.shape, g_params) == jax.tree.map(jnp.shape, dict(state.generator.params))
    assert jax.tree.map(jnp.shape, d_params) == jax.tree.map(jnp.shape, dict(state.discriminator.params))
    state = state.replace(
        generator=state.generator.replace(params=g_params, batch_stats=g_stats),
        discriminator=state.discriminator.replace(params=d_params, batch_stats=d_stats),
    )
    inputs = {"images": given["images"], "latents": given["latents"], "classes": np.eye(K)[given["labels"]]}
    after, metrics = jax.jit(task.step)(state, jax.tree.map(jnp.asarray, inputs))

    step = torch_dcgan.make_step(
        "eager",
        generator,
        discriminator,
        generator_learning_rate=RATE,
        discriminator_learning_rate=RATE,
        smoothing=SMOOTHING,
    )
    losses = step(*tensors(given))
    for name, value in losses.items():
        assert value.item() == pytest.approx(float(metrics[name]), rel=1e-4), name
    for network, before, found in (
        (generator, g_params, after.generator),
        (discriminator, d_params, after.discriminator),
    ):
        expected = converted(network)[0]
        for (path, a), b, old in zip(
            jax.tree.leaves_with_path(found.params),
            jax.tree.leaves(expected),
            jax.tree.leaves(before),
            strict=True,
        ):
            # Where a gradient is next to nothing its sign, all that the first update shows, is rounding's.
            agree = np.abs(a - b) < 0.02 * RATE
            assert agree.mean() > 0.97, path
            assert (np.abs(b - old) > 0.5 * RATE).any(), path


def test_labels_decide_what_is_drawn_and_judged() -> None:
    generator, discriminator = networks()
    generator.eval()
    discriminator.eval()
    images, latents, labels = tensors(batch())
    other = (labels + 1) % K
    with torch.no_grad():
        assert not torch.equal(generator(latents, labels), generator(latents, other))
        assert not torch.equal(discriminator(images, labels), discriminator(images, other))
