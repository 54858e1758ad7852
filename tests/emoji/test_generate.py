"""Generation: reproducible image by image; of a given label; untrusted files are refused."""

import json
from pathlib import Path

import numpy as np
import pytest
from support.generators import LABELS, write_generator

from configs import dcgan
from emojax import weights
from emojax.core.errors import UserError
from emojax.data.openmoji.labels import LabelTable
from emojax.emoji import generate


@pytest.fixture(scope="module")
def generator(tmp_path_factory: pytest.TempPathFactory) -> generate.EmojiGenerator:
    return generate.load(write_generator(tmp_path_factory.mktemp("weights") / "g.safetensors"))


def test_an_image_depends_on_seed_and_number_alone(generator) -> None:  # type: ignore[no-untyped-def]
    many = generator.draw(generator.latents(3, range(37)))
    assert many.shape == (37, 16, 16, 3)
    assert many.dtype == np.uint8
    for indices in ([0], [36, 5], range(20)):
        np.testing.assert_array_equal(generator.draw(generator.latents(3, indices)), many[list(indices)])
    assert len({image.tobytes() for image in many}) == 37
    assert not np.array_equal(generator.draw(generator.latents(4, [0]))[0], many[0])


def test_latents_are_standard_normal(generator) -> None:  # type: ignore[no-untyped-def]
    latents = generator.latents(0, range(2000))
    assert abs(latents.mean()) < 0.03
    assert abs(latents.std() - 1) < 0.03
    assert np.abs(np.corrcoef(latents[:-1].ravel(), latents[1:].ravel())[0, 1]) < 0.03


def test_average_and_last_differ(tmp_path: Path) -> None:
    path = write_generator(tmp_path / "g.safetensors")
    latents = np.ones((1, 8), np.float32)
    average, last = (generate.load(path, average=a).draw(latents) for a in (True, False))
    assert not np.array_equal(average, last)


@pytest.fixture(scope="module")
def labelled(tmp_path_factory: pytest.TempPathFactory) -> generate.EmojiGenerator:
    path = tmp_path_factory.mktemp("weights") / "g.safetensors"
    return generate.load(write_generator(path, labels=LABELS))


def test_a_labelled_image_depends_on_latent_and_class_alone(labelled) -> None:  # type: ignore[no-untyped-def]
    assert labelled.labels == LABELS
    latents, classes = labelled.latents(3, range(37)), labelled.one_hot([i % 5 for i in range(37)])
    assert classes.shape == (37, 5)
    np.testing.assert_array_equal(classes.argmax(1), np.arange(37) % 5)
    many = labelled.draw(latents, classes)
    for indices in ([0], [36, 5], range(20)):
        chosen = list(indices)
        np.testing.assert_array_equal(labelled.draw(latents[chosen], classes[chosen]), many[chosen])
    same_latent = labelled.draw(np.repeat(latents[:1], 5, 0), classes[:5])
    assert len({image.tobytes() for image in same_latent}) == 5
    mixed = labelled.draw(latents[:1], classes[:2].mean(0, keepdims=True))
    assert not any(np.array_equal(mixed[0], image) for image in same_latent)


def test_classes_go_with_labels(generator, labelled) -> None:  # type: ignore[no-untyped-def]
    latents = np.ones((1, 8), np.float32)
    with pytest.raises(ValueError, match="missing"):
        labelled.draw(latents)
    with pytest.raises(ValueError, match="without any"):
        generator.draw(latents, np.ones((1, 5), np.float32))


def test_untrusted_files_are_refused(tmp_path: Path) -> None:
    whole = write_generator(tmp_path / "g.safetensors")
    truncated = tmp_path / "truncated.safetensors"
    truncated.write_bytes(whole.read_bytes()[:-100])
    with pytest.raises(UserError, match="truncated.safetensors"):
        generate.load(truncated)
    bisenet = write_generator(tmp_path / "b.safetensors", format="emojax.segmentation.1")
    with pytest.raises(UserError, match=r"b.safetensors holds no emoji generator"):
        generate.load(bisenet)
    huge = json.dumps({"model": {"generator_widths": [10**9], "latent_size": 8}})
    with pytest.raises(UserError, match="out of bounds"):
        generate.load(write_generator(tmp_path / "h.safetensors", config=huge))
    wrong = {
        "latent_size": 0,
        "first_size": 10**400,
        "attention": -1,
        "skips": [[1]],
        "embedding_size": np.nan,
    }
    for name, value in wrong.items():
        config = dcgan.get_config().to_dict()
        config["model"][name] = value
        with pytest.raises(UserError, match=f"{name} is out of bounds|fits no type"):
            generate.load(write_generator(tmp_path / "h.safetensors", config=json.dumps(config)))
    config = dcgan.get_config().to_dict()
    config["model"]["generator_widths"] = [1] * 9
    with pytest.raises(UserError, match="its images would be|values for one image"):
        generate.load(write_generator(tmp_path / "h.safetensors", config=json.dumps(config)))
    other = dcgan.get_config().to_json()
    with pytest.raises(UserError, match="another net's weights"):
        generate.load(write_generator(tmp_path / "o.safetensors", config=other))
    with pytest.raises(UserError, match=r"holds no config\.json"):
        generate.load(tmp_path)


def test_untrusted_labels_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "g.safetensors"
    with pytest.raises(UserError, match=r"g\.safetensors: its labels cannot be read"):
        generate.load(_with_labels(write_generator(path, labels=LABELS), "[1]"))
    fewer = LabelTable(LABELS.labels[:4]).to_json()
    with pytest.raises(UserError, match="names 4 labels for 5 classes"):
        generate.load(_with_labels(path, fewer))
    with pytest.raises(UserError, match="lacks the names of its 5 labels"):
        generate.load(_with_labels(path, None))


def _with_labels(path: Path, labels: str | None) -> Path:
    variables, metadata = weights.load(path)
    rest = {name: value for name, value in metadata.items() if name != "labels"}
    weights.save(path, variables, metadata=rest if labels is None else rest | {"labels": labels})
    return path
