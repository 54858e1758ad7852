"""The convolutions equal XLA's own, in both directions, on every path."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax
from jax.test_util import check_grads

from emojax.models import convolution

# (side, C, D, kernel, stride, padding), and the form that each of the three maps takes on CPU.
CASES = {
    (16, 32, 32, 4, 2, 1): "winograd",
    (12, 32, 64, 4, 2, 1): "winograd",
    (8, 8, 16, 4, 2, 1): "winograd's transpose",
    (16, 3, 16, 4, 2, 1): "from_rgb",
    (10, 16, 16, 4, 2, 1): "direct",
    (4, 16, 1, 4, 1, 0): "product",
    (9, 4, 5, 3, 2, 1): "direct",
    # The stride does not divide what is left beside the kernel: the last row of padding is not covered,
    (10, 4, 5, 3, 2, 1): "direct",
    # nor the last row of the image, which is without padding.
    (10, 4, 5, 3, 2, 0): "direct",
    (7, 4, 5, 3, 1, 1): "direct",
    (6, 16, 3, 3, 1, 1): "to_rgb",
}


# Shapes just within and just outside the limits of each form.
LIMITS = {
    (16, 31, 32, 4, 2, 1): "winograd's transpose",
    (16, 32, 31, 4, 2, 1): "winograd's transpose",
    (16, 8, 8, 4, 2, 1): "winograd's transpose",
    (16, 7, 16, 4, 2, 1): "direct",
    (14, 32, 32, 4, 2, 1): "direct",  # to 7
    (16, 32, 32, 4, 2, 0): "direct",
    (16, 32, 32, 3, 2, 1): "direct",
    (16, 32, 32, 4, 1, 1): "direct",
    (16, 4, 47, 4, 2, 1): "from_rgb",
    (16, 4, 48, 4, 2, 1): "direct",
    (16, 5, 16, 4, 2, 1): "direct",
    (14, 3, 16, 4, 2, 1): "from_rgb",
    (15, 3, 16, 4, 2, 1): "direct",
    (6, 8, 4, 3, 1, 1): "to_rgb",
    (6, 7, 4, 3, 1, 1): "direct",
    (6, 8, 5, 3, 1, 1): "direct",
    (6, 8, 4, 3, 2, 1): "direct",
    (6, 8, 4, 3, 1, 0): "direct",
    (4, 16, 1, 4, 1, 1): "direct",
    (5, 16, 1, 4, 1, 0): "direct",
}


def _reference(x, kernel, stride, padding):  # type: ignore[no-untyped-def]
    return lax.conv_general_dilated(
        x, kernel, (stride, stride), [(padding, padding)] * 2, dimension_numbers=("NHWC", "HWIO", "NHWC")
    )


def _arrays(case):  # type: ignore[no-untyped-def]
    side, large, small, k, stride, padding = case
    rng = np.random.default_rng(0)
    x = jnp.asarray(rng.normal(size=(3, side, side, large)), jnp.float32)
    kernel = jnp.asarray(rng.normal(size=(k, k, large, small)), jnp.float32)
    y = jax.eval_shape(lambda x, k: _reference(x, k, stride, padding), x, kernel)
    return x, kernel, jnp.asarray(rng.normal(size=y.shape), jnp.float32), stride, padding


def _close(a, b) -> None:  # type: ignore[no-untyped-def]
    np.testing.assert_allclose(a, b, atol=2e-5 * float(np.abs(b).max()))


def _value_and_gradients(f, stride, padding):  # type: ignore[no-untyped-def]
    """Compiled ``(x, kernel, cotangent) -> (f, its gradients)``."""

    @jax.jit
    def run(x, kernel, g):  # type: ignore[no-untyped-def]
        y, pullback = jax.vjp(lambda x, k: f(x, k, stride, padding), x, kernel)
        return y, *pullback(g)

    return run


@pytest.mark.parametrize(("case", "form"), (CASES | LIMITS).items())
def test_each_form_is_taken_where_it_should_be(case, form) -> None:  # type: ignore[no-untyped-def]
    x, kernel, y, stride, padding = _arrays(case)

    def taken(least: int) -> bool:
        return convolution._suits_winograd(kernel, stride, padding, *y.shape[1:3], least)

    found = {
        "winograd": taken(convolution._WINOGRAD_DOWN),
        "winograd's transpose": taken(convolution._WINOGRAD_UP) and not taken(convolution._WINOGRAD_DOWN),
        "to_rgb": convolution._is_to_rgb(kernel, stride, padding),
        "from_rgb": convolution._is_from_rgb(kernel, stride, padding, *x.shape[1:3]),
        "product": convolution._is_product(kernel, x.shape[1:3], padding),
    }
    assert [name for name in found if found[name]] == ([] if form == "direct" else [form])


@pytest.mark.parametrize("case", CASES)
def test_conv_and_its_gradients(case) -> None:  # type: ignore[no-untyped-def]
    x, kernel, g, stride, padding = _arrays(case)
    both = (_value_and_gradients(f, stride, padding)(x, kernel, g) for f in (convolution.conv, _reference))
    for found, peer in zip(*both, strict=True):
        _close(found, peer)


@pytest.mark.parametrize("case", [c for c in CASES if c != (7, 4, 5, 3, 1, 1)])
def test_conv_transpose_is_the_transpose(case) -> None:  # type: ignore[no-untyped-def]
    x, kernel, g, stride, padding = _arrays(case)
    shape = jax.eval_shape(lambda g, k: convolution.conv_transpose(g, k, stride, padding), g, kernel).shape
    h = np.random.default_rng(1).normal(size=shape).astype(np.float32)
    up, dg, dk = _value_and_gradients(convolution.conv_transpose, stride, padding)(g, kernel, h)
    # <conv(x), g> = <x, conv_transpose(g)> defines a transpose; of the sides with one result, the least.
    x = x[tuple(slice(0, n) for n in shape)]
    reference = _value_and_gradients(_reference, stride, padding)
    left = np.vdot(reference(x, kernel, g)[0], g)
    right = np.vdot(x, up)
    np.testing.assert_allclose(left, right, rtol=1e-4)
    # And its own gradients are those of the bilinear form.
    value, _, gradient = reference(h, kernel, g)
    _close(dg, value)
    _close(dk, gradient)


def test_second_derivatives() -> None:
    """Gradient penalties differentiate a gradient."""
    with jax.enable_x64(True):
        rng = np.random.default_rng(0)
        x, kernel = jnp.asarray(rng.normal(size=(1, 8, 8, 32))), jnp.asarray(rng.normal(size=(4, 4, 32, 32)))

        def penalty(kernel):  # type: ignore[no-untyped-def]
            gradient = jax.grad(lambda x: jnp.sum(jnp.sin(convolution.conv(x, kernel, 2, 1))))(x)
            return jnp.mean(gradient**2)

        check_grads(jax.jit(penalty), (kernel,), order=1, modes=["rev"], rtol=1e-4)


def test_batching_and_bfloat16() -> None:
    x, kernel, _, stride, padding = _arrays(next(iter(CASES)))
    both = jax.vmap(lambda x: convolution.conv(x, kernel, stride, padding))(jnp.stack([x, 2 * x]))
    _close(both[1], 2 * convolution.conv(x, kernel, stride, padding))
    half = convolution.conv(x.astype(jnp.bfloat16), kernel.astype(jnp.bfloat16), stride, padding)
    assert half.dtype == jnp.bfloat16
    reference = _reference(x, kernel, stride, padding)
    assert jnp.abs(half.astype(jnp.float32) - reference).max() < 0.03 * jnp.abs(reference).max()
