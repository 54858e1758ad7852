"""Which of OpenMoji's emoji a description names, and whether that is a face."""

import dataclasses
import functools
import json
from pathlib import Path
from typing import Any, Final

import jax
import jax.numpy as jnp
import numpy as np

from emojax import weights
from emojax.core.errors import UserError
from emojax.models.text import tokens
from emojax.models.text.namer import FORMAT, EmojiNamer, make_namer

_BATCH: Final = 8
"""Texts per call of the net, padded: one compiled program, whatever the number."""

_MAX_FEATURES: Final = 1024
_MAX_NAMES: Final = 20_000
_MAX_TEXT: Final = 300  # characters of a name

_PLAIN_FACE: Final = "1F642"
"""Slightly smiling face: drawn instead of things that share no word with any face, such as a thumb. The net
has no opinion of these, and its likeliest face may be one that vomits."""

_FILLING: Final = frozenset("a an and at face in of on or the to with without".split())
"""Words that names of faces and of things share without being alike."""

_PRIVATE: Final = range(0xE000, 0xF900)
"""Code points of OpenMoji's own, which no font shows."""


@dataclasses.dataclass(frozen=True)
class Named:
    """What a text names.

    Attributes:
      name: English, of the emoji that it names best.
      emoji: its characters; code points such as ``U+E000`` where no font has them.
      face: code points of the face that is nearest, of those that are drawn: for another thing the likeliest
        whose name has a word of the text or of the thing's name, or a slightly smiling one.
      share: how likely it is that a face is described, 0 to 1.
    """

    name: str
    emoji: str
    face: str
    share: float

    @property
    def is_face(self) -> bool:
        """Whether a face is described rather than another thing."""
        return self.share >= 0.5


@dataclasses.dataclass(frozen=True, eq=False)
class Namer:
    """A trained namer.

    Attributes:
      model, params: the net.
      names: for each answer but the last, which is a face of any parts, an emoji's code points and name.
      faces: which of these are faces that are drawn.
    """

    model: EmojiNamer
    params: Any
    names: tuple[tuple[str, str], ...]
    faces: np.ndarray

    def name(self, texts: list[str]) -> list[Named]:
        """What texts name: an emoji whose name they are, with or without an article, or what the net says."""
        found = []
        for text, row in zip(texts, self.logits(*packed(texts)), strict=True):
            shares = np.exp(row - row.max())
            shares /= shares.sum()
            of_faces = np.append(self.faces, True)
            hexcode, name = self.names[self._exact.get(_plain(text), int(row[:-1].argmax()))]
            share = float(shares[of_faces].sum())
            named = Named(name, shown(hexcode), "", share)
            allowed = self.faces if named.is_face else self._alike(_content(text) | _content(name))
            face = int(np.where(allowed, row[:-1], -np.inf).argmax())
            found.append(dataclasses.replace(named, face=self.names[face][0]))
        return found

    def _alike(self, words: frozenset[str]) -> np.ndarray:
        """``bool[A - 1]``: the faces whose names have any of the words; a plain one where none has."""
        found = self.faces & [not words.isdisjoint(_content(name)) for _, name in self.names]
        if not found.any():
            found = self.faces & [hexcode == _PLAIN_FACE for hexcode, _ in self.names]
        return found if found.any() else self.faces

    def logits(self, ngrams: np.ndarray, shares: np.ndarray) -> np.ndarray:
        """``float32[N, A]`` of texts, ``int32[N, BAG]`` and ``float32[N, BAG]``, see `tokens.bag`."""
        found = []
        for i in range(0, len(ngrams), _BATCH):
            missing = -len(ngrams[i : i + _BATCH]) % _BATCH
            chunk = [np.pad(x[i : i + _BATCH], ((0, missing), (0, 0))) for x in (ngrams, shares)]
            found.append(np.asarray(self._apply(self.params, *chunk))[: _BATCH - missing])
        return np.concatenate(found)

    @functools.cached_property
    def _exact(self) -> dict[str, int]:
        """Numbers of emoji by name; of several of one name the first."""
        return {_plain(name): number for number, (_, name) in reversed([*enumerate(self.names)])}

    @functools.cached_property
    def _apply(self) -> Any:
        return jax.jit(lambda params, ngrams, shares: self.model.apply(params, ngrams, shares))


def packed(texts: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Texts as `Namer.logits` takes them."""
    bags = [tokens.bag(tokens.words(text)) for text in texts]
    return np.stack([ngrams for ngrams, _ in bags]), np.stack([shares for _, shares in bags])


def _plain(text: str) -> str:
    found = tokens.words(text)
    return " ".join(found[1:] if found[:1] in (["a"], ["an"], ["the"]) else found)


def _content(text: str) -> frozenset[str]:
    return frozenset(tokens.words(text)) - _FILLING


def shown(hexcode: str) -> str:
    """The characters of code points such as ``1F636-200D-1F32B-FE0F``, or where fonts have none ``U+E000``.

    Raises:
      ValueError: there are no such characters.
    """
    points = [int(point, 16) for point in hexcode.split("-")]
    if any(0xD800 <= point < 0xE000 or point > 0x10FFFF for point in points):
        raise ValueError("code points that are no characters")
    if any(point in _PRIVATE for point in points):
        return " ".join(f"U+{point:04X}" for point in points)
    return "".join(map(chr, points))


def load(source: Path) -> Namer:
    """Reads a net that `emojax.training.export` wrote of a run of ``configs/naming.py``.

    Raises:
      UserError: `source` is missing, damaged, or holds something else.
    """
    metadata = weights.read_metadata(source)
    if metadata.get("format") != FORMAT:
        raise UserError(f"{source} names no emoji: give weights of a run of configs/naming.py")
    try:
        config = dict(json.loads(metadata["config"])["model"])
        if type(config["features"]) is not int or not 1 <= config["features"] <= _MAX_FEATURES:
            raise ValueError("features is out of bounds")
        rows = [(_code(hexcode), _name(name), is_face is True) for hexcode, name, is_face in _rows(metadata)]
        if config["num_classes"] != len(rows) + 1:
            raise ValueError("it has other answers than it names")
        if not any(is_face for _, _, is_face in rows):
            raise ValueError("none of its emoji is a face")
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise UserError(f"{source}: cannot be read as an emoji namer ({error}): export it again") from error
    model = make_namer(config)
    # As for `reading.load`: tests check the files that ship, and tracing the net slows every start down.
    expect = None if weights.is_shipped(source) else _expected(model)
    params = weights.load(source, expect=expect)[0]
    names = tuple((hexcode, name) for hexcode, name, _ in rows)
    return Namer(model, params, names, np.asarray([is_face for _, _, is_face in rows]))


def _rows(metadata: dict[str, str]) -> list[Any]:
    rows = json.loads(metadata["names"])
    if not isinstance(rows, list) or not 0 < len(rows) <= _MAX_NAMES:
        raise ValueError(f"its names are no list of 1 to {_MAX_NAMES:,}")
    return rows


def _code(text: object) -> str:
    if not isinstance(text, str) or len(text) > _MAX_TEXT:
        raise ValueError("code points are no short text")
    shown(text)
    return text


def _name(text: object) -> str:
    if not isinstance(text, str) or not 0 < len(text) <= _MAX_TEXT or not text.isprintable():
        raise ValueError("a name is no short text")
    return text


def _expected(model: EmojiNamer) -> Any:
    ngrams = jnp.zeros((1, tokens.BAG), jnp.int32)
    return jax.eval_shape(model.init, jax.random.key(0), ngrams, jnp.zeros((1, tokens.BAG)))
