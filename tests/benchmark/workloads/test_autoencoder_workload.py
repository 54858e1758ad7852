"""The autoencoders' programs take the trainer's step, count its arithmetic, and PyTorch takes the same."""

from typing import Any, get_args

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from configs.autoencoder import get_config
from emojax.benchmark.workloads import autoencoder, devices, table
from emojax.core import rng
from emojax.models import convolution
from emojax.models.autoencoder import Autoencoder
from emojax.training import tasks
from emojax.training.parts.losses import shape_loss


def config(widths: tuple[int, ...] = (8, 8), kinds: tuple[str, ...] = ("eye", "mouth")) -> Any:
    settings = get_config()
    settings.kinds, settings.batch_size = kinds, 2
    settings.model.widths, settings.model.embedding = widths, 6
    return settings


@pytest.fixture(autouse=True)
def _ordinary_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "configure_jax", lambda: None)  # it would change this process


def test_counted_arithmetic_is_what_xla_finds_in_the_direct_step(
    monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    monkeypatch.setattr(convolution, "_suits_winograd", lambda *_: False)
    jax.clear_caches()  # of traces that use the faster algorithm
    request.addfinalizer(jax.clear_caches)
    settings = config((32, 64, 96))
    task = tasks.make_task(settings)
    state = jax.eval_shape(task.init, rng.root(0))
    shape = jax.ShapeDtypeStruct((2, 2, 64, 64, 3), jnp.float32)
    lowered = jax.jit(task.step).lower(state, {"inputs": shape, "targets": shape})
    found = (lowered.cost_analysis() or {})["flops"] / 1e9
    counted = autoencoder.gflop(settings.to_dict())
    # XLA counts losses and updates, too, which are large for two shapes of 64 pixels.
    assert counted < found < 1.15 * counted


@pytest.mark.parametrize("drawn", [False, True])
def test_emojax_takes_the_trainers_steps(drawn: bool) -> None:
    program = autoencoder.emojax_program(config().to_dict(), drawn=drawn)
    program.call()
    program.call()
    assert program.facts["images"] == 2 * 2
    assert program.facts["compile_seconds"] > 0


def test_the_peers_variants_are_those_it_has() -> None:
    pytest.importorskip("torch")
    from emojax.benchmark.peers import torch_autoencoder

    workload = table.WORKLOADS["autoencoder"]
    found = (*workload.peer_variants["torch"], *workload.accelerated["torch"])
    assert found == get_args(torch_autoencoder.Variant)


def test_the_peer_has_the_same_nets_and_loss() -> None:
    torch = pytest.importorskip("torch")
    from emojax.benchmark.peers import torch_autoencoder

    net = torch_autoencoder.Autoencoder((8, 8), 6)
    model = Autoencoder((8, 8), 6)
    variables = jax.eval_shape(model.init, jax.random.key(0), jnp.zeros((1, 64, 64, 3)))
    expected = sum(leaf.size for leaf in jax.tree.leaves(variables))
    assert sum(p.numel() for p in net.parameters()) == expected
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(3, 64, 64, 3)).astype(np.float32)
    shapes = (rng.random((3, 64, 64, 3)) < [[[[0.5]]], [[[0.01]]], [[[0.0]]]]).astype(np.float32)
    cross_entropy, dice = shape_loss(jnp.asarray(logits), jnp.asarray(shapes))
    first = [torch.from_numpy(x).permute(0, 3, 1, 2) for x in (logits, shapes)]
    found = torch_autoencoder.shape_loss(*first, 0.7)
    assert float(found) == pytest.approx(float(cross_entropy + 0.7 * dice), rel=1e-5)


@pytest.mark.parametrize("variant", ["eager", "channels_last", "vmap"])
def test_the_peer_learns_and_every_variant_learns_the_same(variant: Any) -> None:
    torch = pytest.importorskip("torch")
    from emojax.benchmark.peers import torch_autoencoder

    def losses(variant: Any) -> list[float]:
        torch.manual_seed(0)
        nets = [torch_autoencoder.Autoencoder((8, 8), 6) for _ in range(2)]
        step = torch_autoencoder.make_step(variant, nets, learning_rate=1e-2, betas=(0.9, 0.99), dice=1.0)
        batch = torch.zeros(2, 3, 3, 64, 64)
        batch[..., 20:50, 10:40] = 1.0
        return [float(step(batch, batch)) for _ in range(4)]

    found = losses(variant)
    assert found[-1] < found[0]
    assert found == pytest.approx(losses("eager"), rel=1e-3)
