"""Labels are asked for in turn, and their emoji recognised."""

import dataclasses

import numpy as np
import pytest
from evaluation.support import drawn_emoji
from evaluation.support.drawn_emoji import SIZE, Projection

from emojax.core.errors import UserError
from emojax.data.openmoji import labels
from emojax.evaluation.gan import report as gan_report
from emojax.evaluation.gan import samples as gan_samples


@dataclasses.dataclass(frozen=True)
class _Generator:
    """A conditional generator that draws what it is asked for, or always its first label."""

    labels: labels.LabelTable | None
    obeys: bool

    def latents(self, seed: int, indices: range) -> np.ndarray:
        return np.random.RandomState(seed).standard_normal((len(indices), 1)).astype(np.float32)

    def one_hot(self, numbers: list[int]) -> np.ndarray:
        assert self.labels is not None
        return np.eye(len(self.labels), dtype=np.float32)[numbers]

    def draw(self, latents: np.ndarray, classes: np.ndarray | None = None) -> np.ndarray:
        assert classes is not None
        numbers = classes.argmax(1) if self.obeys else np.zeros(len(classes), int)
        faces = drawn_emoji.pictures(range(48))[numbers]
        return np.clip(faces + np.abs(latents[..., None, None]), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("obeys", [True, False])
def test_labels_are_asked_for_in_turn_and_recognised(obeys: bool) -> None:
    reference = drawn_emoji.reference()
    table = labels.LabelTable(
        tuple(labels.Label(hexcode, "", f"n{hexcode}", "") for hexcode in reference.hexcodes)
    )
    generator = _Generator(table, obeys)
    assert gan_samples.side(generator) == SIZE
    samples = gan_samples.draw(generator, name="c", count=96, seed=0, among=set(reference.hexcodes))
    assert samples.requested == reference.hexcodes * 2
    figures = gan_report.evaluate(samples, reference, [Projection()], seed=0).report.figures
    accuracy = figures["label_accuracy/emoji_net"].value
    assert accuracy == 1.0 if obeys else accuracy == pytest.approx(1 / 48)
    assert figures["label_variety/emoji_net"].value < 0.1
    some = gan_samples.draw(generator, name="c", count=5, seed=0, among=set(reference.hexcodes[2:4]))
    assert some.requested == (*reference.hexcodes[2:4] * 2, reference.hexcodes[2])


def test_labels_without_an_emoji_and_counts_out_of_range_are_refused() -> None:
    generator = _Generator(labels.LabelTable((labels.Label("1F000", "", "a", ""),)), True)
    with pytest.raises(UserError, match="has no label among the emoji"):
        gan_samples.draw(generator, name="c", count=9, seed=0, among={"1F600"})
    for count in (0, 10_001):
        with pytest.raises(UserError, match=f"--count is {count}"):
            gan_samples.draw(generator, name="c", count=count, seed=0, among={"1F000"})
