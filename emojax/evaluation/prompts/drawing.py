"""Drawings for descriptions, and what a classifier of parts sees on them."""

from collections.abc import Callable
from typing import Any

import numpy as np

from emojax.data.openmoji.parts import composing, layers
from emojax.emoji.parts import PartEmojiGenerator, with_further
from emojax.emoji.prompts import Chooser
from emojax.emoji.reading import TextReader
from emojax.evaluation.emoji_parts import classifier
from emojax.evaluation.prompts.examples import EXAMPLES


def examples(
    reader: TextReader, chooser: Chooser, generator: PartEmojiGenerator
) -> tuple[np.ndarray, list[dict[str, Any]]]:
    """The first picture of each example, and what was understood."""
    readings = reader.read(list(EXAMPLES))
    choices = [chooser.choose(each, None) for each in readings]
    samples = generator.sample(0, range(len(choices)), [choice.fixed for choice in choices])
    samples = with_further(samples, [choice.further for choice in choices])
    rows = [
        chooser.understood(each) | {"left out": list(choice.left_out)}
        for each, choice in zip(readings, choices, strict=True)
    ]
    return generator.draw(samples.latents, samples.classes), rows


def classified(generator: PartEmojiGenerator, seed: int) -> Callable[[list[dict[str, int]]], np.ndarray]:
    """What a classifier of parts, trained here, sees on the generator's drawings."""
    parts = generator.part_set
    side = generator.draw(generator.latents(0, [0]), generator.one_hot([0])).shape[1]
    judge = classifier.train(parts, composing.tables(parts, layers.load(parts, side)), seed=seed)

    def drawn(fixed: list[dict[str, int]]) -> np.ndarray:
        samples = generator.sample(seed, range(len(fixed)), fixed)
        return judge.read(generator.draw(samples.latents, samples.classes))

    return drawn
