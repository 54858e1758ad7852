"""What photographed parts have in common, measured and kept with the autoencoders."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from avatar.extractors.test_autoencoder_extractor import KINDS, write_autoencoders

from emojax.avatar.datasets import photo_means
from emojax.avatar.extractors.autoencoder import Autoencoders
from emojax.avatar.reading.segments import Segment, zoom_segment
from emojax.core.errors import UserError


@pytest.fixture
def parts(monkeypatch: pytest.MonkeyPatch) -> dict[str, np.ndarray]:
    """Label maps of mouths and of brows, in place of a folder with parts."""
    rng = np.random.default_rng(0)
    masks = {
        "mouth": rng.choice(np.asarray([1, 11, 12, 13], np.uint8), (5, 8, 8)),
        "right_brow": rng.choice(np.asarray([1, 3], np.uint8), (3, 8, 8)),
        "left_brow": rng.choice(np.asarray([1, 3], np.uint8), (1, 8, 8)),
    }
    masks = {part: each.repeat(8, 1).repeat(8, 2) for part, each in masks.items()}

    def load(source: Path, part: str) -> SimpleNamespace:
        found = masks.get(part, np.zeros((0, 64, 64), np.uint8))
        return SimpleNamespace(masks=found, images=np.repeat(found[..., None], 3, -1))

    monkeypatch.setattr(photo_means.builder, "load", load)
    return masks


def _segments(masks: np.ndarray) -> list[Segment]:
    return [Segment(np.repeat(mask[..., None], 3, -1), mask, (0.0, 0.0, 1.0, 1.0)) for mask in masks]


def test_means_are_of_vectors_at_each_size(parts: dict[str, np.ndarray], tmp_path: Path) -> None:
    path = write_autoencoders(tmp_path / "weights.safetensors")
    plain = Autoencoders.load(path)
    assert plain.photo_mean("mouth", 1.0) is None
    photo_means.main([str(tmp_path), str(path)])
    known = Autoencoders.load(path)
    segments = _segments(parts["mouth"])
    for zoom in (photo_means.ZOOMS[0], photo_means.ZOOMS[6]):
        mean = plain.embed("mouth", [zoom_segment(each, zoom) for each in segments]).mean(0)
        np.testing.assert_allclose(known.photo_mean("mouth", zoom), mean, atol=2e-3)
    np.testing.assert_array_equal(known.embed("mouth", segments), plain.embed("mouth", segments))
    assert known.digest != plain.digest
    both = [*_segments(parts["right_brow"]), *_segments(parts["left_brow"])]
    mean = plain.embed("right_brow", [zoom_segment(each, 0.6) for each in both]).mean(0)
    np.testing.assert_allclose(known.photo_mean("left_brow", 0.6), mean, atol=2e-3)


def test_between_sizes_means_go_over_into_each_other(parts: dict[str, np.ndarray], tmp_path: Path) -> None:
    path = write_autoencoders(tmp_path / "weights.safetensors")
    photo_means.main([str(tmp_path), str(path)])
    known = Autoencoders.load(path)
    low, middle, high = (known.photo_mean("mouth", zoom) for zoom in (0.75, 0.825, 0.9))
    assert low is not None
    assert high is not None
    np.testing.assert_allclose(middle, (low + high) / 2, atol=1e-6)
    np.testing.assert_array_equal(known.photo_mean("mouth", 9.0), known.photo_mean("mouth", 2.5))


def test_a_kind_without_parts_is_refused(parts: dict[str, np.ndarray], tmp_path: Path) -> None:
    path = write_autoencoders(tmp_path / "weights.safetensors", (*KINDS, "nose"))
    before = path.read_bytes()
    with pytest.raises(UserError, match="has no nose: make parts of more photos"):
        photo_means.main([str(tmp_path), str(path)])
    assert path.read_bytes() == before
