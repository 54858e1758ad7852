"""The emoji tab: emoji by description, by name or by parts; others with some parts kept; morphs."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from emojax.core.errors import UserError
from emojax.data.openmoji.parts.part_set import SLOTS
from emojax.emoji import morph, parts, reading
from emojax.emoji.morph import LatentPoints
from emojax.emoji.parts import Samples
from emojax.media import grids, svg
from emojax.studio import words
from emojax.studio.engine import Engine

MAX_COUNT: Final = 16
"""Emoji drawn at once. More take longer than people wait; a call of the net draws sixteen."""

MAX_TEXT: Final = 300  # characters of a description
FRAMES: Final = 24
_SIDE: Final = 256  # pixels on the page
_LARGE: Final = 512  # pixels in files
_FRAME: Final = 192  # pixels in animations: enlarging takes most of the time
LICENCE: Final = "CC BY-SA 4.0, with parts of OpenMoji (openmoji.org)"


@dataclasses.dataclass(frozen=True)
class Wish:
    """What to draw; the first field that is not empty counts.

    Attributes:
      text: a description.
      label: a name of one of OpenMoji's emoji.
      chosen: names of parts by slot.
      seed: of all that is left open.
      count: how many.
    """

    text: str = ""
    label: str = ""
    chosen: Mapping[str, str] = dataclasses.field(default_factory=dict)
    seed: int = 0
    count: int = 8


@dataclasses.dataclass(frozen=True, eq=False)
class Drawn:
    """Emoji on the page.

    Attributes:
      samples: what they are.
      further: extras of each beyond the first.
      said: what was understood, for people.
    """

    samples: Samples
    further: tuple[tuple[int, ...], ...]
    said: str

    def __len__(self) -> int:
        return len(self.further)


def draw(engine: Engine, wish: Wish) -> Drawn:
    """Chooses what to draw for a wish.

    Raises:
      UserError: a name is unknown, parts do not go together, or numbers are out of bounds.
    """
    _check(wish)
    generator, count = engine.generator, range(wish.count)
    part_set = generator.part_set
    none: tuple[tuple[int, ...], ...] = ((),) * wish.count
    with engine.turn():
        if wish.text.strip():
            return _described(engine, wish)
        if wish.label:
            number = part_set.labels.find(wish.label)
            samples = generator.own(wish.seed, count, [number] * wish.count)
            return Drawn(
                samples, none, f"The emoji {part_set.labels.labels[number]}, each a little different."
            )
        fixed = {slot: parts.find_part(part_set, slot, name) for slot, name in wish.chosen.items() if name}
        check_fit(engine, fixed)
        return Drawn(generator.sample(wish.seed, count, [fixed]), none, _listed(engine, fixed))


def others(engine: Engine, drawn: Drawn, which: int, *, locked: Sequence[str], seed: int) -> Drawn:
    """As many emoji again that keep some parts of one.

    Args:
      engine: draws them.
      drawn: the emoji that are there.
      which: the number of the one whose parts are kept.
      locked: the slots that are kept.
      seed: of the others.

    Raises:
      UserError: there is no such emoji.
    """
    if not 0 <= which < len(drawn):
        raise UserError("choose an emoji first: click one of them")
    row = dict(zip(SLOTS, drawn.samples.chosen[which].tolist(), strict=True))
    none = len(engine.generator.part_set.parts)
    fixed = {slot: row[slot] for slot in locked if slot in row}
    kept = drawn.further[which] if "extra" in locked else ()
    with engine.turn():
        samples = engine.generator.sample(seed, range(len(drawn)), [fixed])
        further = (kept,) * len(drawn)
        named = {slot: number for slot, number in fixed.items() if number != none}
        return Drawn(parts.with_further(samples, further), further, _listed(engine, named))


def pictures(engine: Engine, drawn: Drawn, *, sharp: bool, transparent: bool) -> np.ndarray:
    """Pictures for the page, ``uint8[N, S, S, 4]``, or 3 channels where they are not transparent.

    Args:
      engine: draws them.
      drawn: what to draw.
      sharp: compose OpenMoji's parts as vectors instead of having the net draw.
      transparent: leave the black background out.
    """
    return _pictures(engine, drawn, sharp, transparent, _SIDE)


def large(engine: Engine, drawn: Drawn, which: int, *, sharp: bool, transparent: bool) -> np.ndarray:
    """The emoji of number `which` for a file; see `pictures`."""
    rows = [getattr(drawn.samples, name)[which : which + 1] for name in ("latents", "classes", "chosen")]
    one = Drawn(Samples(*rows), drawn.further[which : which + 1], "")
    return np.asarray(_pictures(engine, one, sharp, transparent, _LARGE)[0])


def _pictures(engine: Engine, drawn: Drawn, sharp: bool, transparent: bool, side: int) -> np.ndarray:
    with engine.turn():
        if sharp:
            texts = parts.vectors(engine.generator.part_set, drawn.samples, drawn.further)
            ground = None if transparent else "black"
            return np.stack(
                [svg.rasterize(each.encode(), size=side, background=ground, name="emoji") for each in texts]
            )
        images = engine.generator.draw(drawn.samples.latents, drawn.samples.classes)
    if transparent:
        images = grids.remove_background(images)
    return grids.upscale(images, side // images.shape[1])


def documents(engine: Engine, drawn: Drawn) -> list[str]:
    """The emoji as SVG."""
    with engine.turn():
        return parts.vectors(engine.generator.part_set, drawn.samples, drawn.further)


def frames(engine: Engine, first: str, second: str, seed: int) -> tuple[np.ndarray, str]:
    """The morph between two emoji, each a name or a description: ``uint8[FRAMES, S, S, 3]``, and what was
    understood."""
    for text in (first, second):
        _check(Wish(text, seed=seed))
        if not reading.has_words(text) and not text.strip():
            raise UserError("say which two emoji: a name such as grinning, or a description")
    generator = engine.generator
    labels: list[int | None] = []
    wanted: list[int | Mapping[str, int]] = []
    further: list[tuple[int, ...]] = []
    named = []
    with engine.turn():
        for text in (first, second):
            try:
                labels.append(generator.part_set.labels.find(text))
                wanted.append(0)
                further.append(())
                named.append(str(generator.part_set.labels.labels[labels[-1] or 0]))
            except UserError:
                (read,) = engine.reader.read([text])
                choice = engine.chooser.choose(read, None)
                labels.append(None)
                wanted.append(choice.fixed)
                further.append(choice.further)
                named.append(_understood(engine, read))
        ends = parts.with_further(generator.endpoints(seed, wanted, labels), further)
        found = morph.line(generator, LatentPoints(ends.latents, ends.classes), FRAMES)
    return grids.upscale(found, _FRAME // found.shape[1]), " → ".join(named)


def part_names(engine: Engine, slot: str) -> list[tuple[str, str]]:
    """Words for and names of the parts of a slot."""
    part_set = engine.generator.part_set
    return [(words.plain(part_set.parts[n].name), part_set.parts[n].name) for n in part_set.numbers(slot)]


def label_names(engine: Engine) -> list[tuple[str, str]]:
    """Words for and names of OpenMoji's own emoji."""
    found = engine.generator.part_set.labels.labels
    return [(each.annotation or words.plain(each.shortcode), each.shortcode) for each in found]


def check_fit(engine: Engine, fixed: Mapping[str, int]) -> None:
    """Raises `UserError` where two parts do not go together."""
    part_set = engine.generator.part_set
    for slot, number in fixed.items():
        for other, another in fixed.items():
            if not part_set.fits[number, another]:
                a, b = (words.plain(part_set.parts[n].name) for n in (number, another))
                raise UserError(
                    f"{words.SLOTS[slot].lower()} {a!r} and {words.SLOTS[other].lower()} {b!r} overlap or "
                    "both change the outline; choose another of one of them"
                )


def _check(wish: Wish) -> None:
    if len(wish.text) > MAX_TEXT:
        raise UserError(f"a description may have {MAX_TEXT} characters; say it shorter")
    if wish.text.strip() and not reading.has_words(wish.text):
        raise UserError("there are no words in this; describe a face, such as: crying face with heart eyes")
    if not 1 <= wish.count <= MAX_COUNT:
        raise UserError(f"{wish.count} emoji are not possible at once; choose 1 to {MAX_COUNT}")
    if not 0 <= wish.seed < 2**32:
        raise UserError(f"the number of the draw is from 0 to {2**32 - 1}; choose one of these")


def _described(engine: Engine, wish: Wish) -> Drawn:
    (read,) = engine.reader.read([wish.text])
    choices = [
        # The first has the likeliest parts, as on the command line.
        engine.chooser.choose(read, np.random.default_rng((wish.seed, i)) if i else None)
        for i in range(wish.count)
    ]
    samples = engine.generator.sample(wish.seed, range(wish.count), [choice.fixed for choice in choices])
    further = tuple(choice.further for choice in choices)
    left_out = {name for choice in choices for name in choice.left_out}
    said = f"Understood: {_understood(engine, read)}."
    if left_out:
        said += f" Left out, since it does not fit the rest: {', '.join(sorted(left_out))}."
    if read.unknown:
        said += f" Not understood: {', '.join(read.unknown)}."
    return Drawn(parts.with_further(samples, further), further, said)


def _understood(engine: Engine, read: reading.Reading) -> str:
    found = engine.chooser.understood(read)
    named = [
        f"{words.SLOTS.get(key, 'emoji').lower()} {found[key]}"
        for key in ("whole", "base", "eyes", "mouth")
        if found[key] is not None
    ]
    named += found["extra"]
    if found["another thing"]:
        instead = f"a face with {', '.join(named)}" if named else found["nearest emoji"]
        return f"{found['named emoji']}, and only faces are drawn; drawn instead is {instead}"
    return ", ".join(named) or "nothing, so any face is drawn"


def _listed(engine: Engine, fixed: Mapping[str, int]) -> str:
    part_set = engine.generator.part_set
    named = [f"{words.SLOTS[slot].lower()} {part_set.parts[n].name}" for slot, n in fixed.items()]
    return f"With {', '.join(named)}; the rest at random." if named else "Parts at random."
