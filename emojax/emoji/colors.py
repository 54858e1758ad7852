"""Descriptions that say of which colour a face is: "green face about to vomit"."""

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from emojax.data.openmoji.words import lexicon
from emojax.emoji.negation import LINKS

_COLORS: Final = frozenset(
    word for name, said in lexicon.BASES.items() if name != "dotted" for word in said.split(", ")
)
_HEADS: Final = frozenset("face faces smiley smileys emoji emojis emoticon head skin complexion".split())
_PARTS: Final = (
    frozenset(
        phrase.split()[-1]
        for rows in (lexicon.EYES, lexicon.MOUTHS, lexicon.EXTRAS)
        for said in rows.values()
        for phrase in said.split(", ")
    )
    - _HEADS
)
"""Nouns of what a face has: the last words of its parts' names."""

_LISTING: Final = frozenset({"and", "but", "plus", "or"})


def of_face(words: Sequence[str]) -> list[str]:
    """The colours that the words of a text give the face, not one of its parts.

    That is a colour before a word for the face ("angry red face", "face with green skin"), one before any
    other word that is no part's name ("blue devil") and one after the face ("a face that is green"); in
    "green face with red hearts" it is the first alone.
    """
    found = []
    for before, phrase in _phrases(words):
        for i, word in enumerate(phrase):
            if word in _COLORS and _is_of_face(phrase[:i], phrase[i + 1 :], before):
                found.append(word)
    return list(dict.fromkeys(found))


def sayings(words: Sequence[str]) -> list[list[str]]:
    """What to read to learn the face's colour from a text that names colours: for each of the face's "GREEN
    face"; where they are of parts alone, the text without them. Nothing, where no colour is named."""
    if not _COLORS & set(words):
        return []
    rest = [word for word in words if word not in _COLORS]
    return [[color, "face"] for color in of_face(words)] or [rest]


def repainted(
    told: Sequence[np.ndarray], colors: Sequence[Sequence[np.ndarray]], base: int
) -> tuple[np.ndarray, ...]:
    """What a text says, with its face in the colour that it says.

    Args:
      told: for each slot ``float32[answers]``, how likely each answer is.
      colors: the same of each of `sayings`; of several colours, each is as likely.
      base: the slot that has the colour.

    Returns:
      As `told`, but for the base, which is that of `colors`, if there are any.
    """
    found = list(told)
    if colors:
        found[base] = np.mean([shares[base] for shares in colors], axis=0)
    return tuple(found)


def _is_of_face(head: Sequence[str], tail: Sequence[str], is_added: bool) -> bool:
    """Whether a colour between `head` and `tail` is the face's; `is_added` of what comes after "with"."""
    for word in tail:
        if word in _HEADS:
            return True
        if word in _PARTS:
            return False
    if is_added:
        return False
    return any(word not in _COLORS for word in tail) or not _PARTS & set(head)


def _phrases(words: Sequence[str]) -> Iterator[tuple[bool, list[str]]]:
    """What is between links, and whether it is said to be added to the face. Words that are joined by "and"
    are one phrase where the first is a colour or comes before a word for the face."""
    phrase: list[str] = []
    is_added = False
    for word in words:
        if word in LINKS and not (word in _LISTING and not _names(phrase)):
            yield is_added, phrase
            phrase, is_added = [], word not in _LISTING or is_added
        elif word not in LINKS:
            phrase.append(word)
    yield is_added, phrase


def _names(phrase: Sequence[str]) -> bool:
    """Whether a phrase has come to its noun."""
    return any(word in _HEADS or word in _PARTS for word in phrase)
