"""The DCGAN has the published shape and equals PyTorch's, outputs and gradients."""

import functools
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from emojax.models.dcgan import (
    Discriminator,
    Generator,
    feature_sides,
    image_size,
    make_discriminator,
    make_generator,
)


def _count(tree) -> int:  # type: ignore[no-untyped-def]
    return sum(x.size for x in jax.tree.leaves(tree))


def test_published_shape() -> None:
    g = jax.eval_shape(lambda: Generator().init(jax.random.key(0), jnp.zeros((2, 100)), train=True))
    d = jax.eval_shape(lambda: Discriminator().init(jax.random.key(0), jnp.zeros((2, 64, 64, 3)), train=True))
    features = [g["params"][f"conv_{i}"]["kernel"].shape for i in range(5)]
    assert features == [(4, 4, 512, 100), (4, 4, 256, 512), (4, 4, 128, 256), (4, 4, 64, 128), (4, 4, 3, 64)]
    assert set(g["params"]) == {f"conv_{i}" for i in range(5)} | {f"norm_{i}" for i in range(4)}
    assert set(d["params"]) == {f"conv_{i}" for i in range(5)} | {f"norm_{i}" for i in range(1, 4)}
    assert (_count(g["params"]), _count(d["params"])) == (3_576_704, 2_765_568)


def _initial(model: Generator | Discriminator, inputs: jax.Array) -> Any:
    return jax.jit(functools.partial(model.init, train=True))(jax.random.key(1), inputs)


def test_outputs() -> None:
    generator, discriminator = Generator(widths=(32, 16)), Discriminator(widths=(16, 32))
    latents = jax.random.normal(jax.random.key(0), (5, 7))
    g = _initial(generator, latents)
    images = jax.jit(functools.partial(generator.apply, train=False))(g, latents)
    assert images.shape == (5, 16, 16, 3)
    assert images.dtype == jnp.float32
    assert jnp.abs(images).max() <= 1
    d = jax.eval_shape(functools.partial(_initial, discriminator), images)
    assert jax.eval_shape(functools.partial(discriminator.apply, train=False), d, images).shape == (5,)


def test_mixed_precision_keeps_parameters_and_output_wide() -> None:
    generator = Generator(widths=(32, 16), dtype=jnp.bfloat16)
    latents = jax.random.normal(jax.random.key(0), (8, 7))
    g = _initial(generator, latents)
    assert {x.dtype for x in jax.tree.leaves(g)} == {jnp.dtype("float32")}
    models = (generator, Generator(widths=(32, 16)))
    images, wide = jax.jit(lambda v, x: [m.apply(v, x, train=False) for m in models])(g, latents)
    assert images.dtype == jnp.float32
    assert 0 < jnp.abs(images - wide).max() < 0.05


@pytest.fixture(scope="module")
def peers():  # type: ignore[no-untyped-def]
    """PyTorch and its nets of the published size."""
    torch = pytest.importorskip("torch")
    from emojax.benchmark.peers import torch_dcgan

    torch.manual_seed(0)
    torch.set_num_threads(2)
    return torch, torch_dcgan.Generator(), torch_dcgan.Discriminator()


def _converted(net):  # type: ignore[no-untyped-def]
    params: dict = {}
    for name, value in net.named_parameters():
        layer, kind = name.split(".")
        array = value.detach().numpy()
        if kind == "weight" and array.ndim == 4:
            params.setdefault(layer, {})["kernel"] = jnp.asarray(array.transpose(2, 3, 1, 0))
        else:
            params.setdefault(layer, {})["scale" if kind == "weight" else kind] = jnp.asarray(array)
    stats: dict = {}
    for name, value in net.named_buffers():
        layer, kind = name.split(".")
        if kind.startswith("running"):
            # Copied: PyTorch goes on writing to the memory that .numpy() shares.
            stats.setdefault(layer, {})[kind.removeprefix("running_")] = jnp.array(value.numpy())
    return {"params": params, "batch_stats": stats}


def _spread_statistics(torch, net) -> None:  # type: ignore[no-untyped-def]
    """Running statistics as they are in the middle of a training, not zeros and ones."""
    for name, value in net.named_buffers():
        if name.endswith("running_mean"):
            value.copy_(0.1 * torch.randn(value.shape))
        elif name.endswith("running_var"):
            value.copy_(0.5 + torch.rand(value.shape))


def _relative(found, peer) -> float:  # type: ignore[no-untyped-def]
    found, peer = np.asarray(found), np.asarray(peer)
    return float(np.linalg.norm(found - peer) / np.linalg.norm(peer))


@pytest.mark.parametrize("train", [True, False])
def test_generator_equals_pytorch(peers, train) -> None:  # type: ignore[no-untyped-def]
    torch, peer, _ = peers
    _spread_statistics(torch, peer)
    variables = _converted(peer)
    peer.train(train)
    latents = np.random.default_rng(0).normal(size=(4, 100)).astype(np.float32)
    expected = peer(torch.from_numpy(latents))
    weight = np.random.default_rng(1).normal(size=(4, 64, 64, 3)).astype(np.float32)
    peer.zero_grad()
    (expected * torch.from_numpy(weight.transpose(0, 3, 1, 2))).sum().backward()

    def loss(params):  # type: ignore[no-untyped-def]
        images, _ = Generator().apply(
            {**variables, "params": params}, latents, train=train, mutable=["batch_stats"]
        )
        return jnp.sum(images * weight), images

    gradients, images = jax.jit(jax.grad(loss, has_aux=True))(variables["params"])
    assert _relative(images, expected.detach().numpy().transpose(0, 2, 3, 1)) < 1e-4
    _same_gradients(gradients, peer)


@pytest.mark.parametrize("train", [True, False])
def test_discriminator_equals_pytorch(peers, train) -> None:  # type: ignore[no-untyped-def]
    torch, _, peer = peers
    _spread_statistics(torch, peer)
    variables = _converted(peer)
    peer.train(train)
    images = np.random.default_rng(0).uniform(-1, 1, size=(4, 64, 64, 3)).astype(np.float32)
    inputs = torch.from_numpy(images.transpose(0, 3, 1, 2)).clone().requires_grad_()
    expected = peer(inputs)
    peer.zero_grad()
    (expected * torch.tensor([1.0, -2.0, 3.0, 0.5])).sum().backward()

    def loss(params, images):  # type: ignore[no-untyped-def]
        logits, _ = Discriminator().apply(
            {**variables, "params": params}, images, train=train, mutable=["batch_stats"]
        )
        return jnp.vdot(logits, jnp.array([1.0, -2.0, 3.0, 0.5])), logits

    (gradients, d_images), logits = jax.jit(jax.grad(loss, (0, 1), has_aux=True))(variables["params"], images)
    assert _relative(logits, expected.detach().numpy()) < 1e-4
    assert _relative(d_images, inputs.grad.numpy().transpose(0, 2, 3, 1)) < 1e-4
    _same_gradients(gradients, peer)


def _same_gradients(found, net) -> None:  # type: ignore[no-untyped-def]
    for name, value in net.named_parameters():
        layer, kind = name.split(".")
        peer = value.grad.numpy()
        if peer.ndim == 4:
            kind, peer = "kernel", peer.transpose(2, 3, 1, 0)
        elif kind == "weight":
            kind = "scale"
        assert _relative(found[layer][kind], peer) < 1e-4, name


@pytest.mark.parametrize("skips", [False, True])
@pytest.mark.parametrize("first", [4, 6])
def test_attention_is_applied_exactly_at_the_feature_sides(skips: bool, first: int) -> None:
    model = {
        "first_size": first,
        "generator_widths": (8, 8, 8) if skips else (8, 8),
        "discriminator_widths": (8, 8),
        "skips": skips,
        "upsampling": "nearest",
    }
    assert image_size(model) == (4 * first, 4 * first)
    expected = ((first, 2 * first, 4 * first) if skips else (first, 2 * first), (2 * first, first))
    assert feature_sides(model) == expected

    def has_attention(make: Any, inputs: jax.Array, side: int) -> bool:
        net = make({**model, "attention": side})
        variables = jax.eval_shape(functools.partial(net.init, train=True), jax.random.key(0), inputs)
        return "attention" in variables["params"]

    latents, images = jnp.zeros((1, 5)), jnp.zeros((1, 4 * first, 4 * first, 3))
    for side in (1, 2, 3, 4, 6, 8, 12, 16, 24, 48):
        assert has_attention(make_generator, latents, side) == (side in expected[0])
        assert has_attention(make_discriminator, images, side) == (side in expected[1])
