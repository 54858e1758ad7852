"""What a style's drawings show, as arrays that `kernel.match` compares with what was read off photos."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from emojax.avatar.styles.style import Style, Variant
from emojax.data.faces.attributes import SHOWN, WORDS, Probabilities

_SIZE: Final = max(len(WORDS[name]) for name in SHOWN)

_ALSO: Final = 0.5
"""How much of a word a drawing shows that has others before it. Smaller: drawings that suit many faces serve
few. Larger: they serve faces that other drawings suit better, since several words are likelier than one."""

_LENGTHS: Final = {"none": ["bald"], "short": ["buzz", "short"], "medium": ["medium"], "long": ["long"]}
_BEARDS: Final = {
    "none": ["none"],
    "stubble": ["stubble"],
    "moustache": ["moustache"],
    "goatee": ["goatee", "van_dyke"],
    "beard": ["short_beard", "full_beard"],
}
_RINGS: Final = {"studs": ["stud"], "hoops": ["drop"]}


def variant_words(part: str, variant: Variant) -> dict[str, Sequence[str]]:
    """By attribute the words of a variant: its own, and those that its required tags imply.

    Args:
      part: its part type.
      variant: of a style.
    """
    return {**_implied(part, variant.tags), **variant.words}


def _implied(part: str, tags: Mapping[str, str | bool]) -> dict[str, Sequence[str]]:
    match part:
        case "hair":
            bald = tags["length"] == "none"
            fringe = {} if bald else {"fringe": ["full"] if tags.get("fringe") else ["none"]}
            known = tags.get("texture", "none") != "none"
            texture = {"hair_texture": [str(tags["texture"])]} if known else {}
            return {"hair_length": _LENGTHS[str(tags["length"])], **texture, **fringe}
        case "mouth":
            if tags["open"]:
                return {"mouth": ["teeth_smile", "open_smile"] if tags.get("smile") else _OPEN_MOUTHS}
            return {"mouth": ["closed_smile"] if tags.get("smile") else _CLOSED_MOUTHS}
        case "glasses":
            worn = "sun" if tags.get("sun") else "clear"
            return {"glasses": [worn] if tags["glasses"] else ["none", "on_head"]}
        case "hat":
            return {
                "headwear": [word for word in WORDS["headwear"] if word != "none"]
                if tags["hat"]
                else ["none"]
            }
        case "facial_hair":
            return {"facial_hair": _BEARDS[str(tags["kind"])]}
        case "ears" if "look" in tags:
            return {"earrings": _RINGS.get(str(tags["look"]), ["none", "hidden"])}
    return {}


_OPEN_MOUTHS: Final = ["open_neutral", "open_wide", "grimace"]
_CLOSED_MOUTHS: Final = ["closed_neutral", "closed_frown", "pout"]


def shown(style: Style, types: Sequence[str], variants: Sequence[Sequence[str]]) -> np.ndarray:
    """``float32[T, V, A, W]``: how much of each word variants show: 1 of their first, `_ALSO` of others.

    Args:
      style: where they are from.
      types: T part types.
      variants: of each type, padded to V.

    Returns:
      With the A attributes of `SHOWN`, and up to W words each.
    """
    T, V = len(types), max(map(len, variants))
    words = np.zeros((T, V, len(SHOWN), _SIZE), np.float32)
    for t, (part, ids) in enumerate(zip(types, variants, strict=True)):
        for v, name in enumerate(ids):
            for attribute, listed in variant_words(part, style.variant(part, name)).items():
                a = SHOWN.index(attribute)
                words[t, v, a, [WORDS[attribute].index(word) for word in listed]] = _ALSO
                words[t, v, a, WORDS[attribute].index(listed[0])] = 1.0
    return words


def as_array(faces: Sequence[Probabilities]) -> np.ndarray:
    """``float32[N, A, W]``: the probabilities of N faces; zeros for an attribute that was not read."""
    array = np.zeros((len(faces), len(SHOWN), _SIZE), np.float32)
    for n, face in enumerate(faces):
        for attribute, words in face.items():
            if attribute in SHOWN:
                row = array[n, SHOWN.index(attribute)]
                for word, probability in words.items():
                    row[WORDS[attribute].index(word)] = probability
    return array
