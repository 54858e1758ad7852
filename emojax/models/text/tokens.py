"""Text to words, and words to hashed character n-grams, which a net's table has vectors of.

A word with a letter wrong still has most of its n-grams, so that its vector is near the right word's
(Bojanowski et al., "Enriching Word Vectors with Subword Information", 2017, section 3.2).
"""

import math
import re
import unicodedata
import zlib
from typing import Final

import numpy as np

BUCKETS: Final = 8192
"""Rows of the table; row 0 is of no n-gram. With a quarter, some 15 n-grams share a row; with four times as
many the weights are more than 4 MB."""

MAX_WORDS: Final = 20
"""Words of a text that are read; descriptions have fewer."""

MAX_NGRAMS: Final = 16
"""N-grams of a word that are read: all, up to 15 letters."""

BAG: Final = 64
"""N-grams of a text that a bag has: some ten words'. Fewer: long descriptions lose their ends. More: most of
a batch is padding, and steps take longer."""

MAX_TEXT: Final = 2_000
"""Characters of a text that are read, a bound on the time."""

_MAX_LETTERS: Final = 40
"""Letters of a word that are read: more than any word here has."""

_SCRIPTS: Final = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+")
"""Thai, kana, Han and Hangul: written without spaces, or with long words."""

_WORD: Final = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*")


def words(text: str) -> list[str]:
    """The words of a text in lower case, at most `MAX_WORDS`.

    An emoji counts as its Unicode name. Scripts without spaces are cut into pairs of characters. Control
    characters, and what reorders text, separate words and are nothing else.
    """
    spelled = "".join(_spelled(c) for c in unicodedata.normalize("NFKC", text[:MAX_TEXT]))
    found: list[str] = []
    for match in _WORD.finditer(spelled.casefold()):
        word = match.group()[:_MAX_LETTERS].replace("\u2019", "'")
        if _SCRIPTS.search(word) and len(word) > 2:
            found += [word[i : i + 2] for i in range(len(word) - 1)]
        else:
            found.append(word)
        if len(found) >= MAX_WORDS:
            break
    return found[:MAX_WORDS]


def ngrams(word: str) -> list[int]:
    """Rows of the table for a word: of itself and its trigrams, or a short one's bigrams."""
    marked = f"<{word}>"
    n = 3 if len(word) > 2 else 2
    grams = [marked, *(marked[i : i + n] for i in range(len(marked) - n + 1))]
    return [zlib.crc32(gram.encode("utf-8", "replace")) % (BUCKETS - 1) + 1 for gram in grams[:MAX_NGRAMS]]


def table(vocabulary: list[str]) -> np.ndarray:
    """``int32[V, MAX_NGRAMS]``, the rows of each word, padded with 0."""
    rows = np.zeros((len(vocabulary), MAX_NGRAMS), np.int32)
    for i, word in enumerate(vocabulary):
        found = ngrams(word)
        rows[i, : len(found)] = found
    return rows


def encode(found: list[str]) -> np.ndarray:
    """``int32[MAX_WORDS, MAX_NGRAMS]`` of a text's words."""
    rows = table(found[:MAX_WORDS])
    return np.pad(rows, ((0, MAX_WORDS - len(rows)), (0, 0)))


def bag(found: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """The n-grams of a text without their order, for a net that adds up their vectors.

    Returns:
      ``int32[BAG]`` rows of the table, padded with 0; and ``float32[BAG]``, the inverse root of the number of
      n-grams of each one's word, so that long words count no more than short ones; 0 where there is none.
    """
    rows, shares = np.zeros(BAG, np.int32), np.zeros(BAG, np.float32)
    start = 0
    for word in found[:MAX_WORDS]:
        grams = ngrams(word)
        end = min(start + len(grams), BAG)
        rows[start:end] = grams[: end - start]
        shares[start:end] = 1 / math.sqrt(len(grams))
        start = end
    return rows, shares


def _spelled(c: str) -> str:
    if unicodedata.category(c) in ("So", "Sk") and ord(c) > 0x2000:
        return f" {unicodedata.name(c, ' ').lower()} "
    return " " if unicodedata.category(c)[0] in "CZ" else c
