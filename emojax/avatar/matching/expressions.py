"""Nine expressions that an avatar can be given: which mouth, brows and eyes show each."""

from collections.abc import Mapping
from typing import Final

from emojax.avatar.matching.words import variant_words
from emojax.avatar.styles.style import Style

EXPRESSIONS: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "happy": {"mouth": ("teeth_smile", "closed_smile"), "brows": ("neutral",), "eyes": ("open",)},
    "laughing": {"mouth": ("open_smile", "teeth_smile"), "brows": ("raised",), "eyes": ("closed", "narrow")},
    "smiling": {"mouth": ("closed_smile",), "brows": ("neutral",), "eyes": ("open",)},
    "calm": {"mouth": ("closed_neutral",), "brows": ("neutral",), "eyes": ("open",)},
    "sleepy": {"mouth": ("open_neutral",), "brows": ("neutral",), "eyes": ("closed", "narrow")},
    "surprised": {"mouth": ("open_wide",), "brows": ("raised",), "eyes": ("wide", "open")},
    "sad": {"mouth": ("closed_frown",), "brows": ("worried",), "eyes": ("open",)},
    "angry": {"mouth": ("grimace", "closed_frown"), "brows": ("frown",), "eyes": ("narrow", "open")},
    "pouting": {"mouth": ("pout", "closed_frown"), "brows": ("frown",), "eyes": ("open",)},
}
"""By name and part type the words of labels that the part may show, the best first."""

_KEPT: Final = {"eyes": "eye_makeup"}
"""Attributes that must stay as they were where another variant of a part type is taken."""


def parts_for(style: Style, choice: Mapping[str, str], expression: str) -> dict[str, str]:
    """The variants that show an expression; part types stay out where the own variant shows it or none does.

    Args:
      style: of the avatar.
      choice: its variants, by part type.
      expression: of `EXPRESSIONS`.
    """
    found = {}
    for part, words in EXPRESSIONS[expression].items():
        variants = style.parts[part].variants
        shown = {name: variant_words(part, each) for name, each in variants.items()}
        own = choice.get(part, style.parts[part].default)
        kept = _KEPT.get(part, "")
        for word in words:
            if word in list(shown[own].get(part, ()))[:1]:
                break
            ranked = [name for name in shown if word in shown[name].get(part, ())]
            # First those of which it is the first word, and of these such as are made up alike.
            ranked.sort(
                key=lambda name: (
                    shown[name][part][0] != word,
                    not set(shown[name].get(kept, ())) & set(shown[own].get(kept, ())),
                )
            )
            if ranked:
                found[part] = ranked[0]
                break
    return found
