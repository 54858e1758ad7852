"""Activations that are computed again change nothing but memory."""

import functools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import pytest
from flax import linen as nn
from training.support.small_tasks import CASES, agree, step

from emojax.benchmark.memory import kept_bytes
from emojax.core.errors import UserError
from emojax.models import bisenet
from emojax.models.autoencoder import Autoencoder
from emojax.models.dcgan import Discriminator, Generator
from emojax.models.emoji_parts.generator import PartGenerator
from emojax.models.features import EmojiFeatures
from emojax.models.text.encoder import TextEncoder
from emojax.training import tasks

# In float32 only: of these Adam's first step would show but the signs of gradients.
_NARROW = {"segmentation", "reconstruction"}


@pytest.mark.parametrize("name", ["published gan", "segmentation", "reconstruction", "text", "exemplar"])
def test_the_step_is_the_same(name: str) -> None:
    found, expected = step(name, remat=True), step(name)
    if name in _NARROW:
        agree(found.state.network.opt_state, expected.state.network.opt_state, 2e-5)
    else:
        agree(found.state, expected.state)
    agree(found.metrics, expected.metrics, 2e-5 if name in _NARROW else 1e-9)


def test_so_it_is_on_several_devices_and_with_micro_batches() -> None:
    agree(step("gan", 4, "pmap", 2, remat=True)[:2], step("gan")[:2])


_IMAGES = jax.ShapeDtypeStruct((4, 32, 32, 3), jnp.float32)
_NETS: dict[str, tuple[Callable[[bool], nn.Module], tuple[Any, ...], dict[str, bool]]] = {
    "generator": (
        lambda remat: Generator((32, 16, 8), remat=remat),
        (jax.ShapeDtypeStruct((4, 8), jnp.float32),),
        {"train": True},
    ),
    "discriminator": (
        lambda remat: Discriminator((8, 16, 32), remat=remat),
        (_IMAGES,),
        {"train": True},
    ),
    "generator of parts": (
        lambda remat: PartGenerator((2, 2, 2, 2, 2), (16, 8), 8, 4, 8, 8, remat=remat),
        (jax.ShapeDtypeStruct((4, 17), jnp.float32), jax.ShapeDtypeStruct((4, 10), jnp.float32)),
        {"train": True},
    ),
    "parser": (
        lambda remat: bisenet.create("light", width=8, remat=remat),
        (jax.ShapeDtypeStruct((2, 64, 64, 3), jnp.float32),),
        {"train": True, "upsample": False},
    ),
    "autoencoder": (lambda remat: Autoencoder((8, 16), size=32, remat=remat), (_IMAGES,), {}),
    "features": (lambda remat: EmojiFeatures((8, 16), 8, 32, remat=remat), (_IMAGES,), {}),
    "text": (
        lambda remat: TextEncoder((3, 4), 16, 2, 2, remat=remat),
        (jax.ShapeDtypeStruct((4, 20, 16), jnp.int32),),
        {},
    ),
}


@pytest.mark.parametrize("name", _NETS)
def test_less_is_kept_for_the_gradient(name: str) -> None:
    """Not measured in the compiled program: XLA on CPUs merges what is computed twice."""
    make, inputs, options = _NETS[name]
    plain, again = make(False), make(True)
    trees = [
        jax.eval_shape(functools.partial(net.init, **options), jax.random.key(0), *inputs)
        for net in (plain, again)
    ]
    assert jax.tree.structure(trees[0]) == jax.tree.structure(trees[1])
    assert kept_bytes(again, *inputs, **options) < 0.75 * kept_bytes(plain, *inputs, **options)


def test_what_has_no_activations_is_refused() -> None:
    _, config, _ = CASES["attributes"]()
    config.run.remat = True
    with pytest.raises(UserError, match=r"config.run.remat is True: the attribute net is one linear map"):
        tasks.make_task(config)
