"""Schedules and moving averages, at the steps where they change."""

import jax
import jax.numpy as jnp
import ml_collections
import numpy as np
import optax
import pytest

from emojax.training.engine.optimization import ema, update_net, warmup_cosine, warmup_decay
from emojax.training.engine.state import NetState, Network


def test_the_rate_rises_to_its_peak_and_falls_to_a_thousandth() -> None:
    settings = ml_collections.FrozenConfigDict({"learning_rate": 2e-3, "warmup": 0.1})
    rate = warmup_cosine(settings, 200)
    assert float(rate(0)) == pytest.approx(2e-3 / 25, rel=1e-5)
    assert float(rate(10)) == pytest.approx((2e-3 / 25 + 2e-3) / 2, rel=1e-5)
    assert float(rate(20)) == pytest.approx(2e-3, rel=1e-5)
    assert float(rate(110)) == pytest.approx((2e-3 + 2e-6) / 2, rel=1e-4)  # half of the cosine
    assert float(rate(200)) == pytest.approx(2e-6, rel=1e-3)


def test_the_average_is_weighted_by_its_decay() -> None:
    found = ema({"x": jnp.asarray([1.0, 0.0])}, {"x": jnp.asarray([0.0, 10.0])}, 0.9)
    np.testing.assert_allclose(found["x"], [0.9, 1.0], rtol=1e-6)


@pytest.mark.parametrize(
    ("step", "expected"), [(0, 0.1), (1, 2 / 11), (80, 0.9), (81, 0.9), (79, 80 / 89), (10_000, 0.9)]
)
def test_the_decay_warms_up_to_its_setting(step: int, expected: float) -> None:
    assert float(warmup_decay(0.9, jnp.asarray(step))) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("stats", [None, {"mean": jnp.asarray([4.0])}])
def test_an_update_steps_the_net_and_its_average(stats: dict[str, jax.Array] | None) -> None:
    params, tx = {"x": jnp.asarray([1.0, 2.0])}, optax.sgd(0.5)
    average = params if stats is None else {"params": params, "batch_stats": {"mean": jnp.asarray([0.0])}}
    before = NetState(jnp.asarray(0), Network(params, stats or {}, tx.init(params)), average)
    grads, metrics = {"x": jnp.asarray([3.0, 4.0])}, {"loss": jnp.asarray(7.0)}
    after, found = update_net(
        before, tx, grads, metrics, average_decay=0.9, axis_name=None, batch_stats=stats
    )
    np.testing.assert_allclose(after.network.params["x"], [-0.5, 0.0])
    of_params = after.average if stats is None else after.average["params"]
    np.testing.assert_allclose(of_params["x"], [0.1 - 0.45, 0.2], rtol=1e-5)  # decay 0.1 in the first step
    if stats is not None:
        np.testing.assert_allclose(after.average["batch_stats"]["mean"], [3.6], rtol=1e-5)
        assert after.network.batch_stats == stats
    assert int(after.step) == 1
    assert (float(found["loss"]), float(found["grad_norm"])) == (7.0, pytest.approx(5.0))
    assert "grad_norm" not in metrics


def test_an_update_averages_over_the_devices() -> None:
    params, tx = {"x": jnp.asarray([0.0])}, optax.sgd(1.0)
    before = NetState(jnp.asarray(0), Network(params, {}, tx.init(params)), params)

    def on_device(grad: jax.Array) -> tuple[NetState, dict[str, jax.Array]]:
        return update_net(before, tx, {"x": grad}, {"loss": grad[0]}, average_decay=0.5, axis_name="data")

    after, found = jax.vmap(on_device, axis_name="data")(jnp.asarray([[1.0], [3.0]]))
    np.testing.assert_allclose(after.network.params["x"], [[-2.0], [-2.0]])
    np.testing.assert_allclose(found["loss"], [2.0, 2.0])
