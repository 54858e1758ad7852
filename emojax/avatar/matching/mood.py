"""The mood that an avatar is given, whatever the photo's."""

from collections.abc import Mapping
from typing import Final

from emojax.data.faces.attributes import Probabilities

MOODS: Final = ("as-seen", "friendly", "neutral")
"""As on the photo; a smile, with teeth if the mouth is open; a closed mouth and level brows."""

_Words = Mapping[str, float]

_LEVEL: Final[Mapping[str, _Words]] = {"brows": {"neutral": 1.0}}
_CLOSED_EYES: Final = ("closed", "hidden", "wink")


def give(shown: Probabilities, mood: str) -> dict[str, _Words]:
    """What a face would show in another mood.

    Args:
      shown: by attribute of `emojax.data.faces.attributes.WORDS`, how likely each word is.
      mood: of `MOODS`.
    """
    if mood == "as-seen":
        return dict(shown)
    eyes = {word: p for word, p in shown.get("eyes", {}).items() if word not in _CLOSED_EYES}
    total = sum(eyes.values())
    awake: dict[str, _Words] = {"eyes": {word: p / total for word, p in eyes.items()}} if total else {}
    return {
        **shown,
        **_LEVEL,
        **awake,
        "mouth": _smile(shown) if mood == "friendly" else {"closed_neutral": 1.0},
    }


def _smile(shown: Probabilities) -> _Words:
    mouth = shown.get("mouth", {})
    closed = sum(p for word, p in mouth.items() if word.startswith(("closed", "pout")))
    total = sum(mouth.values())
    share = closed / total if total else 1.0
    return {"closed_smile": share, "teeth_smile": 1.0 - share}
