"""Generation: reproducible image by image; morphs along the sphere; strangers' files refused."""

import functools
import json
from pathlib import Path

import jax
import numpy as np
import pytest

from configs import dcgan
from emojax import generate, weights
from emojax.errors import UserError
from emojax.models.dcgan import Generator
from emojax.training.export import FORMAT


def write_generator(path: Path, *, widths: tuple[int, ...] = (32, 16), **metadata: str) -> Path:
    """An untrained 16 px generator in the exported form; its average has other weights."""
    config = dcgan.get_config()
    config.data.size = 4 * 2 ** len(widths)
    config.model.latent_size = 8
    config.model.generator_widths = widths
    model, latents = Generator(widths=widths), np.zeros((2, 8), np.float32)
    init = jax.jit(functools.partial(model.init, train=False))
    variables = {name: init(jax.random.key(seed), latents) for seed, name in enumerate(("last", "average"))}
    told = {"format": FORMAT, "config": config.to_json(), "step": "0"} | metadata
    weights.save(path, variables, metadata=told, half=True)
    return path


@pytest.fixture(scope="module")
def generator(tmp_path_factory: pytest.TempPathFactory) -> generate.EmojiGenerator:
    return generate.load(write_generator(tmp_path_factory.mktemp("weights") / "g.safetensors"))


def test_an_image_depends_on_seed_and_number_alone(generator) -> None:  # type: ignore[no-untyped-def]
    many = generator.draw(generator.latents(3, range(37)))
    assert many.shape == (37, 16, 16, 3)
    assert many.dtype == np.uint8
    for indices in ([0], [36, 5], range(20)):
        np.testing.assert_array_equal(generator.draw(generator.latents(3, indices)), many[list(indices)])
    assert len({image.tobytes() for image in many}) == 37
    assert not np.array_equal(generator.draw(generator.latents(4, [0]))[0], many[0])


def test_latents_are_standard_normal(generator) -> None:  # type: ignore[no-untyped-def]
    latents = generator.latents(0, range(2000))
    assert abs(latents.mean()) < 0.03
    assert abs(latents.std() - 1) < 0.03
    assert np.abs(np.corrcoef(latents[:-1].ravel(), latents[1:].ravel())[0, 1]) < 0.03


def test_average_and_last_differ(tmp_path: Path) -> None:
    path = write_generator(tmp_path / "g.safetensors")
    latents = np.ones((1, 8), np.float32)
    average, last = (generate.load(path, average=a).draw(latents) for a in (True, False))
    assert not np.array_equal(average, last)


def test_slerp_walks_the_sphere_at_constant_speed() -> None:
    a, b = np.random.default_rng(0).normal(size=(2, 100)).astype(np.float32)
    b *= np.linalg.norm(a) / np.linalg.norm(b)
    path = generate.slerp(a, b, np.linspace(0, 1, 50))
    np.testing.assert_array_equal(path[0], a)
    np.testing.assert_array_equal(path[-1], b)
    np.testing.assert_allclose(np.linalg.norm(path, axis=1), np.linalg.norm(a), rtol=1e-5)
    steps = np.linalg.norm(np.diff(path, axis=0), axis=1)
    np.testing.assert_allclose(steps, steps.mean(), rtol=1e-3)


def test_slerp_survives_parallel_and_unequal_latents() -> None:
    a = np.array([1.0, 0.0], np.float32)
    assert np.isfinite(generate.slerp(a, a, np.linspace(0, 1, 5))).all()
    assert np.isfinite(generate.slerp(a, -a, np.linspace(0, 1, 5))).all()
    longer = generate.slerp(a, np.array([0.0, 3.0], np.float32), np.array([0.5]))
    np.testing.assert_allclose(np.linalg.norm(longer), 2.0, rtol=1e-5)


def test_strangers_files_are_refused(tmp_path: Path) -> None:
    whole = write_generator(tmp_path / "g.safetensors")
    truncated = tmp_path / "truncated.safetensors"
    truncated.write_bytes(whole.read_bytes()[:-100])
    with pytest.raises(UserError, match="truncated.safetensors"):
        generate.load(truncated)
    bisenet = write_generator(tmp_path / "b.safetensors", format="emojax.segmentation.1")
    with pytest.raises(UserError, match=r"b.safetensors holds no emoji generator"):
        generate.load(bisenet)
    huge = json.dumps({"model": {"generator_widths": [10**9], "latent_size": 8}})
    with pytest.raises(UserError, match="out of bounds"):
        generate.load(write_generator(tmp_path / "h.safetensors", config=huge))
    other = dcgan.get_config().to_json()
    with pytest.raises(UserError, match="another net's weights"):
        generate.load(write_generator(tmp_path / "o.safetensors", config=other))
    with pytest.raises(UserError, match=r"holds no config\.json"):
        generate.load(tmp_path)
