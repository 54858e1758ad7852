"""The table of extractors: each entry loads, keeps the interface, and says what is wrong with its weights."""

import argparse
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from emojax import weights
from emojax.avatar.extractors import table
from emojax.avatar.extractors.resnet import ResNet50
from emojax.avatar.reading.segments import Segment
from emojax.cli import evaluate_avatar, selfie
from emojax.core.errors import UserError
from emojax.data.parts.shapes import PARTS_OF_TYPE
from emojax.models.resnet import ResNet50Features, abstract_variables


def _segments(count: int) -> list[Segment]:
    """Blocks of labels that occur in mouths, and noise for their pixels."""
    rng = np.random.default_rng(0)
    labels = rng.choice(np.asarray([1, 11, 12, 13], np.uint8), (count, 8, 8)).repeat(8, 1).repeat(8, 2)
    images = rng.integers(0, 256, (count, 64, 64, 3), np.uint8)
    return [Segment(image, mask, (0.0, 0.0, 1.0, 1.0)) for image, mask in zip(images, labels, strict=True)]


@pytest.mark.parametrize(
    "name", [name for name, entry in table.EXTRACTORS.items() if not entry.needs_weights]
)
def test_what_needs_no_file_embeds_every_part(name: str) -> None:
    extractor = table.load(name)
    assert extractor.name == name
    assert extractor.digest
    for parts in PARTS_OF_TYPE.values():
        vectors = extractor.embed(parts[0], _segments(3))
        assert vectors.dtype == np.float32
        assert vectors.shape == (3, vectors.shape[1])
        mean = extractor.photo_mean(parts[0], 1.0)
        assert mean is None or mean.shape == vectors.shape[1:]


def test_resnet50_needs_a_file_of_its_own_net(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="resnet50 needs a weight file"):
        table.load("resnet50")
    with pytest.raises(UserError, match="another net's weights"):
        table.load("resnet50", weights.shipped("autoencoder"))
    shapes = abstract_variables(ResNet50Features())
    path = tmp_path / "resnet50.safetensors"
    flat = {name: np.zeros(leaf.shape, leaf.dtype) for name, leaf in weights.flatten(shapes).items()}
    weights.save(path, weights.nest(flat, path), metadata={}, half=True)
    extractor = table.load("resnet50", path)
    assert isinstance(extractor, ResNet50)
    assert extractor.needs_pixels
    assert len(extractor.digest) == 64


@pytest.mark.parametrize("name", ["shapes", "pixels"])
def test_baselines_refuse_a_weight_file(name: str) -> None:
    with pytest.raises(UserError, match=r"x\.safetensors: this extractor has no weights"):
        table.load(name, Path("x.safetensors"))


def test_an_unknown_name_is_refused_with_those_there_are() -> None:
    with pytest.raises(UserError, match="no extractor 'clip'; choose one of autoencoder, resnet50"):
        table.load("clip")


def test_the_programs_offer_what_the_table_has() -> None:
    (flag,) = [each for each in selfie.FLAGS if each.name == "--extractor"]
    evaluate = argparse.ArgumentParser()
    evaluate_avatar.add_parser(evaluate.add_subparsers())
    subcommand = evaluate._subparsers._group_actions[0].choices["avatar"]  # type: ignore[union-attr,index]
    (action,) = [each for each in subcommand._actions if "--extractor" in each.option_strings]
    assert action.choices == list(table.EXTRACTORS)
    assert ", ".join(table.EXTRACTORS) in flag.options["help"]
    assert table.names(",".join(table.EXTRACTORS)) == tuple(table.EXTRACTORS)
    with pytest.raises(UserError, match="vgg"):
        table.names("autoencoder,vgg")
    assert flag.default == table.DEFAULT == "autoencoder"


def test_listing_the_names_loads_no_library() -> None:
    code = "import sys, emojax.avatar.extractors.table; print({'jax', 'numpy', 'cv2'} & set(sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "set()"
