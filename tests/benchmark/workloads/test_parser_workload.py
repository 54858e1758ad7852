"""The parser's programs run the net as avatars do, count its arithmetic, and PyTorch runs the same net."""

import functools
from typing import Any, get_args

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from configs.bisenet import get_config
from emojax.avatar.faces.parser import FaceParser
from emojax.benchmark import __main__
from emojax.benchmark.workloads import devices, parser, table
from emojax.core import runtime
from emojax.models import bisenet
from emojax.models.resnet import abstract_variables


def config(variant: str = "light", size: int = 64, batch_size: int = 1) -> dict[str, Any]:
    settings = get_config(variant)
    settings.data.size, settings.batch_size = size, batch_size
    return settings.to_dict()


@pytest.fixture(autouse=True)
def _ordinary_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime, "configure", lambda: None)  # it would change this process's allocator
    monkeypatch.setitem(bisenet.VARIANTS, "light", bisenet.VARIANTS["light"] | {"width": 4})


@pytest.mark.parametrize(("variant", "size"), [("light", 256), ("light", 64), ("full", 128)])
def test_counted_arithmetic_is_what_xla_finds(
    variant: str, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(bisenet.VARIANTS[variant], "width", 32)
    model = bisenet.create(variant)
    apply = functools.partial(model.apply, train=False, auxiliary=False, upsample=False)
    images = jax.ShapeDtypeStruct((1, size, size, 3), jnp.float32)
    lowered = jax.jit(apply).lower(abstract_variables(model), images)
    found = (lowered.cost_analysis() or {})["flops"] / 1e9
    counted = parser.gflop(config(variant, size))
    # XLA counts normalizations, enlargements and the stem's padding too.
    assert counted < found < 1.04 * counted


@pytest.mark.parametrize(("variant", "expected"), [("light", 1.67), ("full", 25.97)])
def test_published_nets_arithmetic(variant: str, expected: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(bisenet.VARIANTS["light"], "width", 32)
    assert parser.gflop(get_config(variant).to_dict()) == pytest.approx(expected, abs=0.01)


def test_the_net_alone_is_timed_on_images_of_its_size(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    net, compile_program = FaceParser.net.func, devices.compile_program  # type: ignore[attr-defined]

    def spied_net(self: FaceParser) -> Any:
        seen.append(self)
        return net(self)

    def spied_compile(lowered: Any) -> Any:
        run, facts = compile_program(lowered)

        def spy(variables: Any, images: np.ndarray) -> jax.Array:
            seen.extend([images, run(variables, images)])
            return seen[-1]

        return spy, facts

    monkeypatch.setattr(FaceParser, "net", property(spied_net))
    monkeypatch.setattr(devices, "compile_program", spied_compile)
    program = parser.emojax_program(config(batch_size=2))
    program.call()
    face_parser, images, scores = seen
    assert not face_parser.mirror
    assert (images.shape, images.dtype) == ((2, 64, 64, 3), np.uint8)
    assert scores.shape == (2, 16, 16, 19)
    assert bool(jnp.isfinite(scores).all())
    assert float(jnp.std(scores)) > 0
    assert (program.steps, program.facts["images"], program.facts["devices"]) == (1, 2, 1)
    assert program.facts["gflop"] == 2 * parser.gflop(config())


@pytest.mark.parametrize("faces", [1, 3])
def test_labels_are_of_crops_with_default_settings(faces: int, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    label_maps = FaceParser.label_maps

    def spied(self: FaceParser, images: np.ndarray) -> np.ndarray:
        seen.append((self, label_maps(self, images)))
        return seen[-1][1]

    monkeypatch.setattr(FaceParser, "label_maps", spied)
    program = parser.labels_program(config(), faces)
    program.call()
    ((face_parser, labels),) = seen
    assert face_parser == FaceParser(face_parser.model, face_parser.variables, 64)
    assert labels.shape == (faces, 306, 306)
    assert program.facts["images"] == faces
    assert program.facts["gflop"] == pytest.approx(2 * faces * parser.gflop(config()))


@pytest.mark.parametrize("variant", ["eager", "channels_last"])
def test_the_peer_is_the_same_net_on_the_same_images(variant: str, monkeypatch: pytest.MonkeyPatch) -> None:
    torch = pytest.importorskip("torch")
    from emojax.benchmark.peers import torch_bisenet

    seen = []
    make_parser = torch_bisenet.make_parser

    def spied(variant: Any, net: torch_bisenet.BiSeNet) -> Any:
        parse = make_parser(variant, net)

        def spy(images: Any) -> Any:
            seen.append((net, images, parse(images)))
            return seen[-1][2]

        return spy

    monkeypatch.setattr(torch_bisenet, "make_parser", spied)
    program = parser.torch_program(config(batch_size=2), variant, platform="cpu", steps=3, keep_memory=False)
    program.call()
    assert len(seen) == program.steps == 3
    net, images, scores = seen[0]
    np.testing.assert_array_equal(images.numpy(), parser.random_images(2, 64))
    assert scores.shape == (2, 19, 16, 16)
    assert scores.is_inference()
    assert not net.training
    assert net.conv_out.conv.conv.weight.is_contiguous(
        memory_format=torch.contiguous_format if variant == "eager" else torch.channels_last
    )
    parameters = sum(
        leaf.size for leaf in jax.tree.leaves(abstract_variables(bisenet.create("light"))["params"])
    )
    assert sum(weights.numel() for weights in net.parameters()) == parameters
    assert program.facts["gflop"] == 2 * parser.gflop(config())


def test_every_peer_variant_is_one_the_peer_has() -> None:
    pytest.importorskip("torch")
    from emojax.benchmark.peers import torch_bisenet

    parser_workload = table.WORKLOADS["parser"]
    found = (*parser_workload.peer_variants["torch"], *parser_workload.accelerated["torch"])
    assert found == get_args(torch_bisenet.Variant)


def test_the_published_light_net_is_what_is_timed() -> None:
    settings = __main__.configuration(table.WORKLOADS["parser"])
    assert (settings["variant"], settings["data"]["size"], settings["batch_size"]) == ("light", 352, 1)
    assert __main__.configuration(table.WORKLOADS["parser"], 4)["batch_size"] == 4


def test_facts_of_our_device_are_what_rows_need() -> None:
    facts = devices.jax_facts(jax.devices()[0])
    assert facts | {"platform": "cpu", "devices": 1, "steps_per_call": 1} == facts
    assert facts["devices_present"] == jax.device_count()
