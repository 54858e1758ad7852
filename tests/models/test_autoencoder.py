"""The autoencoder: its shapes, its linear bottleneck, and many of it at once."""

import functools
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from configs import autoencoder as config
from emojax.models.autoencoder import Autoencoder, abstract_stacked, init_stacked

SMALL = Autoencoder(widths=(16, 16), embedding=5, size=16)


def _shapes(count: int, model: Autoencoder) -> jax.Array:
    side = model.size
    return jax.random.bernoulli(jax.random.key(1), shape=(count, side, side, 3)).astype(jnp.float32)


def _initial(model: Autoencoder) -> Any:
    return jax.jit(model.init)(jax.random.key(0), _shapes(1, model))


def _applied(model: Autoencoder, variables: Any, inputs: jax.Array, **options: Any) -> Any:
    return jax.jit(functools.partial(model.apply, **options))(variables, inputs)


def test_every_net_of_a_stack_is_a_net_by_itself() -> None:
    shapes, draw = _shapes(2, SMALL), jax.jit(init_stacked, static_argnums=(0, 2))
    variables = jax.tree.map(np.asarray, draw(SMALL, jax.random.key(0), 3))
    together = jax.jit(jax.vmap(SMALL.apply, (0, None)))(variables, shapes)
    assert together.shape == (3, *shapes.shape)
    apply = jax.jit(SMALL.apply)
    for index in range(3):
        alone = apply(jax.tree.map(lambda leaf: leaf[index], variables), shapes)  # noqa: B023
        np.testing.assert_allclose(together[index], alone, atol=1e-5)
    assert not np.allclose(together[0], together[1], atol=0.01)
    assert jax.tree.map(jnp.shape, variables) == jax.tree.map(jnp.shape, abstract_stacked(SMALL, 3))


def test_logits_come_through_the_embedding_alone() -> None:
    variables, shapes = _initial(SMALL), _shapes(4, SMALL)
    embeddings = _applied(SMALL, variables, shapes, method=Autoencoder.encode)
    assert embeddings.shape == (4, 5)
    logits = _applied(SMALL, variables, embeddings, method=Autoencoder.decode)
    np.testing.assert_allclose(logits, _applied(SMALL, variables, shapes), atol=1e-6)


def test_the_bottleneck_is_linear() -> None:
    """Scaled weights of the last layer scale embeddings, also below zero: nothing bends them after it."""
    variables = _initial(SMALL)
    before = _applied(SMALL, variables, _shapes(4, SMALL), method=Autoencoder.encode)
    layer = jax.tree.map(lambda leaf: -2 * leaf, variables["params"]["bottleneck"])
    scaled = {"params": {**variables["params"], "bottleneck": layer}}
    after = _applied(SMALL, scaled, _shapes(4, SMALL), method=Autoencoder.encode)
    np.testing.assert_allclose(after, -2 * before, rtol=1e-4, atol=1e-5)


def test_a_pixel_is_drawn_where_it_is_read() -> None:
    """The first layer's squares of pixels and the last one's are the same ones."""
    model = Autoencoder(widths=(48,), embedding=48, size=4)
    names = jax.eval_shape(functools.partial(_initial, model))["params"]
    through = {name: {"kernel": np.eye(48), "bias": np.zeros(48)} for name in names}
    shapes = _shapes(2, model)
    np.testing.assert_allclose(_applied(model, {"params": through}, shapes), shapes, atol=1e-6)


def test_the_published_nets_are_small() -> None:
    settings = config.get_config()
    model = Autoencoder(tuple(settings.model.widths), settings.model.embedding)
    sizes = [leaf.size for leaf in jax.tree.leaves(abstract_stacked(model, 1))]
    assert sum(sizes) < 500_000
    assert 2 * sum(sizes) * len(settings.kinds) < 12e6
