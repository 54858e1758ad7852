"""The face parser: shapes, resolutions, training and its light variant. Parity is in tests/ports."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from emojax.data.faces.labels import CLASSES
from emojax.models.bisenet import NUM_CLASSES, VARIANTS, class_bias, create
from emojax.models.interpolation import resize_bilinear
from emojax.models.resnet import abstract_variables

SMALL = {"width": 4}


def images(batch=2, height=64, width=96):
    return jax.random.uniform(jax.random.key(0), (batch, height, width, 3), minval=-1)


def random_variables(model):
    """As after some training. (Drawn by NumPy: compiling sixty initialisers takes ten seconds.)"""
    rng = np.random.default_rng(0)

    def draw(path, leaf):
        if leaf.ndim > 1:
            return rng.normal(0, np.sqrt(2 / np.prod(leaf.shape[:-1])), leaf.shape).astype(np.float32)
        low = 0.5 if path[-1].key in ("scale", "var") else -0.2
        return rng.uniform(low, low + 1, leaf.shape).astype(np.float32)

    return jax.tree_util.tree_map_with_path(draw, abstract_variables(model))


@pytest.fixture(scope="module", params=sorted(VARIANTS))
def net(request):
    """A small model, its variables and its compiled forward pass."""
    model = create(request.param, **SMALL)
    return model, random_variables(model), jax.jit(lambda v, x: model.apply(v, x, train=False))


@pytest.mark.parametrize(("variant", "millions"), [("full", 13.30), ("light", 3.22)])
def test_parameter_counts(variant, millions):
    params = abstract_variables(create(variant))["params"]
    assert sum(leaf.size for leaf in jax.tree.leaves(params)) / 1e6 == pytest.approx(millions, abs=0.005)


@pytest.mark.parametrize("size", [(32, 32), (64, 160), (512, 512)])
def test_scores_have_the_images_size(net, size):
    model, variables, _ = net
    x = jax.ShapeDtypeStruct((2, *size, 3), jnp.float32)
    full = jax.eval_shape(lambda v, x: model.apply(v, x, train=False), variables, x)
    assert [(out.shape, out.dtype) for out in full] == [((2, *size, NUM_CLASSES), jnp.float32)] * 3
    coarse = jax.eval_shape(lambda v, x: model.apply(v, x, train=False, upsample=False), variables, x)
    for out, stride in zip(coarse, (model.head_stride, 8, 16), strict=True):
        assert out.shape == (2, size[0] // stride, size[1] // stride, NUM_CLASSES)


@pytest.mark.parametrize("size", [(48, 64), (64, 100)])
def test_other_sizes_are_refused(net, size):
    model, variables, _ = net
    with pytest.raises(ValueError, match=f"multiples of 32, not {size[0]}x{size[1]}"):
        model.apply(variables, jnp.zeros((1, *size, 3)), train=False)


def test_options_change_what_is_returned_and_not_the_scores(net):
    model, variables, forward = net
    full = forward(variables, images())
    options = [{"auxiliary": False}, {"upsample": False}]
    only, coarse = jax.jit(lambda v, x: [model.apply(v, x, train=False, **o) for o in options])(
        variables, images()
    )
    assert only.aux16 is None
    assert only.aux32 is None
    np.testing.assert_allclose(only.logits, full.logits, atol=1e-4)
    for small, large in zip(coarse, full, strict=True):
        enlarged = resize_bilinear(small, 64, 96, align_corners=model.align_corners)
        np.testing.assert_allclose(enlarged, large, atol=1e-4)


def test_images_of_a_batch_do_not_see_each_other(net):
    _, variables, forward = net
    x = images()
    for other in (forward(variables, x.at[1].set(0.5)), forward(variables, x.at[1].set(-1))):
        np.testing.assert_array_equal(other.logits[0], forward(variables, x).logits[0])


def test_every_parameter_learns_and_every_statistic_moves():
    model = create("light", **SMALL)  # has every layer of the full one
    variables = random_variables(model)

    @jax.jit
    def step(params, x):
        def loss(params):
            out, updated = model.apply(
                variables | {"params": params}, x, train=True, upsample=False, mutable=["batch_stats"]
            )
            return sum(jnp.mean(jnp.square(head)) for head in out), updated["batch_stats"]

        return jax.grad(loss, has_aux=True)(params)

    gradients, statistics = jax.tree.map(np.asarray, step(variables["params"], images(4)))
    assert all(np.isfinite(leaf).all() and (leaf != 0).any() for leaf in jax.tree.leaves(gradients))
    moved = jax.tree.map(lambda new, old: bool((new != old).any()), statistics, variables["batch_stats"])
    assert jax.tree.all(moved)


def test_bfloat16_computes_near_float32_and_keeps_float32_outside(net):
    model, variables, forward = net
    low = model.clone(dtype=jnp.bfloat16)
    assert {leaf.dtype for leaf in jax.tree.leaves(abstract_variables(low))} == {jnp.dtype(jnp.float32)}
    rounded = jax.jit(lambda v, x: low.apply(v, x, train=False, auxiliary=False))(variables, images()).logits
    exact = forward(variables, images()).logits
    assert rounded.dtype == jnp.float32
    error = float(jnp.abs(exact - rounded).max() / jnp.abs(exact).max())
    assert 1e-6 < error < 0.1  # the lower bound: it did compute in bfloat16


def test_the_class_bias_takes_back_what_weights_have_added() -> None:
    """Outside training alone, from the main head alone, and not from earrings' scores and necklaces'."""
    weights = np.ones(19)
    weights[[0, CLASSES.index("earring"), CLASSES.index("necklace")]] = 4.0
    plain = create("light", width=4)
    biased = create("light", width=4, class_bias=class_bias(weights, 0.5))
    for train in (False, True):
        run = [functools.partial(m.apply, train=train, mutable=["batch_stats"]) for m in (plain, biased)]
        both = jax.jit(lambda v, x: [f(v, x)[0] for f in run])  # noqa: B023
        before, after = both(random_variables(plain), images(1, 64, 64))
        expected = [0.0 if train else -np.log(2.0)] + [0.0] * 18
        np.testing.assert_allclose(
            after.logits - before.logits,
            jnp.broadcast_to(jnp.asarray(expected), before.logits.shape),
            atol=1e-5,
        )
        np.testing.assert_array_equal(after.aux16, before.aux16)
