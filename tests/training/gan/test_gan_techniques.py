"""Options beyond the published step: losses, penalties, classes, renderings, adaptation."""

import functools
import json
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import ml_collections
import numpy as np
import pytest
from training.support.run import train
from training.support.small_gan import EVERYTHING, small_config, small_images

from emojax.core import rng
from emojax.models import convolution
from emojax.training.devices import parallel
from emojax.training.engine import checkpoints, run_files
from emojax.training.gan import losses, validation
from emojax.training.gan import step as gan_step
from emojax.training.gan.state import AugmentedGanState
from emojax.training.gan.task import GanTask


def _task(**changes: Any) -> GanTask:
    return GanTask(ml_collections.FrozenConfigDict(small_config(**changes))).for_data(small_images())


def _dataset() -> dict[str, np.ndarray]:
    images = small_images()["images"]
    return {"images": images, "renderings": np.stack([images, images[:, ::-1]], 1)}


def test_the_first_latents_are_the_renderings_jitter() -> None:
    dataset = _dataset()
    movements = np.random.default_rng(0).normal(size=(*dataset["renderings"].shape[:2], 4))
    dataset["movements"] = movements.astype(np.float32)
    task, key = _task(**EVERYTHING), rng.root(0)
    batch = task.batch(dataset, jnp.int32(1), key)
    pictures = np.asarray(2.0 * dataset["renderings"] / 255 - 1)
    for image, latents, one_hot in zip(*(batch[n] for n in ("images", "latents", "classes")), strict=True):
        label = int(one_hot.argmax())
        which = np.abs(pictures[label] - image).mean((1, 2, 3)).argmin()
        np.testing.assert_array_equal(latents[:4], dataset["movements"][label, which])
    plain = task.batch({k: v for k, v in dataset.items() if k != "movements"}, jnp.int32(1), key)
    np.testing.assert_array_equal(batch["latents"][:, 4:], plain["latents"][:, 4:])


def test_likeness_is_of_images_averaged_down() -> None:
    images = jax.random.normal(jax.random.key(0), (2, 8, 8, 3))
    coarse = images.reshape(2, 4, 2, 4, 2, 3).mean((2, 4))
    np.testing.assert_allclose(
        losses.coarse_difference(images, jnp.zeros_like(images), 4), jnp.abs(coarse).mean(), rtol=1e-5
    )
    checkers = jnp.asarray([[1.0, -1.0], [-1.0, 1.0]])
    detail = jnp.tile(checkers, (4, 4))[None, :, :, None]
    np.testing.assert_allclose(losses.coarse_difference(images + detail, images, 4), 0.0, atol=1e-6)


def test_r1_of_a_linear_net_is_its_weights_norm() -> None:
    weights = jax.random.normal(jax.random.key(0), (4, 4, 3))
    images = jax.random.normal(jax.random.key(1), (5, 4, 4, 3))
    squares = losses.squared_gradients(lambda x: jnp.einsum("bhwc,hwc->b", x, weights), images)
    np.testing.assert_allclose(squares, jnp.full(5, jnp.sum(weights**2)), rtol=1e-5)


def test_r1_has_the_right_gradient_through_our_convolutions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Their gradients are written by hand; second derivatives must be right as well."""
    task = _task(model={"discriminator_norm": "none", "discriminator_widths": (16, 32)})
    images = jax.random.normal(jax.random.key(0), (3, 16, 16, 3))
    net = task.discriminator()
    variables = jax.jit(functools.partial(net.init, train=False))(jax.random.key(1), images)

    def penalty(params: Any) -> jax.Array:
        return losses.squared_gradients(
            lambda x: net.apply({"params": params}, x, train=False), images
        ).mean()

    params = jax.tree.map(lambda x: 5 * x, variables["params"])
    ours = jax.jit(jax.grad(penalty))(params)
    plain = functools.partial(jax.lax.conv_general_dilated, dimension_numbers=("NHWC", "HWIO", "NHWC"))
    monkeypatch.setattr(
        convolution, "conv", lambda x, k, stride, pad: plain(x, k, (stride,) * 2, [(pad, pad)] * 2)
    )
    expected = jax.jit(jax.grad(lambda p: penalty(p)))(params)
    for name, gradient in expected.items():
        error = jnp.linalg.norm(ours[name]["kernel"] - gradient["kernel"])
        assert error < 1e-4 * jnp.linalg.norm(gradient["kernel"]), name


def test_r1_on_some_images_estimates_that_of_all() -> None:
    """Its mean over batches that have each image first once is the penalty on all images."""
    images = jax.random.normal(jax.random.key(0), (4, 16, 16, 3))
    task = _task(model={"discriminator_norm": "none"})
    net = task.discriminator()
    variables = jax.jit(functools.partial(net.init, train=False))(jax.random.key(1), images)
    r1 = jax.jit(gan_step.r1, static_argnames=("model", "every", "axis_name"))
    every = [r1(net, variables, jnp.roll(images, i, 0), None, every=4, axis_name=None) / 4 for i in range(4)]
    expected = r1(net, variables, images, None, every=1, axis_name=None)
    np.testing.assert_allclose(sum(every), expected, rtol=1e-4)


def _run(task: GanTask, start: Any, mode: str, steps: int) -> tuple[Any, Any]:
    plan = parallel.make_plan(mode, task.config.batch_size)
    key = rng.root(0)
    state = parallel.place(plan, start)
    dataset = parallel.place(plan, _dataset())
    compiled = parallel.compile_steps(plan, functools.partial(task.batch, key=key), task.step, 1)
    for _ in range(steps):
        state, metrics = compiled(state, dataset)
    return jax.tree.map(np.asarray, parallel.one_copy(plan, state)), metrics


def test_everything_at_once_is_the_same_on_eight_devices() -> None:
    """Two images a device, and the penalty is on every fourth: on none of some devices."""
    with jax.enable_x64(True):
        task = _task(dtype="float64", **EVERYTHING)
        start = jax.tree.map(np.asarray, jax.jit(task.init)(rng.root(0)))
        (one, metrics), (eight, rows) = (_run(task, start, mode, 3) for mode in ("jit", "pmap"))
        for a, b in zip(jax.tree.leaves(eight), jax.tree.leaves(one), strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-7, atol=1e-10)
        for name, value in metrics.items():
            np.testing.assert_allclose(rows[name], value, rtol=1e-7, err_msg=name)
        assert isinstance(one, AugmentedGanState)
        assert one.augmentation.probability != 0.5
        assert metrics["r1"] > 0


def _restored(workdir: Path) -> tuple[int | None, Any]:
    device = jax.sharding.SingleDeviceSharding(jax.devices()[0])
    like = checkpoints.placed_like(jax.eval_shape(_task(**EVERYTHING).init, rng.root(0)), device)
    saved = checkpoints.Checkpoints(workdir, read_only=True)
    return saved.latest_step(), saved.restore(like)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``whole``, a run of 8 steps, and ``parts``, the same stopped halfway and scored every other step."""
    folder = tmp_path_factory.mktemp("runs")
    distances = iter([3.0, 1.0, 2.0, 4.0])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(GanTask, "load_data", lambda self, folders: _dataset())
        patch.setattr(GanTask, "run_files", lambda self, folders: {})
        patch.setattr(validation.Progress, "load", lambda real: validation.Progress(None, real, None))
        patch.setattr(
            validation.Progress,
            "scores",
            lambda self, images: {"kid": next(distances), "shape": float(images.shape == (70, 16, 16, 3))},
        )
        config = small_config(epochs=6, **EVERYTHING)
        config.run.parallel = "jit"
        train(config, folder / "whole")
        config.run.update({"validate_every": 2, "validate_count": 70})
        for epochs in (3, 6):
            config.epochs = epochs
            train(config, folder / "parts")
    return folder


def test_everything_at_once_resumes_to_the_same_result_with_or_without_validation(runs: Path) -> None:
    (steps, whole), (_, parts) = _restored(runs / "whole"), _restored(runs / "parts")
    assert steps == 8
    jax.tree.map(np.testing.assert_array_equal, whole, parts)
    assert run_files.read_config(runs / "whole")["model"]["num_classes"] == 20


def test_the_checkpoint_of_the_smallest_kernel_distance_is_kept(runs: Path) -> None:
    rows = [json.loads(line) for line in (runs / "parts" / "metrics.jsonl").read_text().splitlines()]
    scores = {row["step"]: row["val_kid"] for row in rows if "val_kid" in row}
    assert scores == {2: 3.0, 4: 1.0, 6: 2.0, 8: 4.0}
    assert all(row["val_shape"] == 1.0 for row in rows if "val_kid" in row)
    step, state = _restored(runs / "parts" / "best")
    assert step == state.step == 4
    assert not (runs / "whole" / "best").exists()


def test_batches_have_random_renderings_of_the_same_emoji() -> None:
    task, dataset = _task(), _dataset()
    plain = jax.jit(task.batch)({"images": dataset["images"]}, 3, rng.root(0))["images"]
    several = jax.jit(task.batch)(dataset, 3, rng.root(0))["images"]
    kept = (several == plain).all((1, 2, 3))
    turned = (several == plain[:, ::-1]).all((1, 2, 3))
    assert (kept | turned).all()
    assert kept.any()
    assert turned.any()
    again = jax.jit(task.batch)(dataset, 3 + 5, rng.root(0))["images"]  # an epoch of 20 later, by 16
    assert again.shape == several.shape


def test_classes_are_those_of_the_images() -> None:
    task = _task(model={"num_classes": -1})
    dataset = small_images()
    batch = jax.jit(task.batch)(dataset, 2, rng.root(0))
    labels = batch["classes"].argmax(-1)
    assert batch["classes"].shape == (16, 20)
    expected = dataset["images"][labels].astype(np.float32) / 127.5 - 1
    np.testing.assert_allclose(batch["images"], expected, atol=1e-6)


def test_half_of_the_images_are_mirrored() -> None:
    images = small_images()
    plain = jax.jit(_task().batch)(images, 0, rng.root(0))["images"]
    mirrored = jax.jit(_task(data={"mirror": True}).batch)(images, 0, rng.root(0))["images"]
    turned = (mirrored == plain[:, :, ::-1]).all((1, 2, 3))
    assert (turned | (mirrored == plain).all((1, 2, 3))).all()
    assert 2 < int(turned.sum()) < 14


def test_the_average_warms_up() -> None:
    task = _task(average_decay=0.9, average_warmup=True)
    state = jax.jit(task.init)(rng.root(0))
    batch = jax.jit(task.batch)(small_images(), state.step, rng.root(0))
    after, _ = jax.jit(task.step)(state, batch)
    # At the first step the decay is 1/10.
    kernel = lambda tree: np.asarray(tree["conv_1"]["kernel"])  # noqa: E731
    expected = 0.1 * kernel(state.average) + 0.9 * kernel(after.generator.params)
    np.testing.assert_allclose(kernel(after.average), expected, rtol=1e-4, atol=1e-8)
