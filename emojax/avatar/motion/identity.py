"""Who is in a scene: parts, colours and places, decided once by a weighted vote of its best views.

For eyes, brows and mouth it is also decided which drawing stands for each expression.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from emojax.avatar.matching.choosing import ALTERNATIVES, Part
from emojax.avatar.matching.colors import choose as choose_colors
from emojax.avatar.matching.words import variant_words
from emojax.avatar.motion.sight import EXPRESSION
from emojax.avatar.motion.watching import Scene, View
from emojax.avatar.pipeline import AvatarMaker
from emojax.avatar.reading.colors import Measured
from emojax.avatar.reading.placement import Place, measure_place
from emojax.avatar.result import Avatar
from emojax.avatar.styles.style import Style
from emojax.data.faces.attributes import WORDS

_TELLING: Final = 4
"""Views of rare expressions that are matched besides, to choose drawings for these. Fewer: rare expressions
have the style's first drawing of that word. More: a scene takes longer to begin."""


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


def decide(maker: AvatarMaker, scene: Scene) -> Identity:
    """The identity of a scene's face.

    Args:
      maker: chooses for each view.
      scene: has at least one view.
    """
    telling = [view for _, view in sorted(scene.telling.values(), key=lambda each: -each[0])]
    others = [view for view in telling if not any(view is each for each in scene.views)]
    views = [*scene.views, *_distinct(others)[:_TELLING]]
    avatars = maker.of_labelled([(view.crop, view.labels) for view in views])
    count = len(scene.views)
    voted = vote(avatars[:count], [view.weight for view in scene.views])
    seen = {part: voted.avatar_places(avatars[:count], part) for part in maker.library.types}
    places = {part: place for part, place in seen.items() if place is not None}
    avatar = dataclasses.replace(
        voted.avatar,
        moves=maker.moves_to(places, {name: part.id for name, part in voted.avatar.parts.items()}),
    )
    return Identity(avatar, _drawings(maker.style, avatar, avatars), places)


def _distinct(views: Sequence[View]) -> list[View]:
    found: list[View] = []
    for view in views:
        if not any(view is each for each in found):
            found.append(view)
    return found


@dataclasses.dataclass(frozen=True)
class Vote:
    """What views agreed on.

    Attributes:
      avatar: the first view's, with the parts and colours that were voted.
      weights: of the views.
    """

    avatar: Avatar
    weights: Sequence[float]

    def avatar_places(self, avatars: Sequence[Avatar], part: str) -> Place | None:
        """Where the views have a part type: weighted medians; None where none shows it."""
        found = [
            (measure_place(each.segments, part), w) for each, w in zip(avatars, self.weights, strict=True)
        ]
        known = [(place, weight) for place, weight in found if place is not None]
        if not known:
            return None
        weights = [weight for _, weight in known]
        columns = zip(*(place for place, _ in known), strict=True)
        return Place(*(median(np.asarray(column), weights) for column in columns))


def vote(avatars: Sequence[Avatar], weights: Sequence[float]) -> Vote:
    """Lets avatars of one person vote on each part and colour.

    Args:
      avatars: at least one.
      weights: how much each counts.
    """
    first = avatars[int(np.argmax(weights))]
    parts = {name: _voted([each.parts[name] for each in avatars], weights) for name in first.parts}
    measured = _measured([each.measured for each in avatars], weights)
    words = [each.lipstick for each in avatars]
    lipstick = None if words[0] is None else _most(words, weights)
    read = {
        name: {
            word: float(np.average([each.read[name][word] for each in avatars], weights=weights))
            for word in first.read[name]
        }
        for name in first.read
    }
    colors = first.style.colors(choose_colors(first.style, measured, lipstick=lipstick))
    return Vote(
        dataclasses.replace(
            first, parts=parts, measured=measured, colors=colors, lipstick=lipstick, read=read
        ),
        weights,
    )


def _voted(parts: Sequence[Part], weights: Sequence[float]) -> Part:
    ids = [part.id for part in parts]
    votes = {name: sum(w for each, w in zip(ids, weights, strict=True) if each == name) for name in ids}
    best = max(votes, key=lambda name: votes[name])
    agreeing = [part for part in parts if part.id == best]
    similar = [part.similarity for part in agreeing if part.similarity is not None]
    runners = {name: s for part in parts for name, s in part.alternatives if name != best}
    ranked = sorted(runners.items(), key=lambda each: -each[1])[:ALTERNATIVES]
    return Part(best, float(np.mean(similar)) if similar else None, tuple(ranked))


def _most(words: Sequence[str | None], weights: Sequence[float]) -> str | None:
    return max(words, key=lambda word: sum(w for w, each in zip(weights, words, strict=True) if each == word))


def _measured(found: Sequence[Measured], weights: Sequence[float]) -> Measured:
    lab = {}
    for slot in {slot: None for each in found for slot in each.lab}:
        pairs = [(each.lab[slot], w) for each, w in zip(found, weights, strict=True) if slot in each.lab]
        if sum(w for _, w in pairs) * 2 >= sum(weights):  # most views show it
            values, own = np.stack([value for value, _ in pairs]), [w for _, w in pairs]
            lab[slot] = np.asarray([median(column, own) for column in values.T])
    grey = sum(w for each, w in zip(found, weights, strict=True) if each.is_grey) * 2 > sum(weights)
    cast = tuple(median(np.asarray([each.cast[k] for each in found]), weights) for k in (0, 1))
    exposure = median(np.asarray([each.exposure for each in found]), weights)
    return Measured(lab, grey, (cast[0], cast[1]), exposure)


def median(values: np.ndarray, weights: Sequence[float]) -> float:
    """The weighted median of ``float[N]``: the first value that half of the weight does not exceed."""
    order = np.argsort(values)
    total = np.cumsum(np.asarray(weights)[order])
    return float(values[order][np.searchsorted(total, total[-1] / 2)])


def _drawings(style: Style, avatar: Avatar, avatars: Sequence[Avatar]) -> dict[str, dict[str, str]]:
    """For each word the variant that a view with that word was given, or the nearest to the voted one."""
    found: dict[str, dict[str, str]] = {}
    for name in EXPRESSION:
        if name not in style.parts:
            continue
        words = {v: variant_words(name, each) for v, each in style.parts[name].variants.items()}
        own = words[avatar.parts[name].id]
        found[name] = {}
        for word in WORDS[name]:
            given = [each.parts[name].id for each in avatars]
            fitting = [v for v in given if _first(words[v], name) == word]
            if _first(own, name) == word:
                found[name][word] = avatar.parts[name].id
            elif fitting:
                found[name][word] = max(fitting, key=fitting.count)
            else:
                listed = [v for v, each in words.items() if _first(each, name) == word]
                if listed:
                    found[name][word] = max(listed, key=lambda v: _alike(words[v], own, name))
    return found


def _first(words: Mapping[str, Sequence[str]], attribute: str) -> str | None:
    return words[attribute][0] if words.get(attribute) else None


def _alike(words: Mapping[str, Sequence[str]], own: Mapping[str, Sequence[str]], attribute: str) -> int:
    """How many other attributes, such as make-up, two variants show alike."""
    return sum(words.get(other) == own.get(other) for other in own if other != attribute)
