"""The attributes of an avatar and of its photo, as the JSON document has them: one word each."""

from collections.abc import Mapping
from typing import Any, Final

from emojax.avatar.matching.words import variant_words
from emojax.avatar.styles.style import Style
from emojax.data.faces.attributes import SHOWN, WORDS, Probabilities

_ABSENT: Final = ("none", "no", "hidden", "on_head")
_USUAL: Final[Mapping[str, str]] = {
    "hair_length": "bald",
    "hair_texture": "none",
    "hairline": "normal",
    "mouth": "closed_neutral",
    "brows": "neutral",
    "eyes": "open",
    "lipstick": "no",
    "eye_makeup": "no",
}
"""What an avatar shows of an attribute that none of its parts has words for, where it is not "none"."""

_LENGTHS: Final = {"bald": "none", "buzz": "short", "hidden": "short"}
_EYEWEAR: Final = {"on_head": "none"}
_OPEN: Final = ("teeth_smile", "open_smile", "open_neutral", "open_wide", "grimace")
_SMILES: Final = ("closed_smile", "teeth_smile", "open_smile")


def of_drawings(style: Style, choice: Mapping[str, str]) -> dict[str, str]:
    """By attribute of `SHOWN` the word for what an avatar shows: the first that its drawing is tagged with.

    Args:
      style: of the avatar.
      choice: variant by part type.
    """
    found = {attribute: _USUAL.get(attribute, "none") for attribute in SHOWN}
    for part, name in choice.items():
        for attribute, words in variant_words(part, style.variant(part, name)).items():
            # Two types may draw one thing: rings are in ears of one style and earrings of another.
            if words[0] not in _ABSENT or found[attribute] in _ABSENT:
                found[attribute] = words[0]
    return found


def as_document(words: Mapping[str, str]) -> dict[str, str | bool]:
    """The document's ``attributes``: words of labels, but for those that it has in fewer.

    Args:
      words: by attribute of `SHOWN`.
    """
    found: dict[str, str | bool] = {**words}
    return found | {
        "glasses": words["glasses"] in ("clear", "sun"),
        "eyewear": _EYEWEAR.get(words["glasses"], words["glasses"]),
        "hat": words["headwear"] != "none",
        "mouth_open": words["mouth"] in _OPEN,
        "smile": words["mouth"] in _SMILES,
        "hair_length": _LENGTHS.get(words["hair_length"], words["hair_length"]),
    }


def likeliest(shown: Probabilities) -> dict[str, str]:
    """By attribute of `SHOWN` the likeliest word."""
    return {name: max(shown[name], key=lambda word: shown[name][word]) for name in SHOWN}


def of_photo(read: Probabilities) -> dict[str, dict[str, Any]]:
    """The document's ``read``: of each key of `as_document` the likeliest value and its probability.

    Args:
      read: of one face.
    """
    found = {}
    for key, attribute in _KEYS.items():
        if attribute not in read:
            continue
        sums: dict[str | bool, float] = {}
        for word, probability in read[attribute].items():
            value = as_document({**_ANY, attribute: word})[key]
            sums[value] = sums.get(value, 0.0) + probability
        best = max(sums, key=lambda value: sums[value])
        found[key] = {"value": best, "probability": round(sums[best], 3)}
    return found


_ANY: Final = {attribute: WORDS[attribute][0] for attribute in SHOWN}
_KEYS: Final[Mapping[str, str]] = {
    "glasses": "glasses",
    "hat": "headwear",
    "mouth_open": "mouth",
    "smile": "mouth",
    **{attribute: attribute for attribute in SHOWN if attribute != "glasses"},
    "eyewear": "glasses",
}
"""The document's keys, and the attribute that each is about."""
