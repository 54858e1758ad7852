"""Our nets with converted weights compute what the public nets compute."""

import functools
import json
from pathlib import Path

import jax
import numpy as np
import pytest
from ports.support.checkpoints import random_images, random_state

from emojax import weights
from emojax.avatar.faces.parser import FaceParser
from emojax.models.bisenet import VARIANTS, BiSeNet, create
from emojax.models.resnet import ResNet50Features, abstract_variables
from emojax.ports.__main__ import main
from emojax.ports.bisenet import BISENET
from emojax.ports.resnet import RESNET50
from emojax.ports.table import batch_norm, convert, kernel

GOLDEN = Path(__file__).parents[1] / "goldens" / "ports.npz"

# The light net has one layer more, which no public checkpoint names.
LIGHT = [*BISENET, *kernel(r"narrow\.conv", "narrow/conv"), *batch_norm(r"narrow\.bn", "narrow")]


def relative_error(found, peer) -> float:
    found, peer = np.asarray(found), np.asarray(peer)
    assert found.shape == peer.shape
    return float(np.abs(found - peer).max() / np.abs(peer).max())


@jax.jit
def resnet50(variables, images) -> jax.Array:
    return ResNet50Features().apply(variables, images, train=False)


def stages(model: BiSeNet, variables, images, **kwargs) -> dict[str, jax.Array]:
    """Every stage the PyTorch reference names, from one forward pass of the Flax model."""

    def apply(variables, images):
        return model.apply(
            variables, images, train=False, capture_intermediates=True, mutable=["intermediates"], **kwargs
        )

    out, captured = jax.jit(apply)(variables, images)
    inner = {
        name: value["__call__"][0] for name, value in captured["intermediates"].items() if name != "__call__"
    }
    trunk = {f"stage{index}": stage for index, stage in enumerate(inner["trunk"], start=1)}
    features = {name: inner[name] for name in ("tail", "context16", "context8", "fusion")}
    return trunk | features | out._asdict()


def test_face_parser_equals_pytorch_stage_by_stage_at_512(tmp_path):
    torch = pytest.importorskip("torch")
    from ports.support.references import fill, run, shapes

    from emojax.benchmark.peers.torch_bisenet import BiSeNet as Reference

    reference = Reference()
    fill(reference, random_state(shapes(reference), seed=3))
    checkpoint, converted = tmp_path / "79999_iter.pth", tmp_path / "bisenet.safetensors"
    # The public file's format: PyTorch 1.0 wrote it.
    torch.save(reference.state_dict(), checkpoint, _use_new_zipfile_serialization=False)
    main(["bisenet", str(checkpoint), "--out", str(converted)])

    model = BiSeNet()
    variables, metadata = weights.load(converted, expect=abstract_variables(model))
    assert metadata["model"] == "bisenet"
    assert metadata["source"] == "79999_iter.pth"
    images = random_images(1, 512, 512, seed=4)
    found, peer = stages(model, variables, images), run(reference, images)
    assert set(found) == set(peer)
    errors = {name: relative_error(found[name], peer[name]) for name in peer}
    assert max(errors.values()) < 1e-4, errors


def test_light_face_parser_equals_pytorch_stage_by_stage():
    pytest.importorskip("torch")
    from ports.support.references import fill, run, shapes

    from emojax.benchmark.peers.torch_bisenet import BiSeNet as Reference

    reference = Reference(**VARIANTS["light"])
    state = random_state(shapes(reference), seed=9)
    fill(reference, state)
    model = create("light")
    variables = convert(state, LIGHT, abstract_variables(model), source="random")
    images = random_images(1, 64, 96, seed=10)
    found, peer = stages(model, variables, images), run(reference, images)
    assert set(found) == set(peer)
    errors = {name: relative_error(found[name], peer[name]) for name in peer}
    assert max(errors.values()) < 1e-4, errors


@pytest.mark.parametrize("variant", ["eager", "channels_last", "compile", "frozen"])
def test_parser_in_pytorch_equals_ours_at_the_nets_own_resolution(variant, monkeypatch):
    torch = pytest.importorskip("torch")
    # Traced as for the real thing; what writes C++ needs a compiler and takes half a minute.
    monkeypatch.setattr(torch, "compile", functools.partial(torch.compile, backend="aot_eager"))
    from ports.support.references import fill, shapes

    from emojax.benchmark.peers.torch_bisenet import BiSeNet as Reference
    from emojax.benchmark.peers.torch_bisenet import make_parser

    settings = VARIANTS["light"] | {"width": 8}
    reference = Reference(**settings)
    state = random_state(shapes(reference), seed=11)
    model = BiSeNet(**settings)
    variables = convert(state, LIGHT, abstract_variables(model), source="random")
    images = np.random.default_rng(12).integers(0, 256, (1, 64, 64, 3), np.uint8)
    found = FaceParser(model, variables, 64, mirror=False).net(variables, images)
    peer = make_parser(variant, fill(reference, state))(torch.from_numpy(images))
    assert relative_error(found, peer.numpy().transpose(0, 2, 3, 1)) < 1e-4


def test_face_parser_in_training_equals_pytorch():
    pytest.importorskip("torch")
    from ports.support.references import fill, run, shapes

    from emojax.benchmark.peers.torch_bisenet import BiSeNet as Reference

    reference = Reference(width=8)
    state = random_state(shapes(reference), seed=5)
    fill(reference, state).train()
    model = BiSeNet(width=8)
    variables = convert(state, BISENET, abstract_variables(model), source="random")
    images = random_images(3, 64, 96, seed=6)
    peer = run(reference, images)
    found, updated = jax.jit(lambda v, x: model.apply(v, x, train=True, mutable=["batch_stats"]))(
        variables, images
    )
    for name, value in found._asdict().items():
        assert relative_error(value, peer[name]) < 1e-4, name

    after = {name: tensor.numpy() for name, tensor in reference.state_dict().items()}
    expected = convert(after, BISENET, abstract_variables(model), source="trained")["batch_stats"]
    old = weights.flatten(variables["batch_stats"])
    new = weights.flatten(updated["batch_stats"])
    for name, value in weights.flatten(expected).items():
        if name.endswith("mean"):
            np.testing.assert_allclose(new[name], value, rtol=1e-4, atol=1e-4)
        else:
            # PyTorch averages the unbiased variance: larger by n / (n - 1), n from 3 pooled vectors up.
            biased, unbiased = np.asarray(new[name]) - 0.9 * old[name], value - 0.9 * old[name]
            np.testing.assert_array_less(biased, unbiased * (1 + 1e-3) + 1e-5)
            np.testing.assert_array_less(unbiased * (2 / 3), biased * (1 + 1e-3) + 1e-5)


def test_resnet50_equals_pytorch(tmp_path):
    torch = pytest.importorskip("torch")
    from ports.support.references import fill, run, shapes

    from emojax.benchmark.peers.torch_resnet import ResNet50 as Reference

    reference = Reference()
    fill(reference, random_state(shapes(reference), seed=7))
    torch.save(reference.state_dict(), tmp_path / "resnet50.pth")
    main(["resnet50", str(tmp_path / "resnet50.pth"), "--out", str(tmp_path / "out.safetensors")])
    variables, _ = weights.load(tmp_path / "out.safetensors", expect=abstract_variables(ResNet50Features()))
    images = random_images(1, 64, 96, seed=8)[:, :61, :93]  # odd sides: padding is where frameworks part
    found = resnet50(variables, images)
    assert found.shape == (1, 2048)
    assert relative_error(found, run(reference, images)) < 1e-4


@pytest.fixture(scope="module")
def golden() -> dict[str, np.ndarray]:
    with np.load(GOLDEN, allow_pickle=False) as file:
        return dict(file)


def golden_variables(golden, name, rules, model):
    shapes = {key: tuple(shape) for key, shape in json.loads(str(golden[f"{name}/shapes"])).items()}
    return convert(random_state(shapes, seed=1), rules, abstract_variables(model), source="golden")


def test_face_parser_equals_the_recorded_reference(golden):
    model = BiSeNet(width=16)
    variables = golden_variables(golden, "bisenet", BISENET, model)
    found = stages(model, variables, random_images(1, 64, 96, seed=2))
    for name, value in found.items():
        assert relative_error(value[:, ::3, ::3], golden[f"bisenet/{name}"]) < 1e-4, name


def test_resnet50_equals_the_recorded_reference(golden):
    variables = golden_variables(golden, "resnet50", RESNET50, ResNet50Features())
    found = resnet50(variables, random_images(1, 64, 96, seed=2)[:, :61, :93])
    assert relative_error(found, golden["resnet50/features"]) < 1e-4
