"""What later papers added: each piece equals its definition."""

import functools
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import linen as nn

from emojax.models import convolution
from emojax.models.attention import Excitation, SelfAttention
from emojax.models.dcgan import Discriminator, Generator
from emojax.models.layers import Conv, UpConv, select_mode


def test_upsampling_then_convolving_is_what_upconv_computes() -> None:
    x = jax.random.normal(jax.random.key(0), (2, 6, 5, 17))
    layer = UpConv(18)
    variables = jax.jit(layer.init)(jax.random.key(1), x)

    def plain(kernel: jax.Array, x: jax.Array) -> jax.Array:
        enlarged = jnp.repeat(jnp.repeat(x, 2, 1), 2, 2)
        kernel = kernel[::-1, ::-1].swapaxes(2, 3)
        return jax.lax.conv_general_dilated(
            enlarged, kernel, (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC")
        )

    kernel = variables["params"]["kernel"]
    weight = jax.random.normal(jax.random.key(2), (2, 12, 10, 18))

    @functools.partial(jax.jit, static_argnums=0)
    def with_gradients(function: Any, kernel: jax.Array, x: jax.Array) -> Any:
        out, backward = jax.vjp(function, kernel, x)
        return out, backward(weight)

    found = with_gradients(lambda k, x: layer.apply({"params": {"kernel": k}}, x), kernel, x)
    expected = with_gradients(plain, kernel, x)
    np.testing.assert_allclose(found[0], expected[0], rtol=1e-4, atol=1e-5)
    for a, b in zip(found[1], expected[1], strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-4 * float(jnp.abs(b).max()))


def test_spectral_norm_becomes_the_largest_singular_value() -> None:
    layer = Conv(12, 4, 2, 1, spectral=True, kernel_init=nn.initializers.normal(1.0))
    x = jax.random.normal(jax.random.key(0), (1, 8, 8, 5))
    variables = jax.jit(layer.init)(jax.random.key(1), x)
    kernel = variables["params"]["kernel"]
    largest = np.linalg.norm(np.asarray(kernel).reshape(-1, 12), 2)
    expected = convolution.conv(x, kernel / largest, 2, 1)
    once, _ = layer.apply(variables, x, mutable=["batch_stats"])
    again = jax.jit(lambda v: layer.apply(v, x, mutable=["batch_stats"])[1])
    for _ in range(200):
        variables = {**variables, **again(variables)}
    # Without keeping anything: validation and R1 do not move the singular vectors.
    limit = layer.apply(variables, x)
    np.testing.assert_allclose(limit, expected, rtol=1e-4, atol=1e-6)
    assert jnp.abs(once - expected).max() > 1e-3, "one step of power iteration is already the limit"

    # d (W / σ) / dW with σ = ‖W‖₂, whose gradient is u vᵀ: JAX's own singular value knows it.
    def found(kernel: jax.Array) -> jax.Array:
        return layer.apply({**variables, "params": {"kernel": kernel}}, x).sum()

    def exact(kernel: jax.Array) -> jax.Array:
        return convolution.conv(x, kernel / jnp.linalg.norm(kernel.reshape(-1, 12), 2), 2, 1).sum()

    a, b = jax.jit(jax.grad(found))(kernel), jax.jit(jax.grad(exact))(kernel)
    np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-3 * float(jnp.abs(b).max()))


def test_initialising_takes_no_power_iteration() -> None:
    x = jnp.ones((1, 8, 8, 3))
    a, b = (
        jax.jit(Conv(4, 4, 2, 1, spectral=True).init)(jax.random.key(seed), x)["batch_stats"]["u"]
        for seed in (0, 1)
    )
    np.testing.assert_array_equal(a, b)


def test_attention_equals_pytorch() -> None:
    torch = pytest.importorskip("torch")
    x = np.random.default_rng(0).normal(size=(2, 4, 3, 16)).astype(np.float32)
    layer = SelfAttention()
    params = jax.jit(layer.init)(jax.random.key(1), x)["params"]
    np.testing.assert_array_equal(layer.apply({"params": params}, x), x)  # its weight starts at 0
    params["weight"] = jnp.float32(0.7)
    p = jax.tree.map(lambda a: torch.from_numpy(np.array(a)).requires_grad_(), params)
    peer_x = torch.from_numpy(x).requires_grad_()
    flat = peer_x.reshape(2, 12, 16)
    queries, keys, values = (flat @ p[name]["kernel"][0, 0] for name in ("queries", "keys", "values"))
    seen = torch.nn.functional.scaled_dot_product_attention(queries, keys, values, scale=1.0)
    expected = peer_x + p["weight"] * (seen @ p["out"]["kernel"][0, 0]).reshape(peer_x.shape)
    weight = np.random.default_rng(1).normal(size=x.shape).astype(np.float32)
    (expected * torch.from_numpy(weight)).sum().backward()

    def loss(params: Any, x: Any) -> Any:
        out = layer.apply({"params": params}, x)
        return jnp.vdot(out, weight), out

    (gradients, dx), out = jax.jit(jax.grad(loss, (0, 1), has_aux=True))(params, x)
    np.testing.assert_allclose(out, expected.detach().numpy(), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(dx, peer_x.grad.numpy(), rtol=1e-4, atol=1e-5)
    peer = jax.tree.map(lambda t: t.grad.numpy(), p)
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5), gradients, peer)


def test_excitation_sees_the_whole_picture_and_weighs_between_0_and_1() -> None:
    x = jax.random.normal(jax.random.key(0), (2, 8, 8, 6))
    layer = Excitation(5)
    variables = jax.jit(layer.init)(jax.random.key(1), x)
    factors = jax.jit(layer.apply)(variables, x)
    assert factors.shape == (2, 1, 1, 5)
    assert ((factors > 0) & (factors < 1)).all()
    sensitivity = jax.jit(jax.grad(lambda x: layer.apply(variables, x).sum()))(x)
    assert (jnp.abs(sensitivity).sum(-1) > 0).all()


def test_the_first_latents_choose_a_mode() -> None:
    latents = jax.random.normal(jax.random.key(0), (4096, 20))
    chosen = np.asarray(select_mode(latents, 12))
    np.testing.assert_array_equal(chosen[:, 12:], latents[:, 12:])
    np.testing.assert_allclose(chosen[:, :12].sum(1), 12**0.5, rtol=1e-5)
    np.testing.assert_array_equal(chosen[:, :12].argmax(1), latents[:, :12].argmax(1))
    sure = chosen[:, :12].max(1) > 0.9 * 12**0.5
    assert sure.mean() > 0.9
    # On the way from one choice to another it is continuous, and over soon.
    start, end = latents[0], latents[1]
    assert latents[0, :12].argmax() != latents[1, :12].argmax()
    t = jnp.linspace(0, 1, 100_001)[:, None]
    path = np.asarray(select_mode((1 - t) * start + t * end, 12))
    assert np.abs(np.diff(path, axis=0)).max() < 0.02
    assert (path[:, :12].max(1) < 0.9 * 12**0.5).mean() < 0.1


def test_a_generator_draws_the_same_for_all_latents_that_lost() -> None:
    net = Generator((8, 8), modes=5)
    latents = jax.random.normal(jax.random.key(0), (3, 9)).at[:, 2].set(4.0)
    variables = jax.jit(functools.partial(net.init, train=True))(jax.random.key(1), latents)
    draw = jax.jit(lambda z: net.apply(variables, z, train=False))
    images = draw(latents)
    np.testing.assert_allclose(draw(latents.at[:, 3].add(-1.0)), images, atol=1e-6)
    assert jnp.abs(draw(latents.at[:, 3].set(5.0)) - images).max() > 1e-5
    assert jnp.abs(draw(latents.at[:, 7].add(-1.0)) - images).max() > 1e-5


def test_a_generator_with_everything_draws_pictures_of_the_right_size() -> None:
    net = Generator(
        (8, 8, 8, 8), upsampling="nearest", skips=True, excitation=True, attention=8, num_classes=3
    )
    latents, classes = jax.random.normal(jax.random.key(0), (2, 8)), jnp.eye(3)[:2]
    variables = jax.jit(lambda: net.init(jax.random.key(1), latents, classes, train=True))()
    params = variables["params"]
    assert {"rgb_0", "rgb_3", "excitation_3", "attention", "classes"} <= set(params)
    draw = jax.jit(
        lambda p: net.apply({**variables, "params": p}, latents, classes, train=True, mutable="batch_stats")[
            0
        ]
    )
    images = draw(params)
    assert images.shape == (2, 32, 32, 3)
    # Each resolution draws: without its picture the image is another.
    for name in (f"rgb_{i}" for i in range(4)):
        without = draw({**params, name: jax.tree.map(jnp.zeros_like, params[name])})
        assert jnp.abs(without - images).max() > 1e-4, name


def test_a_discriminator_without_batch_norm_judges_each_image_by_itself() -> None:
    net = Discriminator((8, 8), norm="none", spectral=True, attention=4)
    images = jax.random.normal(jax.random.key(0), (3, 16, 16, 3))
    variables = jax.jit(lambda: net.init(jax.random.key(1), images, train=True))()
    assert set(variables["batch_stats"]) == {"conv_0", "conv_1", "conv_2", "attention"}
    judge = jax.jit(lambda x: net.apply(variables, x, train=True, mutable=["batch_stats"])[0])
    others = judge(images.at[1:].set(0.5))
    np.testing.assert_allclose(judge(images)[0], others[0], rtol=1e-4)
    assert judge(images)[1] != others[1]
