"""What a step needs is counted in its program, and a chip's figures turn it into milliseconds."""

import json
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import pytest
from flax import struct
from jax import lax

from emojax.benchmark import cost_model
from emojax.benchmark.chips import CHIPS, SYSTEMS, System
from emojax.benchmark.cost_model import Step
from emojax.training.engine.state import Network

STEP = Step(images=16, gflop=49.47, gbyte=0.67, kernels=200, messages=4, message_mb=45.0, bfloat16=False)


@struct.dataclass
class State:
    network: Network


def _step(state: State, batch: Any, axis_name: str | None = None) -> Any:
    def loss(params: Any) -> Any:
        # Where a layer has a form for CPUs, that of all other devices counts.
        x = lax.platform_dependent(batch @ params["w"], cpu=lambda x: x @ x.T @ x, default=jnp.tanh)
        return jnp.sum(x)

    value, grads = jax.value_and_grad(loss)(state.network.params)
    assert axis_name is not None
    # The second waits for the first; the third waits for neither.
    grads = lax.psum(grads, axis_name)
    norm = lax.psum(grads["w"][0, 0], axis_name)
    other = lax.psum(value, axis_name)
    return state.replace(network=Network(grads, {}, {})), {"loss": other, "norm": norm}


def test_products_and_messages_are_counted_in_the_traced_program() -> None:
    state = State(Network({"w": jax.ShapeDtypeStruct((30, 20), jnp.float32)}, {}, {}))
    batch = jax.ShapeDtypeStruct((10, 30), jnp.float32)
    found = cost_model.count(_step, state, batch, images=10, gflop=0.5)
    # Forward [10, 30] x [30, 20], gradient [30, 10] x [10, 20], and the sum of [10, 20].
    products = 2 * (10 * 30 + 30 * 20 + 10 * 20) + 10 * 20 + 1
    update = 30 * 20 * (7 + 2)
    assert found.gbyte == pytest.approx(4 * (products + update) / 1e9)
    assert found.kernels == 2 + 1 + 1
    assert found.messages == 2
    assert found.message_mb == pytest.approx(4 * (30 * 20 + 1 + 1) / 1e6)
    assert (found.images, found.gflop, found.bfloat16) == (10, 0.5, False)


def test_one_device_sends_nothing_and_the_slower_of_both_rates_binds() -> None:
    found = cost_model.predict(STEP, SYSTEMS["h100_1"])
    assert found["arithmetic_ms"] == pytest.approx(0.1)  # 49.47 GFLOP at 494.7 TFLOP/s
    assert found["memory_ms"] == pytest.approx(0.2)  # 0.67 GB at 3,350 GB/s
    assert found["kernels_ms"] == pytest.approx(0.4)  # 200 of 2 microseconds
    assert found["messages_ms"] == 0
    assert found["ms"] == pytest.approx(0.6)
    assert found["images_per_second"] == pytest.approx(16 / 0.6e-3)
    half = cost_model.predict(STEP._replace(bfloat16=True), SYSTEMS["h100_1"])
    assert half["arithmetic_ms"] == pytest.approx(0.05)


def test_messages_cost_their_number_and_their_bytes() -> None:
    found = cost_model.predict(STEP, System("h100", 8, 15.0))
    assert found["messages_ms"] == pytest.approx(4 * 0.015 + 2 * 7 / 8 * 45.0 / CHIPS["h100"].link_gbps)
    assert found["ms"] == pytest.approx(0.6 + found["messages_ms"])
    assert found["images_per_second"] == pytest.approx(8 * 16 / (found["ms"] / 1e3))


def test_stored_predictions_follow_from_the_stored_counts() -> None:
    stored = json.loads((Path(__file__).parents[2] / "docs/scaling.json").read_text())
    steps = {name: Step(**fields) for name, fields in stored["steps"].items()}
    assert set(steps) == set(cost_model.STEPS)
    found = json.loads(json.dumps(cost_model.predictions(steps)))
    assert found == stored | {"checks": []}


def test_stored_counts_of_the_gan_are_those_of_its_recipe() -> None:
    stored = json.loads((Path(__file__).parents[2] / "docs/scaling.json").read_text())
    recipe, make = cost_model.STEPS["gan"]
    found = make(cost_model.load_recipe(recipe))
    assert found._asdict() == pytest.approx(stored["steps"]["gan"])
    # Batch norms of the generator (4) and of the discriminator (3), there and back, for the discriminator's
    # update and again for the generator's, whose generator has run already; and two networks' gradients.
    assert found.messages == (4 + 3 + 3 + 1) + (3 + 3 + 4 + 1)
