"""ResNet-50's extractor: what reaches the net, padding of batches, names and digests."""

import hashlib
from pathlib import Path
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

from emojax import weights
from emojax.avatar.extractors import resnet
from emojax.avatar.extractors.resnet import ResNet50
from emojax.avatar.reading.segments import Segment


class _Means:
    """Takes the place of the net: the mean of each picture's channels, and its size."""

    def apply(self, variables: Any, images: Any, *, train: bool) -> Any:
        assert not train
        assert images.shape[1:] == (224, 224, 3)
        side = jnp.full((len(images), 1), float(len(images)))
        return jnp.concatenate([images.mean((1, 2)), side], axis=1)


@pytest.fixture
def extractor(monkeypatch: pytest.MonkeyPatch) -> ResNet50:
    monkeypatch.setattr(resnet, "ResNet50Features", _Means)
    monkeypatch.setattr(resnet.inference, "folded", lambda variables: variables)
    monkeypatch.setattr(resnet.inference, "compiled", lambda net: net)
    return ResNet50({}, "digest")


def _segments(count: int) -> list[Segment]:
    """Noses of one colour each on skin of another."""
    labels = np.ones((64, 64), np.uint8)
    labels[16:48, 16:48] = 10
    return [Segment(np.full((64, 64, 3), n, np.uint8), labels, (0.0, 0.0, 1.0, 1.0)) for n in range(count)]


def test_pictures_are_the_part_on_grey_from_minus_one_to_one(extractor: ResNet50) -> None:
    vectors = extractor.embed("nose", _segments(11))
    expected = [(0.25 * n + 0.75 * 124) / 127.5 - 1 for n in range(11)]
    np.testing.assert_allclose(vectors[:, 0], expected, atol=2e-3)
    np.testing.assert_allclose(vectors[:, 1], vectors[:, 2])


@pytest.mark.parametrize("count", [1, 8, 9, 17])
def test_batches_of_eight_are_padded_and_vectors_keep_their_order(extractor: ResNet50, count: int) -> None:
    vectors = extractor.embed("nose", _segments(count))
    assert len(vectors) == count
    assert (vectors[:, 3] == 8).all()
    assert (np.diff(vectors[:, 0]) > 0).all()


def test_files_are_identified_by_their_bytes_and_random_nets_by_their_seed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resnet, "abstract_variables", lambda net: None)
    path = tmp_path / "resnet50.safetensors"
    weights.save(path, {"a": np.ones(3, np.float32)}, metadata={})
    loaded = ResNet50.load(path)
    assert loaded.digest == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (loaded.name, loaded.needs_pixels) == ("resnet50", True)
    assert loaded.photo_mean("nose", 1.0) is None


def test_random_nets_depend_on_their_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    class Net:
        def init(self, key: Any, images: Any, *, train: bool) -> Any:
            assert images.shape == (1, 224, 224, 3)
            return {"a": resnet.jax.random.normal(key, (3,))}

    monkeypatch.setattr(resnet, "ResNet50Features", Net)
    nets = [ResNet50.random(seed) for seed in (0, 1, 1)]
    assert [net.digest for net in nets] == [f"emojax.resnet50.random.{seed}" for seed in (0, 1, 1)]
    assert {net.name for net in nets} == {"resnet50_random"}
    assert np.array_equal(nets[1].variables["a"], nets[2].variables["a"])
    assert not np.array_equal(nets[0].variables["a"], nets[1].variables["a"])
