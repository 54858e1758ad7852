"""Convolution and normalisation: geometry, synchronised statistics, and folding for inference."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import linen as nn
from flax.traverse_util import flatten_dict
from jax import lax
from jax.extend.core import jaxprs_in_params
from models.test_bisenet import random_variables

from emojax.models import bisenet
from emojax.models.conv_norm import ConvNorm, Stem, fold
from emojax.models.cpu import winograd_rows
from emojax.models.resnet import ResNet50Features


@pytest.mark.parametrize("size", [(64, 64), (33, 47), (32, 31), (7, 2)])
def test_the_stem_is_the_7x7_convolution_it_replaces(size):
    images = jax.random.normal(jax.random.key(0), (2, *size, 3))
    stem = Stem(8, 7, 2, activate=False)
    plain = nn.Conv(8, (7, 7), 2, padding=3, use_bias=False)

    @jax.jit
    def both(key, images):
        variables = stem.init(key, images)
        expected = plain.apply({"params": {"kernel": variables["params"]["kernel"]}}, images)
        return stem.apply(variables, images), expected

    found, expected = both(jax.random.key(1), images)
    # Fresh running statistics: mean 0, variance 1.
    np.testing.assert_allclose(found, expected / np.sqrt(1 + 1e-5), atol=1e-4)


@pytest.mark.parametrize("size", [1, 8])
def test_synchronised_shards_equal_one_batch(size):
    x = 5 + jax.random.normal(jax.random.key(0), (8, size, size, 4))
    variables = jax.jit(ConvNorm(6).init)(jax.random.key(1), x)

    def train(axis_name, x):
        return ConvNorm(6, train=True, axis_name=axis_name).apply(variables, x, mutable=["batch_stats"])

    whole, whole_stats = jax.jit(lambda x: train(None, x))(x)
    shards = x.reshape(4, 2, size, size, 4)
    parts, part_stats = jax.jit(jax.vmap(lambda x: train("data", x), axis_name="data"))(shards)
    np.testing.assert_allclose(parts.reshape(whole.shape), whole, atol=2e-5)
    jax.tree.map(
        lambda part, all_: np.testing.assert_allclose(part[0], all_, rtol=1e-4), part_stats, whole_stats
    )


@pytest.mark.parametrize("size", [(1, 1), (3, 7), (4, 4), (5, 2), (22, 9)])
def test_by_rows_it_is_the_convolution(size):
    rng = np.random.default_rng(0)
    x = jnp.asarray(rng.normal(size=(2, *size, 24)), jnp.float32)
    kernel = rng.normal(size=(3, 3, 24, 16)).astype(np.float32)
    plain = functools.partial(
        lax.conv_general_dilated,
        window_strides=(1, 1),
        padding="SAME",
        dimension_numbers=("NHWC", "HWIO", "NHWC"),
    )
    expected = np.asarray(jax.jit(plain)(x, kernel))
    found = jax.jit(winograd_rows.convolve)(x, winograd_rows.transform_kernel(kernel))
    np.testing.assert_allclose(found, expected, atol=2e-5 * np.abs(expected).max())


def test_small_narrow_and_coarse_layers_do_not_go_by_rows():
    def pays(*shape, features, dtype=jnp.float32):
        return winograd_rows.is_faster(jax.ShapeDtypeStruct(shape, dtype), features)

    assert pays(1, 88, 88, 32, features=32)
    assert pays(1, 22, 22, 128, features=128)
    assert not pays(1, 22, 22, 64, features=64)
    assert not pays(1, 11, 11, 256, features=256)
    assert not pays(4, 352, 352, 16, features=256)
    assert not pays(1, 88, 88, 32, features=32, dtype=jnp.bfloat16)


@pytest.mark.parametrize(
    ("shape", "features", "expected"),
    [
        ((1, 10, 20, 167), 167, True),
        ((1, 1, 199, 168), 168, False),  # too few pixels
        ((2, 10, 10, 167), 167, True),
        ((1, 500, 500, 32), 32, True),
        ((1, 500, 500, 31), 400, False),  # too few channels
        ((1, 500, 500, 400), 31, False),
        ((1, 10, 100, 32), 174, True),
        ((1, 10, 100, 32), 173, False),  # 9 · 1000 · 32 · 173 is less than 5e7
    ],
)
def test_layers_go_by_rows_from_the_measured_sizes_on(shape, features, expected):
    x = jax.ShapeDtypeStruct(shape, jnp.float32)
    assert winograd_rows.is_faster(x, features) == expected


def _forward(model, variables, images):
    return jax.jit(functools.partial(model.apply, train=False))(variables, images)


def _kernels(model, variables, images):
    """Heights and widths of the kernels that a forward pass convolves with."""
    jaxpr = jax.make_jaxpr(functools.partial(model.apply, train=False))(variables, images)
    found = []

    def visit(jaxpr):
        for equation in jaxpr.eqns:
            if equation.primitive.name == "conv_general_dilated":
                found.append(equation.invars[1].aval.shape[:2])
            for inner in jaxprs_in_params(equation.params):
                visit(inner)

    visit(jaxpr.jaxpr)
    return found


@pytest.fixture
def always(monkeypatch):
    for name in ("_CHANNELS", "_PIXELS", "_PRODUCTS"):
        monkeypatch.setattr(winograd_rows, name, 0)


@pytest.mark.parametrize("by_rows", [False, True])
@pytest.mark.parametrize("variant", sorted(bisenet.VARIANTS))
def test_a_folded_parser_gives_the_same_scores(always, variant, by_rows):
    model = bisenet.create(variant, width=4)
    variables = random_variables(model)
    images = jax.random.uniform(jax.random.key(0), (2, 64, 96, 3), minval=-1)
    folded = fold(variables, by_rows=by_rows)
    for found, expected in zip(
        _forward(model, folded, images), _forward(model, variables, images), strict=True
    ):
        np.testing.assert_allclose(found, expected, atol=3e-5 * np.abs(expected).max())
    plain = _kernels(model, variables, images)
    by_stride_1 = plain.count((3, 3)) - 3  # the first layers of the later three stages stride
    found = _kernels(model, folded, images)
    assert found.count((3, 3)) == (3 if by_rows else 3 + by_stride_1)
    assert found.count((1, 3)) == (6 * by_stride_1 if by_rows else 0)


def test_of_one_face_twelve_layers_go_by_rows():
    """The first three stages but for what strides, the finest context and the head."""
    model = bisenet.create("light")
    folded = fold(random_variables(model), by_rows=True)
    kernels = _kernels(model, folded, jax.ShapeDtypeStruct((1, 352, 352, 3), jnp.float32))
    assert kernels.count((1, 3)) == 6 * 12


def test_folding_leaves_no_normalisation_and_every_statistic_counts():
    model = bisenet.create("light", width=4)
    variables = random_variables(model)
    folded = fold(variables, by_rows=False)
    assert set(folded) == {"params", "folded"}
    assert not [path for path in flatten_dict(folded["params"]) if "bn" in path]
    shifts = [path[:-1] for path in flatten_dict(folded["folded"]) if path[-1] == "shift"]
    means = [path[:-2] for path in flatten_dict(variables["batch_stats"]) if path[-1] == "mean"]
    assert sorted(shifts) == sorted(means)


def test_layers_that_stride_never_go_by_rows(always):
    """In a bottleneck block they do not widen, so that the kernel alone does not tell."""
    model = ResNet50Features(width=4)
    variables = random_variables(model)
    images = jax.random.uniform(jax.random.key(0), (1, 64, 64, 3), minval=-1)
    folded = fold(variables, by_rows=True)
    expected = _forward(model, variables, images)
    np.testing.assert_allclose(
        _forward(model, folded, images), expected, atol=3e-5 * float(jnp.abs(expected).max())
    )
    assert _kernels(model, folded, images).count((3, 3)) == 3
