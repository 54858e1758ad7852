"""The generators that ship: small, faithful to labels, and smooth between two of them."""

from pathlib import Path

import numpy as np
import pytest

from emojax import weights
from emojax.emoji import generate, loading
from emojax.emoji.morph import LatentPoints, line
from emojax.emoji.parts import PartEmojiGenerator
from emojax.evaluation.measures import texture

_MOST_BYTES = 60e6


@pytest.fixture(scope="module", params=["parts", "cdcgan_best"])
def labelled(request: pytest.FixtureRequest) -> generate.EmojiGenerator:
    return loading.load(weights.shipped(request.param))


def test_all_weights_together_are_small() -> None:
    files = [path for path in Path(weights.__file__).parent.iterdir() if path.suffix == ".safetensors"]
    assert sum(path.stat().st_size for path in files) < _MOST_BYTES
    assert all(path.with_suffix(".md").is_file() for path in files), "each has a model card"


def test_pictures_of_one_label_are_alike_but_not_the_same(labelled: generate.EmojiGenerator) -> None:
    assert labelled.labels is not None
    wanted = [labelled.labels.find(text) for text in ("sunglasses", "rage", "kissing heart", "yum")]
    classes = labelled.one_hot(np.repeat(wanted, 4))
    drawn = labelled.draw(labelled.latents(0, range(16)), classes).astype(np.float32).reshape(4, 4, -1)
    means = drawn.mean(1, keepdims=True)
    apart = np.abs(drawn[:, :, None] - means[None, None, :, 0]).mean(-1)
    assert (apart.argmin(-1) == np.arange(4)[:, None]).all()
    assert (np.abs(drawn - means).mean((1, 2)) > 1.0).all()


@pytest.mark.parametrize("ends", [("heart eyes", "rolling eyes"), ("rage", "sob"), ("grin", "sunglasses")])
def test_morphs_take_even_steps(labelled: generate.EmojiGenerator, ends: tuple[str, str]) -> None:
    assert labelled.labels is not None
    wanted = [labelled.labels.find(end) for end in ends]
    points = LatentPoints(labelled.latents(0, range(2)), labelled.one_hot(wanted))
    if isinstance(labelled, PartEmojiGenerator):  # not mirrored, as `infer.py --interpolate` draws labels
        samples = labelled.endpoints(0, [None, None], wanted)
        points = LatentPoints(samples.latents, samples.classes)
    frames = line(labelled, points, 24).astype(np.float32)
    steps = np.sqrt(np.square(np.diff(frames, axis=0)).mean((1, 2, 3)))
    assert steps.max() <= 3 * np.median(steps)


def test_the_best_recipe_draws_flat_faces() -> None:
    shaded = {}
    for name in ("dcgan", "dcgan_best"):
        generator = generate.load(weights.shipped(name))
        shaded[name] = texture.shading(generator.draw(generator.latents(0, range(64)))).mean()
    assert shaded["dcgan_best"] < 0.25  # measured: 0.20; real emoji have 0.08, the published recipe's 0.59
    assert shaded["dcgan_best"] < shaded["dcgan"] / 2


@pytest.mark.network
def test_samples_are_recognised_as_what_was_asked_for(labelled: generate.EmojiGenerator) -> None:
    from emojax.evaluation.gan import reference as gan_reference
    from emojax.evaluation.measures import features, labelling

    assert labelled.labels is not None
    count = len(labelled.labels.labels)
    wanted = np.tile(np.arange(count), 3)
    drawn = labelled.draw(labelled.latents(0, range(len(wanted))), labelled.one_hot(wanted.tolist()))
    reference = gan_reference.load("smileys", size=drawn.shape[1], openmoji_dir=None)
    order = np.array([reference.hexcodes.index(label.hexcode) for label in labelled.labels.labels])
    extractor = features.emoji_net()
    real = extractor(reference.images)
    accuracy = labelling.label_accuracy(real, np.arange(len(real)), extractor(drawn), order[wanted])
    assert accuracy >= 0.95
