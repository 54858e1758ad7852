"""Configurations of GANs: old ones keep their meaning, invalid ones are refused by field."""

import functools
from typing import Any

import jax
import ml_collections
import numpy as np
import pytest
from training.support.small_gan import EVERYTHING, small_config

from configs import cdcgan, cdcgan_best, dcgan, dcgan_best
from emojax.core import rng
from emojax.core.errors import UserError
from emojax.training import tasks
from emojax.training.gan import config as gan_config
from emojax.training.gan.task import GanTask


def _strip(config: ml_collections.ConfigDict) -> dict[str, Any]:
    """Without the fields that were added after the published recipe."""
    old = config.to_dict()
    for section, fields in gan_config.PUBLISHED.items():
        if not isinstance(fields, dict) or section in ("loss", "augmentation"):
            del old[section]
        else:
            for name in fields:
                del old[section][name]
    return old


def test_fields_that_an_old_configuration_lacks_have_the_published_values() -> None:
    config = dcgan.get_config()
    assert gan_config.complete(_strip(config)) == gan_config.complete(config) == config.to_dict()


@pytest.mark.parametrize(
    "config",
    [
        *(pytest.param(dcgan_best.get_config(name), id=name) for name in dcgan_best.VARIANTS),
        pytest.param(cdcgan.get_config(), id="cdcgan"),
        pytest.param(cdcgan_best.get_config(), id="cdcgan_best"),
    ],
)
def test_configurations_make_models_and_name_every_field(config: ml_collections.ConfigDict) -> None:
    assert gan_config.complete(config) == config.to_dict()
    task = GanTask(ml_collections.FrozenConfigDict(config))
    task.check()
    size = config.data.size
    task = task.for_data({"images": np.zeros((7, size, size, 3), np.uint8)})
    state = jax.eval_shape(task.init, rng.root(0))
    images = jax.eval_shape(functools.partial(task.samples, count=3), state, rng.root(0))
    assert images.shape == (3, size, size, 3)


def test_variants_change_one_thing_and_are_trained_alike() -> None:
    found = {name: dcgan_best.get_config(name).to_dict() for name in dcgan_best.VARIANTS}
    best, single, short = found["best"], found["single"], found["short"]
    for name in ("late", "early"):
        assert found[name] == best | {"epochs": found[name]["epochs"]}
    assert found["early"]["epochs"] < best["epochs"] < found["late"]["epochs"]
    assert single == found["early"] | {"model": best["model"] | {"modes": 0}}
    assert best["model"]["modes"] > 0
    assert short == single | {"epochs": short["epochs"]}
    for name in found.keys() - {"best", "late", "early", "single", "short"}:
        variant = found[name]
        assert variant != short
        assert {field: variant[field] for field in ("epochs", "batch_size", "seed")} == {
            field: short[field] for field in ("epochs", "batch_size", "seed")
        }


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"loss": {"name": "wgan"}}, "config.loss.name is 'wgan': choose one of bce, hinge"),
        ({"loss": {"r1_every": 0}}, "config.loss.r1_every is 0"),
        ({"model": {"upsampling": "bicubic"}}, "config.model.upsampling is 'bicubic'"),
        ({"model": {"skips": True}}, "config.model.generator_widths has 2 entries, which makes 8 px images"),
        ({"model": {"num_classes": -2}}, "config.model.num_classes is -2"),
        ({"augmentation": {"strength": 1.5}}, "config.augmentation.strength is 1.5"),
        ({"loss": {"likeness_weight": 1.0}}, "config.loss.likeness_weight is 1.0: it needs classes"),
        ({"data": {"renderings": 0}}, "config.data.renderings is 0"),
        (
            EVERYTHING | {"data": {"renderings": 2}, "model": EVERYTHING["model"] | {"latent_size": 3}},
            "config.model.latent_size is 3: .* must be at least 4",
        ),
        ({"model": {"attention": 5}}, "config.model.attention is 5: both nets have features of .*8.* pixels"),
        ({"model": {"attention": 16}}, "config.model.attention is 16"),
        ({"model": {"modes": 9}}, "config.model.modes is 9: it must be from 0 to 8"),
        (
            EVERYTHING | {"data": {"renderings": 2}, "model": EVERYTHING["model"] | {"modes": 2}},
            "config.model.modes is 2: with config.loss.likeness_weight it must be 0",
        ),
    ],
)
def test_invalid_configurations_are_refused(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(UserError, match=words):
        tasks.make_task(small_config(**changes))


@pytest.mark.parametrize("side", [4, 8])
def test_attention_at_a_side_that_occurs_is_accepted(side: int) -> None:
    task = GanTask(ml_collections.FrozenConfigDict(small_config(model={"attention": side})))
    task.check()
    params = jax.eval_shape(task.init, rng.root(0))
    for net in (params.generator.params, params.discriminator.params):
        assert "attention" in net
