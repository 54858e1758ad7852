"""The frozen feature extractors: what they do not depend on, and what they must see."""

import functools
import importlib
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest

from emojax import weights
from emojax.avatar.datasets import drawn_avatars
from emojax.core.errors import UserError
from emojax.evaluation.measures import features, random_cnn
from emojax.evaluation.measures.features import Extractor
from emojax.models import resnet
from emojax.models.features import EmojiFeatures, abstract_variables


@pytest.fixture(scope="module")
def pictures() -> np.ndarray:
    """``uint8[24, 64, 64, 3]``: eight random avatars of each style."""
    return drawn_avatars.draw(8, size=64, seed=5)


@pytest.fixture(scope="module", params=["random_cnn", "emoji_net"])
def extractor(request: pytest.FixtureRequest) -> Extractor:
    made: Extractor = getattr(features, request.param)()
    assert made.name == request.param
    return made


def _blurred(images: np.ndarray, sigma: float) -> np.ndarray:
    offsets = np.arange(64)[:, None] - np.arange(64)
    kernel = np.exp(-0.5 * (offsets / sigma) ** 2)
    kernel /= kernel.sum(1, keepdims=True)
    return np.einsum("iy,jx,nyxc->nijc", kernel, kernel, images, optimize=True).round().astype(np.uint8)


def _noisy(images: np.ndarray, sigma: float) -> np.ndarray:
    noise = np.random.default_rng(0).normal(size=images.shape)
    return np.clip(images + 255 * sigma * noise, 0, 255).round().astype(np.uint8)


def test_a_picture_has_the_same_bits_in_any_company(extractor: Extractor, pictures: np.ndarray) -> None:
    together = extractor(pictures)
    assert together.dtype == np.float32
    np.testing.assert_array_equal(extractor(pictures[::-1])[::-1], together)
    np.testing.assert_array_equal(extractor(pictures[7:9]), together[7:9])
    np.testing.assert_array_equal(extractor(pictures[:1]), together[:1])


def test_made_again_it_is_the_same(extractor: Extractor, pictures: np.ndarray) -> None:
    again: Extractor = getattr(features, extractor.name)()
    assert again.version == extractor.version
    np.testing.assert_array_equal(again(pictures[:2]), extractor(pictures[:2]))


@pytest.mark.parametrize(
    ("spoil", "ladder"),
    [(_blurred, (0.5, 0.8, 1.2, 2.0, 3.0)), (_noisy, (0.02, 0.04, 0.08, 0.16, 0.32))],
    ids=["blur", "noise"],
)
def test_the_more_it_is_spoiled_the_further_it_is(
    extractor: Extractor, pictures: np.ndarray, spoil: Callable[..., np.ndarray], ladder: tuple[float, ...]
) -> None:
    clean = extractor(pictures)
    steps = [np.linalg.norm(extractor(spoil(pictures, each)) - clean, axis=1).mean() for each in ladder]
    assert (np.diff(steps, prepend=0) > 0).all(), steps


def test_what_is_lightly_disturbed_is_nearest_to_itself(extractor: Extractor, pictures: np.ndarray) -> None:
    clean = extractor(pictures)
    for disturbed in (_blurred(pictures, 0.6), _noisy(pictures, 0.02)):
        apart = np.linalg.norm(extractor(disturbed)[:, None] - clean, axis=-1)
        assert apart.argmin(1).tolist() == [*range(len(pictures))]


def test_the_trained_net_knows_a_drawing_that_was_moved(pictures: np.ndarray) -> None:
    net = features.emoji_net()
    clean, moved = net(pictures), np.roll(pictures, (1, -2), (1, 2))
    apart = np.linalg.norm(net(moved)[:, None] - clean, axis=-1)
    assert (apart.argmin(1) == np.arange(len(pictures))).all()
    np.testing.assert_allclose(np.square(clean).mean(1), 1, rtol=1e-4)


def test_the_random_nets_version_stands_for_its_numbers() -> None:
    """Of a picture made of integers; where this fails, VERSION has to change."""
    rows, columns = np.mgrid[:64, :64]
    picture = np.stack([4 * rows, 4 * columns, 255 * ((rows // 8 + columns // 8) % 2)], -1).astype(np.uint8)
    vector = features.random_cnn()(picture[None])[0].astype(np.float64)
    assert random_cnn.VERSION == "1"
    assert vector.shape == (432,)
    golden = [
        2.263,
        7.7396,
        3.6291,
        2.0307,
        3.8168,
        -3.3117,
        -0.0265,
        -4.3409,
        -0.3296,
        -0.3505,
        -0.3007,
        -1.7358,
    ]
    np.testing.assert_allclose(vector[::36], golden, atol=1e-3)


def test_any_size_is_resized_by_area(extractor: Extractor, pictures: np.ndarray) -> None:
    doubled = pictures[:3].repeat(2, 1).repeat(2, 2)
    np.testing.assert_allclose(extractor(doubled), extractor(pictures[:3]), atol=2e-3)
    assert extractor(np.zeros((2, 33, 33, 3), np.uint8)).shape == extractor(pictures[:2]).shape


@pytest.mark.parametrize(("before", "after"), [(64, 64), (128, 64), (100, 64), (31, 64), (1, 64), (65, 64)])
def test_resampling_keeps_flat_areas_and_middles(before: int, after: int) -> None:
    matrix = features.resampling(before, after).astype(np.float64)
    np.testing.assert_allclose(matrix.sum(1), 1, atol=1e-6)
    np.testing.assert_allclose(matrix, matrix[::-1, ::-1], atol=1e-6)
    if before == after:
        np.testing.assert_array_equal(matrix, np.eye(after))
    if before > after:  # every pixel counts alike
        np.testing.assert_allclose(matrix.sum(0), after / before, atol=1e-6)


def test_pictures_of_another_kind_are_refused(extractor: Extractor) -> None:
    for wrong in (np.zeros((2, 64, 64, 3), np.float32), np.zeros((2, 64, 32, 3), np.uint8)):
        with pytest.raises(TypeError, match="expected uint8"):
            extractor(wrong)
    with pytest.raises(ValueError, match="at least one"):
        extractor(np.zeros((0, 64, 64, 3), np.uint8))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"format": "emojax.generator.1"}, "format 'emojax.generator.1'"),
        ({"config": "["}, "is not JSON"),
        ({"config": '{"model": {"widths": [8, 1e9], "embedding": 4}, "data": {"size": 64}}'}, "size"),
        ({"config": '{"model": {"widths": [12], "embedding": 4}, "data": {"size": 64}}'}, "widths"),
        ({"config": '{"model": {"widths": [8, 8], "embedding": 4}, "data": {"size": 20}}'}, "widths"),
        ({"config": '{"model": {"widths": [8], "embedding": 4}, "data": {"size": 64}}'}, "another net's"),
    ],
)
def test_a_file_of_another_net_is_told_apart(tmp_path: Path, change: dict[str, str], says: str) -> None:
    model = EmojiFeatures((8, 16), 4)
    config = {"model": {"widths": model.widths, "embedding": 4}, "data": {"size": 64}}
    metadata = {"format": features.FORMAT, "config": json.dumps(config)}
    variables = jax.tree.map(lambda x: np.zeros(x.shape, x.dtype), abstract_variables(model))
    file = tmp_path / "net.safetensors"
    weights.save(file, variables, metadata=metadata)
    assert features.emoji_net(file)(np.zeros((1, 64, 64, 3), np.uint8)).shape == (1, 4)
    weights.save(file, variables, metadata=metadata | change)
    with pytest.raises(UserError, match=rf"net\.safetensors.*{says}"):
        features.emoji_net(file)


_USERS = """
import numpy as np
SEEN = []
def means(images):
    SEEN.append(images.shape)
    return images.mean((1, 2))
def rows(images): return np.zeros(3)
def infinite(images): return np.full((len(images), 2), np.inf)
def broken(images): raise RuntimeError("no such layer")
number = 3
"""


@pytest.fixture
def users_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    (tmp_path / "users_features.py").write_text(_USERS)
    (tmp_path / "users_broken.py").write_text("raise RuntimeError('half done')")
    monkeypatch.syspath_prepend(tmp_path)
    yield
    for name in ("users_features", "users_broken"):
        sys.modules.pop(name, None)


@pytest.mark.usefixtures("users_module")
def test_the_users_function_is_called_with_whole_batches(pictures: np.ndarray) -> None:
    plugged = features.plugged("users_features:means")
    many = np.concatenate([pictures, pictures])
    np.testing.assert_allclose(plugged(many), many.mean((1, 2)), rtol=1e-6)
    assert importlib.import_module("users_features").SEEN == [(32, 64, 64, 3)] * 2
    assert plugged.name == "users_features:means"
    assert len(plugged.version) == 12


@pytest.mark.usefixtures("users_module")
@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ("", "names no features"),
        ("inception", "names no features"),
        ("nowhere_to_be_found:f", "cannot be imported"),
        ("users_features:nothing", "cannot be imported"),
        ("users_broken:f", "half done"),
        ("users_features:number", "not a function"),
        ("users_features:rows", r"returned an array \[3\] for 32 pictures"),
        ("users_features:infinite", "not finite"),
        ("users_features:broken", "no such layer"),
        ("resnet50:missing.safetensors", "missing.safetensors"),
    ],
)
def test_a_bad_plug_in_is_one_line(spec: str, says: str, pictures: np.ndarray) -> None:
    with pytest.raises(UserError, match=says) as error:
        features.plugged(spec)(pictures[:2])
    assert "\n" not in str(error.value)


def test_resnet50_takes_the_users_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    narrow = functools.partial(resnet.ResNet50Features, width=2)
    monkeypatch.setattr(resnet, "ResNet50Features", narrow)
    rng = np.random.default_rng(0)
    variables = jax.tree.map(
        lambda x: rng.uniform(0.1, 0.2, x.shape).astype(np.float32), resnet.abstract_variables(narrow())
    )
    weights.save(tmp_path / "resnet.safetensors", variables, metadata={})
    plugged = features.plugged(f"resnet50:{tmp_path / 'resnet.safetensors'}")
    grey = np.full((1, 64, 64, 3), 100, np.uint8)
    found = plugged(np.concatenate([grey, grey + 100, grey]))
    assert found.shape == (3, 64)
    np.testing.assert_array_equal(found[0], found[2])
    assert (found[0] != found[1]).any()
    with pytest.raises(UserError, match="another net's weights"):
        features.plugged(f"resnet50:{weights.shipped('features')}")
