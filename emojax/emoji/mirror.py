"""From what was read off a face to an emoji with the same expression: which of OpenMoji's parts show it."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from PIL import Image

from emojax.data.faces.attributes import Probabilities
from emojax.data.openmoji.parts.part_set import SLOTS, PartSet
from emojax.emoji.parts import PartEmojiGenerator, Samples, find_part
from emojax.media import grids

_MOUTHS: Final[Mapping[str, Sequence[str]]] = {
    "closed_neutral": ("straight",),
    "closed_smile": ("smile",),
    "closed_frown": ("frown",),
    "teeth_smile": ("teeth", "grin"),
    "open_smile": ("grin", "laugh"),
    "open_neutral": ("open",),
    "open_wide": ("scream", "yawn", "open"),
    "pout": ("kiss", "oval"),
    "grimace": ("grimace",),
}
"""By word for a mouth the names of parts that show it, the best first."""

_ANY_MOUTH: Final = ("smile", "straight", "grin", "open")
"""Where none of these goes with the eyes."""

_EYES: Final[Mapping[str, Sequence[str]]] = {
    "open": ("ovals", "dots"),
    "narrow": ("smiling", "dots"),
    "wide": ("wide", "ovals"),
    "closed": ("smiling", "lines"),
    "hidden": ("sunglasses", "dots"),
    "wink": ("wink",),
}
_BROWED: Final[Mapping[str, Sequence[str]]] = {
    "raised": ("raised eyebrow",),
    "frown": ("angry",),
    "worried": ("pleading",),
}
"""Brows come with eyes in OpenMoji; these take the place of open ones."""

_GLASSES: Final[Mapping[str, Sequence[str]]] = {"clear": ("glasses",), "sun": ("sunglasses",)}
_HATS: Final[Mapping[str, Sequence[str]]] = {
    "cap": ("cowboy hat",),
    "brimmed": ("cowboy hat",),
    "beanie": ("party hat",),
    "other": ("party hat",),
}
"""The only two hats that OpenMoji's faces wear: one with a brim, one without."""
_SURE: Final = 0.6
"""Probability from which brows, or a hat, are drawn. Smaller, calm people look cross;
larger, cross ones calm."""


@dataclasses.dataclass(frozen=True)
class Likeness:
    """An emoji for a face.

    Attributes:
      parts: numbers of parts by slot.
      words: what was seen of the face, by attribute.
      left_out: names of parts that were wanted and do not go with the others.
    """

    parts: Mapping[str, int]
    words: Mapping[str, str]
    left_out: tuple[str, ...]


def choose(parts: PartSet, read: Probabilities) -> Likeness:
    """The emoji that shows what was read off a face.

    Args:
      parts: OpenMoji's.
      read: by attribute of `data.faces.attributes.WORDS` and by word its probability. What is missing is not
        shown.

    Returns:
      Parts that go together: glasses come before eyes and brows, and these before a hat.
    """
    seen = {name: max(words, key=lambda word: words[word]) for name, words in read.items() if words}
    wanted: dict[str, Sequence[str]] = {"base": ("yellow",)}
    wanted["eyes"] = _eyes(seen, read)
    wanted["mouth"] = (*_MOUTHS.get(seen.get("mouth", ""), ()), *_ANY_MOUTH)
    hat = seen.get("headwear", "none")
    if hat in _HATS and read["headwear"][hat] >= _SURE:
        wanted["extra"] = _HATS[hat]
    chosen: dict[str, int] = {}
    left_out = []
    for slot in ("eyes", "mouth", "extra", "base"):
        if slot not in wanted:
            continue
        numbers = [find_part(parts, slot, name) for name in wanted[slot]]
        fitting = [n for n in numbers if all(parts.fits[n, other] for other in chosen.values())]
        if fitting:
            chosen[slot] = fitting[0]
        else:
            left_out.append(wanted[slot][0])
    kept: dict[str, str] = {
        name: seen[name] for name in ("mouth", "eyes", "brows", "glasses", "headwear") if name in seen
    }
    return Likeness(chosen, kept, tuple(left_out))


def _eyes(seen: Mapping[str, str], read: Probabilities) -> Sequence[str]:
    """Names of eyes: glasses hide what is behind them, and brows are a part of eyes."""
    if seen.get("glasses") in _GLASSES:
        return _GLASSES[seen["glasses"]]
    brows = seen.get("brows", "neutral")
    plain = _EYES.get(seen.get("eyes", "open"), ("ovals",))
    open_eyes = seen.get("eyes", "open") in ("open", "narrow", "wide")
    if open_eyes and brows in _BROWED and read["brows"][brows] >= _SURE:
        return (*_BROWED[brows], *plain)
    return plain


def samples(generator: PartEmojiGenerator, likeness: Likeness) -> Samples:
    """What the generator draws for a face: exactly these parts, each where OpenMoji has it."""
    none = len(generator.part_set.parts)
    chosen = np.asarray([[likeness.parts.get(slot, none) for slot in SLOTS]], np.int32)
    classes = np.zeros((1, none), np.float32)
    classes[0, list(likeness.parts.values())] = 1.0
    latents = np.zeros((1, generator.latent_size), np.float32)
    latents[:, -1] = 1.0  # not mirrored
    return Samples(latents, classes, chosen)


def picture(
    generator: PartEmojiGenerator, likeness: Likeness, *, size: int, background: str | None
) -> np.ndarray:
    """The emoji as the net draws it.

    Args:
      generator: draws it.
      likeness: which.
      size: side in pixels.
      background: ``#rrggbb``, or None for transparency.

    Returns:
      ``uint8[size, size, 4]``, alpha not premultiplied.
    """
    drawn = samples(generator, likeness)
    (clear,) = grids.remove_background(generator.draw(drawn.latents, drawn.classes))
    large = Image.fromarray(grids.upscale(clear, -(-size // len(clear)))).convert("RGBa")
    fitted = large.resize((size, size), Image.Resampling.BOX).convert("RGBA")
    if background is None:
        return np.asarray(fitted)
    ground = Image.new("RGBA", fitted.size, background)
    ground.alpha_composite(fitted)
    return np.asarray(ground)
