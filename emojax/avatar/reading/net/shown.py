"""Reads what a photo shows: for each attribute that people label by eye, how likely each word is."""

import dataclasses
import functools
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import jax
import numpy as np

from emojax import weights
from emojax.avatar.faces.parser import FaceParser
from emojax.avatar.faces.portraits import Portrait
from emojax.avatar.reading import attributes as bounds
from emojax.avatar.reading.net import evidence as balancing
from emojax.avatar.reading.net import features
from emojax.core.errors import UserError
from emojax.data.faces.attributes import Probabilities
from emojax.models.faces.attributes import AttributeHeads

_WORN: Final = ("clear", "sun")
_CERTAIN: Final = 0.98
"""Probability that glasses are worn where the label map shows some, and are not where it shows none. On 740
portraits of CelebAMask-HQ that are not held out none of 43 wearers is missed, and 2 bare faces get glasses.
Smaller: the likeness of drawings outweighs it. Larger: nothing else can."""

_SUN_THROUGH: Final = 0.28
_SUN_DARK: Final = 20.0
"""How many times likelier dark glasses are than clear ones where an eye is seen through them, and where none
is: of 15 dark ones 11 hide both eyes, of 28 clear ones 1."""

FORMAT: Final = "emojax.attributes.2"
"""What ``metadata["format"]`` of a net's weights says."""


class Reading(NamedTuple):
    """What a photo shows.

    Attributes:
      probabilities: calibrated: of photos for which a word has 0.7, seven in ten show it.
      evidence: the same as if words were more alike in frequency, see `evidence.evidence`. Drawings are
        chosen by it, since with the true frequencies nobody would ever be drawn with what few people have.
    """

    probabilities: Probabilities
    evidence: Probabilities


@dataclasses.dataclass(frozen=True)
class Attribute:
    """One attribute's words, in the order of the logits.

    Attributes:
      words: of `emojax.data.faces.attributes.WORDS`.
      frequencies: of the words in the training faces.
      weighted, balance, presence: see `evidence.evidence`.
    """

    words: tuple[str, ...]
    frequencies: tuple[float, ...]
    weighted: float
    balance: float
    presence: float | None = None


@dataclasses.dataclass(frozen=True)
class Reader:
    """The net and its vocabulary.

    Attributes:
      attributes: by name.
      variables: of an `AttributeHeads`.
      order: names of the groups of features, in which they are joined.
    """

    attributes: Mapping[str, Attribute]
    variables: Any
    order: tuple[str, ...]

    @classmethod
    def load(cls, path: Path | None = None) -> "Reader":
        """The net of a file of `emojax.training.export`; None takes what is installed with emojax.

        Raises:
          UserError: there is no such file, or it is damaged or no attribute net's.
        """
        path = weights.shipped("attributes") if path is None else path
        variables, metadata = weights.load(path)
        try:
            if metadata.get("format") != FORMAT:
                raise ValueError(f"format {metadata.get('format')!r}")
            listed = {name: _attribute(each) for name, each in json.loads(metadata["attributes"]).items()}
            order = tuple(json.loads(metadata["features"]))
            total = sum(len(each.words) for each in listed.values())
            if variables["params"]["heads"]["bias"].shape != (total,):
                raise ValueError("its heads do not fit its words")
        except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
            raise UserError(
                f"{path} holds no attribute net ({error}): give a file of python -m emojax.training.export"
            ) from error
        return cls(listed, variables, order)

    def read(self, portraits: Sequence[Portrait], parser: FaceParser) -> list[Reading]:
        """Reads portraits, one at a time, so that one compiled program serves any number.

        Args:
          portraits: aligned and labelled.
          parser: the one whose features the net was trained on.
        """
        if not portraits:
            return []
        found = [features.compute(parser, each.pixels, each.labels) for each in portraits]
        logits = self.logits(np.stack([features.join(each, self.order) for each in found]))
        return [bounded(self.decode(own), each.labels) for own, each in zip(logits, portraits, strict=True)]

    def logits(self, rows: np.ndarray) -> np.ndarray:
        """``float32[B, W]`` of all words together, of features ``float32[B, F]`` in `order`."""
        return np.asarray(self._heads(self.variables, rows))

    @functools.cached_property
    def _heads(self) -> Callable[[Any, np.ndarray], jax.Array]:
        return jax.jit(AttributeHeads(len(self.variables["params"]["heads"]["bias"])).apply)

    def decode(self, logits: np.ndarray) -> Reading:
        """What logits ``float32[W]`` say."""
        start = 0
        probabilities, evidence = {}, {}
        for name, attribute in self.attributes.items():
            own = logits[start : start + len(attribute.words)].astype(np.float64)
            start += len(attribute.words)
            known, weighted = np.asarray(attribute.frequencies), attribute.weighted
            likely = balancing.probabilities(own, known, weighted=weighted)
            even = balancing.evidence(
                own, known, weighted=weighted, balance=attribute.balance, presence=attribute.presence
            )
            probabilities[name] = dict(zip(attribute.words, likely.tolist(), strict=True))
            evidence[name] = dict(zip(attribute.words, even.tolist(), strict=True))
        return Reading(probabilities, evidence)


def bounded(reading: Reading, labels: np.ndarray) -> Reading:
    """A reading whose glasses are those of the label map, which are right more often than the net's.

    Args:
      reading: of the net.
      labels: ``uint8[306, 306]`` of the portrait.
    """
    seen, eyes = bounds.has_label(labels, "eyeglasses"), bounds.are_eyes_visible(labels)
    return Reading(*(_with_glasses(words, seen, eyes) for words in reading))


def _with_glasses(shown: Probabilities, seen: bool, eyes: bool) -> Probabilities:
    if "glasses" not in shown:
        return shown
    own = dict(shown["glasses"])
    own["sun"] *= _SUN_THROUGH if eyes else _SUN_DARK
    of_kind = {worn: sum(p for word, p in own.items() if (word in _WORN) == worn) for worn in (True, False)}
    glasses = {}
    for word, p in own.items():  # the net says of which kind they are
        worn = word in _WORN
        share = _CERTAIN if worn == seen else 1 - _CERTAIN
        glasses[word] = share * p / max(of_kind[worn], 1e-12)
    return {**shown, "glasses": glasses}


def _attribute(content: Mapping[str, Any]) -> Attribute:
    found = Attribute(
        tuple(content["words"]),
        tuple(float(each) for each in content["frequencies"]),
        float(content["weighted"]),
        float(content["balance"]),
        None if content["presence"] is None else float(content["presence"]),
    )
    if len(found.words) != len(found.frequencies) or min(found.frequencies) <= 0:
        raise ValueError(f"frequencies {found.frequencies} of {found.words}")
    return found
