"""The generator of faces from parts: PyTorch has the same nets, takes the same step, and learns."""

from typing import Any, get_args

import jax
import jax.numpy as jnp
import ml_collections
import numpy as np
import pytest

from configs.parts import get_config
from emojax.benchmark.workloads import devices, parts, table
from emojax.core import rng
from emojax.training import tasks

torch = pytest.importorskip("torch")

from emojax.benchmark.peers import torch_parts  # noqa: E402


def small() -> Any:
    config = get_config("64")
    config.data.size, config.batch_size = 32, 4
    config.model.update(grid_size=8, code=4, embedding_size=6, style=5)
    config.model.generator_widths, config.model.discriminator_widths = (8, 6), (4, 6, 8)
    config.generator_optimizer.warmup = 0.0
    config.loss.r1_every = 2
    return config


@pytest.fixture(autouse=True)
def _ordinary_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "configure_jax", lambda: None)  # it would change this process


def _nets(config: Any, state: Any) -> tuple[Any, Any]:
    """PyTorch's nets with the parameters of a state."""
    model = config.model
    sizes = {name: model[name] for name in ("grid_size", "code", "embedding_size", "style")}
    g = torch_parts.Generator(parts.GROUPS, model.generator_widths, **sizes)
    d = torch_parts.Discriminator(sum(parts.GROUPS), model.discriminator_widths)
    for net, params in ((g, state.generator.params), (d, state.discriminator.params)):
        own: dict[str, Any] = {}
        for name, value in params.items():
            if name == "table":
                own["table"] = np.asarray(value)
            elif name == "classes":
                own["table"] = np.asarray(value["table"])
            else:
                kernel = np.asarray(value["kernel"])
                if kernel.ndim == 2:
                    kernel = kernel.T
                elif isinstance(net, torch_parts.Generator) and name in ("conv_1a",):
                    kernel = kernel[::-1, ::-1].transpose(
                        2, 3, 0, 1
                    )  # of upsampling: [3, 3, out, in], rotated
                else:
                    kernel = kernel.transpose(3, 2, 0, 1)
                if name == "pixels":  # the order of pixels and of channels
                    kernel = kernel.reshape(4, 3, *kernel.shape[1:]).swapaxes(0, 1).reshape(kernel.shape)
                own[f"{name}.weight"] = kernel
                if "bias" in value:
                    own[f"{name}.bias"] = np.asarray(value["bias"])
        net.load_state_dict({name: torch.tensor(np.array(x)) for name, x in own.items()})
    return g, d


def test_two_steps_equal_the_trainers() -> None:
    """The second shows that the first updated both nets likewise."""
    config = small()
    task: Any = tasks.make_task(ml_collections.ConfigDict(config))
    task = task.for_data({"groups": np.asarray(parts.GROUPS)})
    state = jax.jit(task.init)(rng.root(0))
    given = parts.batch(config.to_dict())
    g, d = _nets(config, state)
    adams = (config.generator_optimizer, config.discriminator_optimizer)
    step = torch_parts.make_step(
        "eager",
        g,
        d,
        learning_rates=(adams[0].learning_rate, adams[1].learning_rate),
        betas=((adams[0].b1, adams[0].b2), (adams[1].b1, adams[1].b2)),
        likeness_weight=config.loss.likeness_weight,
        r1_weight=config.loss.r1_weight,
        r1_every=config.loss.r1_every,
    )
    tensors = [torch.from_numpy(given[name]) for name in ("images", "latents", "classes")]
    ours = jax.jit(task.step)
    first = None
    for tolerance in (1e-3, 1e-2):
        state, metrics = ours(state, {k: jnp.asarray(x) for k, x in given.items()})
        found = step(tensors[0].permute(0, 3, 1, 2), *tensors[1:])
        assert found.keys() == {"d_loss", "r1", "likeness", "g_loss"}
        for name, value in found.items():
            assert float(value) == pytest.approx(float(metrics[name]), rel=tolerance), name
        first, last = first or float(found["likeness"]), float(found["likeness"])
    assert last < first


def test_counted_arithmetic_is_nearly_what_xla_finds() -> None:
    config = get_config("64")
    task: Any = tasks.make_task(ml_collections.ConfigDict(config))
    task = task.for_data({"groups": np.asarray(parts.GROUPS)})
    state = jax.eval_shape(task.init, rng.root(0))
    given = {k: jax.ShapeDtypeStruct(x.shape, x.dtype) for k, x in parts.batch(config.to_dict()).items()}
    lowered = jax.jit(task.step).lower(state, given)
    found = (lowered.cost_analysis() or {})["flops"] / 1e9
    # XLA counts what is faster than the direct algorithm, and what is no convolution.
    assert 0.6 * found < parts.gflop(config.to_dict()) < 1.6 * found


def test_emojax_takes_the_trainers_steps() -> None:
    program = parts.emojax_program(small().to_dict())
    program.call()
    assert program.facts["images"] == 4
    assert program.facts["compile_seconds"] > 0


@pytest.mark.parametrize("variant", ["eager", "channels_last"])
def test_the_peers_program_runs(variant: Any) -> None:
    program = parts.torch_program(small().to_dict(), variant, platform="cpu", steps=2, keep_memory=False)
    program.call()
    assert program.facts["gflop"] == parts.gflop(small().to_dict())


def test_the_peers_variants_are_those_it_has() -> None:
    workload = table.WORKLOADS["parts"]
    found = (*workload.peer_variants["torch"], *workload.accelerated["torch"])
    assert found == get_args(torch_parts.Variant)
