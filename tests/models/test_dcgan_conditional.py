"""Conditional nets equal a reference written in PyTorch, outputs and gradients."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from emojax.models.dcgan import Discriminator, Generator, make_discriminator, make_generator

torch = pytest.importorskip("torch")
functional = torch.nn.functional

SIZE, CLASSES, LATENT, B = 32, 5, 6, 4
MODEL = {
    "latent_size": LATENT,
    "generator_widths": (16, 12),
    "discriminator_widths": (12, 16),
    "first_size": 8,
    "num_classes": CLASSES,
    "embedding_size": 7,
}


def _initial(net: Any, *inputs: Any) -> Any:
    """Variables as in the middle of a training, not zeros and ones."""
    variables = jax.jit(lambda: net.init(jax.random.key(0), *inputs, train=True))()
    leaves, tree = jax.tree.flatten(variables)
    keys = jax.random.split(jax.random.key(1), len(leaves))
    leaves = [x + 0.1 * jnp.abs(jax.random.normal(k, x.shape)) for k, x in zip(keys, leaves, strict=True)]
    return jax.tree.unflatten(tree, leaves)


def _tensors(tree: Any) -> Any:
    return jax.tree.map(lambda x: torch.from_numpy(np.array(x)).requires_grad_(), tree)


def _kernel(kernel: Any) -> Any:
    return kernel.permute(3, 2, 0, 1)


def _norm(x: Any, params: Any, stats: Any, train: bool) -> Any:
    mean, variance = stats["mean"].detach().clone(), stats["var"].detach().clone()
    return functional.batch_norm(x, mean, variance, params["scale"], params["bias"], train, 0.1, 1e-5)


def _generator(p: Any, stats: Any, latents: Any, classes: Any, train: bool) -> Any:
    x = torch.cat([latents, classes @ p["classes"]["table"]], 1)[:, :, None, None]
    x = functional.conv_transpose2d(x, _kernel(p["conv_0"]["kernel"]))  # 1 to 8
    x = functional.relu(_norm(x, p["norm_0"], stats["norm_0"], train))
    x = functional.conv_transpose2d(x, _kernel(p["conv_1"]["kernel"]), stride=2, padding=1)
    x = functional.relu(_norm(x, p["norm_1"], stats["norm_1"], train))
    return functional.conv_transpose2d(x, _kernel(p["conv_2"]["kernel"]), stride=2, padding=1).tanh()


def _features(p: Any, stats: Any, x: Any, train: bool) -> Any:
    x = functional.leaky_relu(functional.conv2d(x, _kernel(p["conv_0"]["kernel"]), stride=2, padding=1), 0.2)
    x = functional.conv2d(x, _kernel(p["conv_1"]["kernel"]), stride=2, padding=1)
    return functional.leaky_relu(_norm(x, p["norm_1"], stats["norm_1"], train), 0.2)


def _discriminator(p: Any, stats: Any, images: Any, classes: Any, train: bool) -> Any:
    """The published one: the class's embedding is mapped onto a fourth channel."""
    embedding = classes @ p["classes"]["table"]
    plane = embedding @ p["plane"]["kernel"] + p["plane"]["bias"]
    x = torch.cat([images, plane.reshape(-1, 1, SIZE, SIZE)], 1)
    x = _features(p, stats, x, train)
    return functional.conv2d(x, _kernel(p["conv_2"]["kernel"])).reshape(-1)


def _projection(p: Any, stats: Any, images: Any, classes: Any, train: bool) -> Any:
    x = _features(p, stats, images, train)
    logits = functional.conv2d(x, _kernel(p["conv_2"]["kernel"])).reshape(-1)
    return logits + ((classes @ p["classes"]["table"]) * x.sum((2, 3))).sum(1)


def _relative(found: Any, peer: Any) -> float:
    return float(np.linalg.norm(found - peer) / np.linalg.norm(peer))


def _agree(net: Any, reference: Callable[..., Any], inputs: np.ndarray, train: bool) -> None:
    """Outputs, and gradients by parameters and by inputs, of images or latents given with mixed classes."""
    random = np.random.default_rng(2)
    classes = random.dirichlet(np.ones(CLASSES), B).astype(np.float32)
    variables = _initial(net, inputs, classes)
    channels_first = (lambda x: np.moveaxis(x, -1, 1).copy()) if inputs.ndim == 4 else np.array
    params, stats = _tensors(variables["params"]), _tensors(variables["batch_stats"])
    x, mixed = torch.from_numpy(channels_first(inputs)).requires_grad_(), torch.from_numpy(classes)
    expected = reference(params, stats, x, mixed, train)
    weight = random.normal(size=expected.shape).astype(np.float32)
    (expected * torch.from_numpy(weight)).sum().backward()

    def loss(params: Any, x: Any) -> Any:
        out, _ = net.apply({**variables, "params": params}, x, classes, train=train, mutable=["batch_stats"])
        out = jnp.moveaxis(out, -1, 1) if out.ndim == 4 else out
        return jnp.vdot(out, weight), out

    (gradients, dx), out = jax.jit(jax.grad(loss, (0, 1), has_aux=True))(variables["params"], inputs)
    assert _relative(out, expected.detach().numpy()) < 1e-4
    assert _relative(channels_first(np.asarray(dx)), x.grad.numpy()) < 1e-4
    peer = jax.tree.map(lambda t: t.grad.numpy(), params)
    for (path, a), b in zip(
        jax.tree_util.tree_leaves_with_path(gradients), jax.tree.leaves(peer), strict=True
    ):
        assert _relative(a, b) < 1e-4, path


@pytest.mark.parametrize("train", [True, False])
def test_generator_equals_pytorch(train: bool) -> None:
    latents = np.random.default_rng(0).normal(size=(B, LATENT)).astype(np.float32)
    _agree(make_generator(MODEL), _generator, latents, train)


@pytest.mark.parametrize("train", [True, False])
@pytest.mark.parametrize("projection", [False, True])
def test_discriminators_equal_pytorch(projection: bool, train: bool) -> None:
    images = np.random.default_rng(0).uniform(-1, 1, (B, SIZE, SIZE, 3)).astype(np.float32)
    net = make_discriminator({**MODEL, "projection": projection})
    _agree(net, _projection if projection else _discriminator, images, train)


def test_the_published_conditional_nets_have_the_published_shape() -> None:
    from configs import cdcgan

    model = {**cdcgan.get_config().model.to_dict(), "num_classes": 108}
    g, d = make_generator(model), make_discriminator(model)
    classes = jnp.zeros((2, 108))
    latents, images = jnp.zeros((2, 100)), jnp.zeros((2, 128, 128, 3))
    made = jax.eval_shape(lambda: g.init_with_output(jax.random.key(0), latents, classes, train=True))
    assert made[0].shape == images.shape
    kernels = [made[1]["params"][f"conv_{i}"]["kernel"].shape for i in range(5)]
    assert kernels == [(8, 8, 512, 150), (4, 4, 256, 512), (4, 4, 128, 256), (4, 4, 64, 128), (4, 4, 3, 64)]
    assert made[1]["params"]["classes"]["table"].shape == (108, 50)
    judged = jax.eval_shape(lambda: d.init_with_output(jax.random.key(0), images, classes, train=True))
    assert judged[0].shape == (2,)
    kernels = [judged[1]["params"][f"conv_{i}"]["kernel"].shape for i in range(5)]
    assert kernels == [(4, 4, 4, 64), (4, 4, 64, 128), (4, 4, 128, 256), (4, 4, 256, 512), (8, 8, 512, 1)]


def test_what_old_metadata_does_not_name_is_as_published() -> None:
    widths = {"generator_widths": [512, 256, 128, 64], "discriminator_widths": [64, 128, 256, 512]}
    assert make_generator(widths) == Generator()
    assert make_discriminator(widths) == Discriminator()


def test_a_conditional_net_asks_for_classes() -> None:
    with pytest.raises(ValueError, match="needs classes"):
        make_generator(MODEL).init(jax.random.key(0), jnp.zeros((1, LATENT)), train=False)
