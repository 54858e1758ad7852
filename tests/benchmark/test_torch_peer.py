"""The PyTorch peer is the published network, and each variant takes the published step."""

import copy
import functools
from collections.abc import Iterator
from typing import cast, get_args

import pytest

pytest.importorskip("torch")

import torch

from emojax.benchmark.peers.torch_dcgan import Discriminator, Generator, Variant, make_step

G_RATE, D_RATE = 1.5e-4, 1.05e-4


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """Nets this small only wait for each other's threads."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def networks(width: int = 8, image_size: int = 16) -> tuple[Generator, Discriminator]:
    torch.manual_seed(0)
    return Generator(20, image_size, width), Discriminator(image_size, width)


def batch(size: int = 6, image_size: int = 16) -> tuple[torch.Tensor, torch.Tensor]:
    source = torch.Generator().manual_seed(1)
    images = torch.rand(size, 3, image_size, image_size, generator=source) * 2 - 1
    return images, torch.randn(size, 20, generator=source)


def count(network: torch.nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())


def test_published_shapes_and_sizes() -> None:
    generator, discriminator = Generator(), Discriminator()
    assert count(generator) == 16 * (100 * 512 + 512 * 256 + 256 * 128 + 128 * 64 + 64 * 3) + 2 * 960
    assert count(generator) == 3_576_704
    assert count(discriminator) == 16 * (3 * 64 + 64 * 128 + 128 * 256 + 256 * 512 + 512) + 2 * 896
    assert count(discriminator) == 2_765_568
    images = generator(torch.randn(2, 100))
    assert images.shape == (2, 3, 64, 64)
    assert images.abs().max() <= 1
    assert discriminator(images).shape == (2,)


@pytest.mark.parametrize("image_size", [0, 4, 48, 65])
def test_impossible_sizes_are_refused(image_size: int) -> None:
    with pytest.raises(ValueError, match="image_size"):
        Generator(image_size=image_size)
    with pytest.raises(ValueError, match="image_size"):
        Discriminator(image_size=image_size)


def test_initial_values_are_the_published_ones() -> None:
    torch.manual_seed(0)
    for network in (Generator(), Discriminator()):
        for name, parameter in network.named_parameters():
            if name.startswith("conv"):
                assert abs(parameter.mean().item()) < 1e-3
                assert parameter.std().item() == pytest.approx(0.02, rel=0.05)
            elif name.endswith("weight"):
                assert parameter.mean().item() == pytest.approx(1, abs=0.01)
                assert parameter.std().item() == pytest.approx(0.02, rel=0.3)
            else:
                assert not parameter.any()


def published_step(
    generator: Generator, discriminator: Discriminator, images: torch.Tensor, latents: torch.Tensor
) -> dict[str, torch.Tensor]:
    """The loop as it is usually written: probabilities, separate backward passes, plain Adam."""
    loss = torch.nn.BCELoss()
    ones, zeros = torch.ones(len(images)), torch.zeros(len(images))
    d_adam = torch.optim.Adam(discriminator.parameters(), D_RATE, betas=(0.4, 0.999))
    g_adam = torch.optim.Adam(generator.parameters(), G_RATE, betas=(0.4, 0.999))
    real_loss = loss(torch.sigmoid(discriminator(images)), ones)
    real_loss.backward()
    fakes = generator(latents)
    fake_loss = loss(torch.sigmoid(discriminator(fakes.detach())), zeros)
    fake_loss.backward()
    d_adam.step()
    gradients = [parameter.grad for parameter in discriminator.parameters()]
    d_adam.zero_grad(set_to_none=True)
    g_loss = loss(torch.sigmoid(discriminator(fakes)), ones)
    g_loss.backward()
    g_adam.step()
    for parameter, gradient in zip(discriminator.parameters(), gradients, strict=True):
        parameter.grad = gradient
    return {"d_loss": (real_loss + fake_loss).detach(), "g_loss": g_loss.detach()}


def assert_same(net: torch.nn.Module, reference: torch.nn.Module, rate: float) -> None:
    for (name, a), b in zip(net.named_parameters(), reference.parameters(), strict=True):
        assert a.grad is not None, name
        assert b.grad is not None, name
        scale = b.grad.abs().max()
        assert (a.grad - b.grad).abs().max() < 1e-4 * scale, name
        # Adam's first update is the rate times the gradient's sign, so compare where that is certain.
        certain = b.grad.abs() > 1e-3 * scale
        assert certain.any()
        assert (a - b).abs()[certain].max() < 0.01 * rate, name
    torch.testing.assert_close(
        dict(net.named_buffers()), dict(reference.named_buffers()), rtol=1e-4, atol=1e-5
    )


@pytest.mark.parametrize("variant", [each for each in get_args(Variant) if "autocast" not in each])
def test_every_variant_takes_the_published_step(variant: Variant, monkeypatch: pytest.MonkeyPatch) -> None:
    # Traced and differentiated as ever, but without the C++ code generation: that is PyTorch's own,
    # needs a compiler and takes half a minute.
    monkeypatch.setattr(torch, "compile", functools.partial(torch.compile, backend="aot_eager"))
    generator, discriminator = networks()
    reference = copy.deepcopy((generator, discriminator))
    images, latents = batch()
    losses = make_step(
        variant, generator, discriminator, generator_learning_rate=G_RATE, discriminator_learning_rate=D_RATE
    )(images, latents)
    expected = published_step(*reference, images, latents)
    assert_same(generator, reference[0], G_RATE)
    assert_same(discriminator, reference[1], D_RATE)
    torch.testing.assert_close(losses, expected)


def test_steps_move_every_parameter_of_both_networks() -> None:
    generator, discriminator = networks()
    before = copy.deepcopy((generator, discriminator))
    step = make_step(
        "eager", generator, discriminator, generator_learning_rate=G_RATE, discriminator_learning_rate=D_RATE
    )
    for _ in range(2):
        step(*batch())
    for network, old in zip((generator, discriminator), before, strict=True):
        for (name, a), b in zip(network.named_parameters(), old.parameters(), strict=True):
            assert a.requires_grad, name
            assert (a != b).float().mean() > 0.99, name


def test_unknown_variant_is_refused() -> None:
    with pytest.raises(ValueError, match="channels_last"):
        make_step(
            cast(Variant, "fastest"),
            *networks(),
            generator_learning_rate=G_RATE,
            discriminator_learning_rate=D_RATE,
        )
