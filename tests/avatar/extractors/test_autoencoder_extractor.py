"""The shapes' extractor: one vector for a picture, whoever is embedded with it."""

import dataclasses
import functools
import hashlib
import json
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest

from emojax import weights
from emojax.avatar.extractors.autoencoder import Autoencoders
from emojax.avatar.reading.segments import Segment
from emojax.core.errors import UserError
from emojax.data.parts import shapes
from emojax.models.autoencoder import Autoencoder, init_stacked

KINDS = ("mouth", "brow")
MODEL = Autoencoder(widths=(8, 8), embedding=7)


def write_autoencoders(path: Path, parts: tuple[str, ...] = KINDS) -> Path:
    """Untrained ones."""
    config = {"model": {"widths": MODEL.widths, "embedding": MODEL.embedding}}
    metadata = {"format": "emojax.autoencoder.1", "parts": json.dumps(parts), "config": json.dumps(config)}
    variables = jax.jit(init_stacked, static_argnums=(0, 2))(MODEL, jax.random.key(0), len(parts))
    weights.save(path, jax.tree.map(np.asarray, variables), metadata=metadata, half=True)
    return path


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_autoencoders(tmp_path_factory.mktemp("weights") / "autoencoder.safetensors")


@pytest.fixture(scope="module")
def extractor(file: Path) -> Autoencoders:
    return Autoencoders.load(file)


def _masks(count: int) -> np.ndarray:
    """Blocks of the labels of brows, skin, mouths and lips."""
    blocks = np.random.default_rng(0).choice(np.asarray([1, 2, 3, 11, 12, 13, 255], np.uint8), (count, 8, 8))
    return blocks.repeat(8, axis=1).repeat(8, axis=2)


def _segments(masks: np.ndarray) -> list[Segment]:
    grey = np.full((64, 64, 3), 127, np.uint8)
    return [Segment(grey, mask, (0.0, 0.0, 64.0, 64.0)) for mask in masks]


@pytest.mark.parametrize("part", ["mouth", "left_brow"])
def test_vectors_are_the_encoders_of_their_kind(extractor: Autoencoders, part: str) -> None:
    masks = _masks(3)
    index = extractor.parts.index(shapes.TYPES[part])
    own = jax.tree.map(lambda leaf: leaf[index], extractor.variables)
    encode = jax.jit(functools.partial(MODEL.apply, method=Autoencoder.encode))
    expected: Any = encode(own, shapes.shape(part, masks))
    found = extractor.embed(part, _segments(masks))
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_a_vector_does_not_depend_on_its_batch(extractor: Autoencoders) -> None:
    masks = _masks(70)
    together = extractor.embed("mouth", _segments(masks))
    assert together.shape == (70, 7)
    for size in (1, 5, 66):
        np.testing.assert_allclose(
            extractor.embed("mouth", _segments(masks[:size])), together[:size], atol=1e-5
        )
    assert np.ptp(together, axis=0).min() > 1e-3


def test_both_sides_share_an_encoder_and_unknown_pixels_are_background(extractor: Autoencoders) -> None:
    masks = _masks(4)
    left, right = (extractor.embed(f"{side}_brow", _segments(masks)) for side in ("left", "right"))
    np.testing.assert_array_equal(left, right)
    skin = np.where(masks == 255, np.uint8(1), masks)
    np.testing.assert_array_equal(
        extractor.embed("mouth", _segments(masks)), extractor.embed("mouth", _segments(skin))
    )


def test_the_digest_is_the_files(extractor: Autoencoders, file: Path, tmp_path: Path) -> None:
    assert extractor.parts == KINDS
    assert not extractor.needs_pixels
    assert extractor.digest == hashlib.sha256(file.read_bytes()).hexdigest()
    other = Autoencoders.load(write_autoencoders(tmp_path / "other.safetensors", ("brow", "mouth")))
    assert other.digest != extractor.digest


def test_what_does_not_fit_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="'tail', which this version does not know"):
        Autoencoders.load(write_autoencoders(tmp_path / "odd.safetensors", ("tail",)))


@pytest.mark.parametrize(
    ("zoom", "expected"),
    [(0.1, 1.0), (0.5, 1.0), (0.75, 2.0), (1.0, 3.0), (1.5, 4.0), (2.0, 5.0), (9.0, 5.0)],
)
def test_photo_means_are_interpolated_between_magnifications(
    extractor: Autoencoders, zoom: float, expected: float
) -> None:
    """Linearly in the magnification, and constant beyond those that were measured."""
    means = np.zeros((2, 3, 7), np.float32)
    means[1] = np.array([1.0, 3.0, 5.0], np.float32)[:, None]  # of brows, the second part
    known = dataclasses.replace(extractor, photo_zooms=np.array([0.5, 1.0, 2.0]), photo_means=means)
    for part in ("left_brow", "right_brow"):
        mean = known.photo_mean(part, zoom)
        assert mean is not None
        assert mean.dtype == np.float32
        np.testing.assert_allclose(mean, np.full(7, expected), atol=1e-6)
    assert not np.any(known.photo_mean("mouth", zoom))
    single = dataclasses.replace(known, photo_zooms=np.array([1.0]), photo_means=means[:, 1:2])
    np.testing.assert_allclose(single.photo_mean("left_brow", zoom), np.full(7, 3.0))
    assert extractor.photo_mean("mouth", zoom) is None


def test_batches_are_padded_to_a_few_sizes(extractor: Autoencoders) -> None:
    """Whatever their number, parts are encoded by two compiled programs."""
    sizes: list[int] = []

    def encode(variables: Any, index: Any, table: Any, masks: np.ndarray) -> np.ndarray:
        sizes.append(len(masks))
        return masks[:, 0, :7].astype(np.float32)

    watched = dataclasses.replace(extractor)
    watched.__dict__["_encode"] = encode
    for count, expected in ((1, [4]), (4, [4]), (5, [64]), (64, [64]), (65, [64, 64]), (130, [64] * 3)):
        sizes.clear()
        masks = _masks(count)
        vectors = watched.embed("mouth", _segments(masks))
        assert sizes == expected
        np.testing.assert_array_equal(vectors, masks[:, 0, :7])
