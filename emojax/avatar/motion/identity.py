"""Who is in a scene: parts, colours and places, decided once by a weighted vote of its best views.

For eyes, brows and mouth it is also decided which drawing stands for each expression.
"""

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np

from emojax.avatar.matching.library import Library
from emojax.avatar.matching.words import variant_words
from emojax.avatar.motion.sight import EXPRESSION
from emojax.avatar.motion.watching import View
from emojax.avatar.pipeline import AvatarMaker
from emojax.avatar.reading.placement import Place
from emojax.avatar.result import Avatar
from emojax.avatar.styles.style import Style
from emojax.avatar.traits import measure_places
from emojax.avatar.voting import weighted_median
from emojax.data.faces.attributes import WORDS


@dataclasses.dataclass(frozen=True)
class Identity:
    """A person in a style.

    Attributes:
      avatar: with the parts, colours and places that were voted.
      drawings: by attribute of `EXPRESSION` and word the variant that shows it.
      places: by part type where the face has it, the median of its views.
    """

    avatar: Avatar
    drawings: Mapping[str, Mapping[str, str]]
    places: Mapping[str, Place]


def decide(maker: AvatarMaker, views: Sequence[View]) -> Identity:
    """The identity of a scene's face.

    Args:
      maker: chooses for each view.
      views: at least one.
    """
    avatar = maker.of_views([(view.crop, view.labels) for view in views])
    found = [measure_places(view.segments(), maker.library.types) for view in views]
    places = {
        part: _median([each[part] for each in found if part in each])
        for part in maker.library.types
        if any(part in each for each in found)
    }
    moves = maker.moves_to(places, avatar.choice)
    return Identity(
        dataclasses.replace(avatar, moves=moves), _drawings(maker.style, maker.library, avatar.choice), places
    )


def _median(places: Sequence[Place]) -> Place:
    weights = [1.0] * len(places)
    return Place(*(weighted_median(np.asarray(column), weights) for column in zip(*places, strict=True)))


def _drawings(style: Style, library: Library, choice: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """For each word the variant that shows it first, and is most like the voted one otherwise."""
    found: dict[str, dict[str, str]] = {}
    for name in EXPRESSION:
        if name not in style.parts:
            continue
        words = {v: variant_words(name, each) for v, each in style.parts[name].variants.items()}
        own = words[choice[name]]
        found[name] = {}
        for word in WORDS[name]:
            listed = [v for v, each in words.items() if each.get(name) and each[name][0] == word]
            if listed:
                like = _likeness(library, name, choice[name], listed)
                found[name][word] = max(listed, key=lambda v: (_alike(words[v], own, name), like[v]))
    return found


def _alike(words: Mapping[str, Sequence[str]], own: Mapping[str, Sequence[str]], attribute: str) -> int:
    """How many other attributes, such as make-up, two variants show alike."""
    return sum(words.get(other) == own.get(other) for other in own if other != attribute)


def _likeness(library: Library, part: str, own: str, others: Sequence[str]) -> dict[str, float]:
    """Cosines of drawings with one; -1 for those without a vector."""
    if part not in library.types:
        return dict.fromkeys(others, -1.0)
    t = library.types.index(part)
    at = {name: v for v, name in enumerate(library.variants[t])}
    vectors = library.embeddings[t].astype(np.float64)
    vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    if own not in at:
        return dict.fromkeys(others, -1.0)
    return {v: float(vectors[at[v]] @ vectors[at[own]]) if v in at else -1.0 for v in others}
