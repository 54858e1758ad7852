"""What all of OpenMoji's emoji are called, and captions that name one of them, or describe a face."""

import dataclasses
import hashlib
import random
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from emojax.data.openmoji.metadata import Emoji
from emojax.data.openmoji.words.captions import Captions, mistyped
from emojax.data.openmoji.words.keywords import LANGUAGES, Keywords, bare
from emojax.data.openmoji.words.phrases import Languages
from emojax.models.text.tokens import words

_HELD_OUT_OF: Final = 20
"""One text of so many, a name or a keyword, is in no caption by itself. With 10 too many everyday words are
unknown; with 100 too few are left to measure with."""

MEASURED: Final = ("de", "fr", "es", "ja")
"""Languages that are drawn more often than others, and measured."""

_OPENINGS: Final = (*("",) * 4, "a", "a", "an", "the", "one", "draw a", "some")

_FACES: Final = 0.25
"""Share of captions that describe a face by its parts. Half as many, and hats and hearts make a face a thing;
twice as many, and names are learned less well."""

_OWN: Final = 0.15
"""Share of the other captions that name one of the faces, beyond those that chance gives."""

_FOREIGN: Final = 0.38
_NAMES: Final = 0.3
"""Shares of captions in other languages, and of English names; the rest are English keywords."""


@dataclasses.dataclass(frozen=True)
class Named:
    """An emoji with its texts, as words in lower case.

    Attributes:
      hexcode: code points.
      title: its English name as people write it.
      is_face: whether it is one of the faces that are drawn.
      names, tags: English names and keywords.
      languages: by language a name and keywords.
    """

    hexcode: str
    title: str
    is_face: bool
    names: tuple[str, ...]
    tags: tuple[str, ...]
    languages: Mapping[str, Keywords]


def collect(emoji: Sequence[Emoji], faces: Iterable[str], languages: Languages) -> list[Named]:
    """All emoji that differ in more than the colour of their skin.

    Args:
      emoji: OpenMoji's.
      faces: hexcodes of the faces that are drawn.
      languages: see `keywords.load`.
    """
    drawn, found = set(faces), []
    for entry in emoji:
        if entry.skin_tone:
            continue
        key = bare(entry.hexcode)
        said = {code: table[key] for code, table in languages.items() if key in table}
        english = said.pop("en", Keywords("", ()))
        foreign = {code: Keywords(_plain(known.name), _all_plain(known.tags)) for code, known in said.items()}
        names, tags = (entry.annotation, english.name), (*entry.tags, *english.tags)
        title = english.name or entry.annotation
        found.append(
            Named(entry.hexcode, title, entry.hexcode in drawn, _all_plain(names), _all_plain(tags), foreign)
        )
    return found


def is_held_out(text: str) -> bool:
    """Whether a name or keyword, of any language, is in no caption by itself."""
    digest = hashlib.sha256(" ".join(words(text)).encode("utf-8", "replace")).digest()
    return int.from_bytes(digest[:4], "big") % _HELD_OUT_OF == 0


class NamingCaptions:
    """Makes captions; all are functions of the generator of random numbers that is given.

    Attributes:
      named: what captions name.
      meant: by text, in any language, the numbers of all that it is a name or keyword of.
    """

    def __init__(self, named: Sequence[Named], faces: Captions) -> None:
        """`faces` makes captions that describe faces by their parts."""
        self.named, self.described = named, faces
        self.meant: dict[str, set[int]] = {}
        for number, one in enumerate(named):
            for text in _texts(one):
                self.meant.setdefault(text, set()).add(number)
        self._trained = [_without_held_out(one) for one in named]
        self._own = [number for number, one in enumerate(named) if one.is_face]
        self._moods = [text for said, _ in faces.moods for text in said]
        self._subject = faces.slots.index("subject")

    def draw(self, rng: random.Random) -> tuple[tuple[str, ...], tuple[int, ...]]:
        """Words, and the numbers of what they name, all equally right; none where they describe a face."""
        if rng.random() < _FACES:
            return self._face(rng), ()
        while True:
            drawn = self._name(rng)
            if drawn is not None:
                break
        text, meant = drawn
        found = text.split()
        if rng.random() < 0.25:
            found = [mistyped(word, rng) if rng.random() < 0.4 else word for word in found]
        return tuple(found), tuple(sorted(meant))

    def _face(self, rng: random.Random) -> tuple[str, ...]:
        while True:
            caption = self.described.draw(rng)
            if self._subject not in caption.answers:
                return caption.words

    def _name(self, rng: random.Random) -> tuple[str, set[int]] | None:
        """A text and all that it names; None where what was chosen has no such text."""
        number = (
            rng.choice(self._own) if self._own and rng.random() < _OWN else rng.randrange(len(self.named))
        )
        one, kind = self._trained[number], rng.random()
        if kind < _FOREIGN:
            return self._foreign(rng, one)
        if kind < _FOREIGN + _NAMES:
            if not one.names:
                return None
            text = rng.choice(one.names)
            meant = self.meant[text]
            if self._moods and not one.is_face and rng.random() < 0.05:
                text, meant = f"{rng.choice(self._moods)} {text}", {number}
            return f"{rng.choice(_OPENINGS)} {text}", meant
        if not one.tags:
            return None
        return self._several(rng, one.tags, (1, 1, 1, 2, 2, 3, 4))

    def _foreign(self, rng: random.Random, one: Named) -> tuple[str, set[int]] | None:
        codes = [code for code in LANGUAGES if code in one.languages]
        codes = codes if rng.random() < 0.6 else [code for code in codes if code in MEASURED]
        if not codes:
            return None
        said = one.languages[rng.choice(codes)]
        if said.name and rng.random() < 0.5:
            return said.name, self.meant[said.name]
        return self._several(rng, said.tags, (1, 1, 2, 3)) if said.tags else None

    def _several(
        self, rng: random.Random, tags: Sequence[str], counts: Sequence[int]
    ) -> tuple[str, set[int]]:
        """Some keywords, and all that have each of them."""
        chosen = rng.sample(tags, min(rng.choice(counts), len(tags)))
        return " ".join(chosen), set.intersection(*(self.meant[tag] for tag in chosen))


def _texts(one: Named) -> list[str]:
    foreign = [text for said in one.languages.values() for text in (said.name, *said.tags) if text]
    return [*one.names, *one.tags, *foreign]


def _without_held_out(one: Named) -> Named:
    def kept(texts: Sequence[str]) -> tuple[str, ...]:
        return tuple(text for text in texts if not is_held_out(text))

    foreign = {
        code: Keywords(next(iter(kept([said.name])), ""), kept(said.tags))
        for code, said in one.languages.items()
    }
    return dataclasses.replace(one, names=kept(one.names), tags=kept(one.tags), languages=foreign)


def _plain(text: str) -> str:
    return " ".join(words(text))


def _all_plain(texts: Iterable[str]) -> tuple[str, ...]:
    """Different texts that have words."""
    return tuple(dict.fromkeys(filter(None, map(_plain, texts))))
