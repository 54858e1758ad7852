"""The generator of faces from parts learns from faces that never repeat, and is exported with its parts."""

import functools
import itertools
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from support import part_faces, small_parts

from emojax.core import rng
from emojax.core.errors import UserError
from emojax.emoji import loading
from emojax.emoji.parts import PartEmojiGenerator
from emojax.training import export, tasks
from emojax.training.emoji_parts import config as part_config
from emojax.training.emoji_parts import step as part_step
from emojax.training.engine import loop

KEY = rng.root(0)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return part_faces.write_faces(tmp_path_factory.mktemp("faces") / "openmoji")


def _task(folder: Path, **changes: object):  # type: ignore[no-untyped-def]
    task = tasks.make_task(small_parts.config(**changes))
    dataset = task.load_data({"openmoji_dir": folder})
    return task.for_data(dataset), jax.device_put(dataset)


def test_a_batch_is_a_function_of_its_step(folder: Path) -> None:
    task, dataset = _task(folder)
    batch = jax.jit(task.batch)
    first, again, other = (batch(dataset, jnp.asarray(i), KEY) for i in (3, 3, 4))
    jax.tree.map(np.testing.assert_array_equal, first, again)
    assert not np.array_equal(first["images"], other["images"])
    assert first["images"].shape == (8, 16, 16, 3)
    assert np.abs(first["images"]).max() <= 1.0001
    assert first["classes"].shape == (8, sum(task.config.model.groups))
    # A face has a base, and each kind at most once.
    starts = np.cumsum([0, *task.config.model.groups])
    counts = np.stack([first["classes"][:, a:b].sum(1) for a, b in itertools.pairwise(starts)], 1)
    assert counts.max() == 1
    assert (counts[:, 0] + counts[:, 4] == 1).all()


def test_held_out_pairs_are_not_in_training_batches(folder: Path) -> None:
    task, dataset = _task(folder, **{"batch_size": 256, "data.own": 0.0})
    eyes = int(np.flatnonzero(np.asarray(dataset["weights"])[1])[0])
    mouth = int(np.flatnonzero(np.asarray(dataset["weights"])[2])[0])
    held_out = np.zeros_like(dataset["held_out"])
    held_out[eyes, mouth] = held_out[mouth, eyes] = True

    def pairs(dataset: dict) -> int:  # type: ignore[type-arg]
        classes = np.asarray(jax.jit(task.batch)(dataset, jnp.asarray(0), KEY)["classes"])
        return int((classes[:, eyes] * classes[:, mouth]).sum())

    assert pairs(dataset) > 0
    assert pairs(dataset | {"held_out": held_out}) == 0


def test_without_adversarial_weight_a_step_is_adam_on_the_likeness(folder: Path) -> None:
    task, dataset = _task(folder, **{"loss.adversarial_weight": 0.0})
    state = jax.jit(task.init)(KEY)
    batch = jax.jit(task.batch)(dataset, state.step, KEY)
    after, metrics = jax.jit(task.step)(state, batch)
    model = part_config.generator(task.config)

    def loss(params):  # type: ignore[no-untyped-def]
        images = model.apply({"params": params}, batch["latents"], batch["classes"], train=True)
        d = images - batch["images"]
        return 100.0 * (jnp.mean(jnp.abs(d)) + 0.5 * jnp.mean(d**2))

    value, grads = jax.jit(jax.value_and_grad(loss))(state.generator.params)
    tx = optax.adam(2e-3 / 25, b1=0.9, b2=0.99)
    updates, _ = tx.update(grads, tx.init(state.generator.params))
    expected = optax.apply_updates(state.generator.params, updates)
    np.testing.assert_allclose(100 * metrics["likeness"], value, rtol=1e-5)
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, atol=2e-7), after.generator.params, expected)
    jax.tree.map(np.testing.assert_array_equal, after.discriminator.params, state.discriminator.params)
    assert set(metrics) == {"likeness", "g_grad_norm"}
    assert int(after.step) == int(state.step) + 1


def test_the_discriminator_learns_real_from_fake_and_is_told_the_parts(folder: Path) -> None:
    task, dataset = _task(folder, **{"loss.r1_weight": 0.0})
    state = jax.jit(task.init)(KEY)
    batch = jax.jit(task.batch)(dataset, state.step, KEY)
    after, metrics = jax.jit(task.step)(state, batch)
    g_model, d_model = part_config.generator(task.config), part_config.discriminator(task.config)
    fakes = jax.jit(functools.partial(g_model.apply, train=True))(
        {"params": state.generator.params}, batch["latents"], batch["classes"]
    )

    def loss(params):  # type: ignore[no-untyped-def]
        def logits(images):  # type: ignore[no-untyped-def]
            return d_model.apply({"params": params}, images, batch["classes"], train=False)

        return jax.nn.softplus(-logits(batch["images"])).mean() + jax.nn.softplus(logits(fakes)).mean()

    value, grads = jax.jit(jax.value_and_grad(loss))(state.discriminator.params)
    tx = optax.adam(4e-4, b1=0.0, b2=0.99)
    updates, _ = tx.update(grads, tx.init(state.discriminator.params))
    expected = optax.apply_updates(state.discriminator.params, updates)
    np.testing.assert_allclose(metrics["d_loss"], value, rtol=1e-5)
    jax.tree.map(
        lambda a, b: np.testing.assert_allclose(a, b, atol=2e-6), after.discriminator.params, expected
    )
    # The generator is trained against the discriminator after its update.
    logits = jax.jit(functools.partial(d_model.apply, train=False))(
        {"params": expected}, fakes, batch["classes"]
    )
    np.testing.assert_allclose(metrics["g_loss"], jax.nn.softplus(-logits).mean(), rtol=1e-4)
    assert "classes" in state.discriminator.params


def test_likeness_falls_as_it_is_trained(folder: Path) -> None:
    task, dataset = _task(folder, **{"loss.adversarial_weight": 0.0, "steps": 60, "batch_size": 16})
    state, step = jax.jit(task.init)(KEY), jax.jit(lambda s, i: task.step(s, task.batch(dataset, i, KEY)))
    found = []
    for i in range(60):
        state, metrics = step(state, jnp.asarray(i))
        found.append(float(metrics["likeness"]))
    assert np.mean(found[-5:]) < 0.6 * np.mean(found[:5])


def test_a_run_is_validated_exported_and_drawn_from(folder: Path, tmp_path: Path) -> None:
    task = tasks.make_task(small_parts.config(**{"run.parallel": "jit"}))
    loop.train(task, tmp_path / "run", {"openmoji_dir": folder})
    assert (tmp_path / "run" / "parts.json").is_file()
    export.main(["--average_only", str(tmp_path / "run"), str(tmp_path / "parts.safetensors")])
    generators = [loading.load(tmp_path / name) for name in ("run", "parts.safetensors")]
    pictures = []
    for generator in generators:
        assert isinstance(generator, PartEmojiGenerator)
        samples = generator.sample(0, range(3))
        pictures.append(generator.draw(samples.latents, samples.classes))
    assert pictures[0].shape == (3, 16, 16, 3)
    # The file has kernels in half precision.
    assert np.abs(pictures[0].astype(int) - pictures[1]).max() <= 2
    # Another run starts from it.
    warm = tasks.make_task(small_parts.config(steps=1))
    folders = {"openmoji_dir": folder, "init_weights": tmp_path / "parts.safetensors"}
    warm = warm.for_data(warm.load_data(folders))
    state = warm.warm_start(jax.jit(warm.init)(rng.root(1)), folders)
    trained = generators[1].variables["params"]
    jax.tree.map(np.testing.assert_array_equal, jax.device_get(state.average), trained)
    jax.tree.map(np.testing.assert_array_equal, jax.device_get(state.generator.params), trained)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("data.size", 32, "add or remove entries"),
        ("model.discriminator_widths", (8,), "discriminator_widths"),
        ("loss.name", "wgan", "choose one of bce"),
        ("dtype", "float16", "choose one of"),
        ("data.own", 1.5, "from 0 to 1"),
        ("steps", 0, "from 1"),
        ("loss.r1_every", 0, "from 1"),
    ],
)
def test_wrong_values_are_named(field: str, value: object, message: str) -> None:
    with pytest.raises(UserError, match=message):
        tasks.make_task(small_parts.config(**{field: value}))


def test_a_run_needs_a_loss() -> None:
    with pytest.raises(UserError, match="adversarial_weight"):
        tasks.make_task(small_parts.config(**{"loss.adversarial_weight": 0.0, "loss.likeness_weight": 0.0}))


def test_likeness_weighs_small_and_large_differences() -> None:
    images, targets = jnp.zeros((1, 2, 2, 3)), jnp.full((1, 2, 2, 3), 0.4)
    np.testing.assert_allclose(part_step.likeness(images, targets), 0.4 + 0.5 * 0.16, rtol=1e-6)
