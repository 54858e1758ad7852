"""Captions that name emoji as arrays, and what a run has to keep of them."""

import functools
import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from emojax.data.openmoji import source as openmoji_source
from emojax.data.openmoji.metadata import read_metadata
from emojax.data.openmoji.parts import collecting
from emojax.data.openmoji.words import keywords, naming
from emojax.data.openmoji.words.naming import NamingCaptions
from emojax.models.text import tokens
from emojax.training.text import batches as text_batches

MEANT: Final = 8
"""Emoji that one caption is said to name at most: of more a sample. Smaller: "animal" is learned of few;
larger: labels take more memory than captions."""

CANDIDATES: Final = 200
"""Emoji that a held-out text is compared with, the right one among them."""

_CANDIDATES_SEED: Final = 11


@functools.lru_cache(maxsize=1)
def collect(openmoji_dir: Path | None = None, keywords_dir: Path | None = None) -> NamingCaptions:
    """Gathers the names of all emoji, and captions of faces.

    Raises:
      UserError: as `collecting.load` and `keywords.load`.
    """
    described = text_batches.collect(openmoji_dir, keywords_dir).captions
    faces = [face.label.hexcode for face in collecting.load(openmoji_dir).faces]
    emoji = read_metadata(openmoji_source.locate(openmoji_dir).metadata)
    return NamingCaptions(naming.collect(emoji, faces, keywords.load(keywords_dir)), described)


def arrays(known: NamingCaptions, *, count: int, validated: int, seed: int) -> dict[str, np.ndarray]:
    """A data set of captions.

    Args:
      known: of `collect`.
      count: captions to train on.
      validated: held-out English names and keywords, at most.
      seed: of the captions to train on.

    Returns:
      ``ngrams`` ``uint16[count, BAG]`` and ``shares`` ``float16[count, BAG]``, see `tokens.bag`; ``meant``
      ``int32[count, MEANT]``, the numbers of what is named, padded with -1, where the number of emoji stands
      for a face; ``held_out_ngrams`` and ``held_out_shares`` of held-out texts, and ``candidates``
      ``int32[validated, CANDIDATES]``, emoji of which the first is right.
    """
    rng = random.Random(seed)
    drawn = [known.draw(rng) for _ in range(count)]
    meant = np.full((count, MEANT), -1, np.int32)
    for row, (_, numbers) in zip(meant, drawn, strict=True):
        kept = rng.sample(numbers, min(MEANT, len(numbers))) or [len(known.named)]
        row[: len(kept)] = kept
    texts = held_out(known, validated)
    found = {"meant": meant, "candidates": candidates(known, texts)}
    bags = {"": [list(words) for words, _ in drawn], "held_out_": [text.split() for text, _ in texts]}
    for prefix, rows in bags.items():
        packed = [tokens.bag(row) for row in rows]
        found[f"{prefix}ngrams"] = np.stack([ngrams for ngrams, _ in packed]).astype(np.uint16)
        found[f"{prefix}shares"] = np.stack([shares for _, shares in packed]).astype(np.float16)
    return found


def held_out(known: NamingCaptions, count: int, language: str = "en") -> list[tuple[str, int]]:
    """Names and keywords of one language that are in no caption by themselves, each with the number of an
    emoji that has it: at most `count`, chosen at random; of any, where a set holds none out."""
    every = [(text, number) for number, one in enumerate(known.named) for text in _said(one, language)]
    texts = [(text, number) for text, number in every if naming.is_held_out(text)] or every
    return random.Random(_CANDIDATES_SEED).sample(texts, min(count, len(texts)))


def candidates(known: NamingCaptions, texts: Sequence[tuple[str, int]]) -> np.ndarray:
    """``int32[len(texts), C]``, for each text the right emoji and others, chosen at random, that do not have
    it as a name or keyword; `CANDIDATES` where there are that many."""
    rng, rows = random.Random(_CANDIDATES_SEED), []
    total = len(known.named)
    most = max((len(known.meant[text]) for text, _ in texts), default=1)
    number_of_others = min(CANDIDATES - 1, total - most)
    for text, number in texts:
        others = [other for other in range(total) if other not in known.meant[text]]
        rows.append([number, *rng.sample(others, number_of_others)])
    return np.asarray(rows, np.int32).reshape(len(texts), number_of_others + 1)


def among_nearest(logits: np.ndarray, choices: np.ndarray, most: int = 10) -> np.ndarray:
    """Whether the first of each row's `choices` is among the `most` that score best.

    Args:
      logits: ``float32[N, A]``.
      choices: ``int32[N, C]``, of `candidates`.
      most: how many count as near.

    Returns:
      ``bool[N]``.
    """
    scores = np.take_along_axis(logits, choices, axis=1)
    return np.asarray((scores[:, 1:] > scores[:, :1]).sum(1) < most)


def table(known: NamingCaptions) -> str:
    """All emoji, as JSON: a list of code points, name and whether it is one of the faces."""
    return json.dumps([[one.hexcode, one.title, one.is_face] for one in known.named], ensure_ascii=False)


def _said(one: naming.Named, language: str) -> list[str]:
    if language == "en":
        return [*dict.fromkeys((*one.names, *one.tags))]
    said = one.languages.get(language)
    return [*dict.fromkeys(filter(None, (said.name, *said.tags)))] if said else []
