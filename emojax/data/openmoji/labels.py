"""The labels of a conditional generator, and finding one by name, character or code points.

    table.find("kissing heart"), table.find("😘"), table.find("U+1F618"), table.find("kising hart")

all give the index of the same label.
"""

import dataclasses
import difflib
import functools
import heapq
import json
import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

from emojax.core import untrusted
from emojax.core.errors import UserError

MAX_LABELS: Final = 20_000
_MAX_JSON: Final = 2**24  # characters
_MAX_FIELD: Final = 300  # characters
_MAX_TAGS: Final = 200
_MAX_TEXT: Final = 120  # characters of a query: more than any name has, and a bound on the time
_NEAREST: Final = 5

_MIN_RATIO: Final = 0.78
"""`difflib` ratio from which a word or name counts as a misspelling of another. Smaller: other words are
taken for misspellings, such as "lost" for "lust" (0.75). Larger: two exchanged letters in a word of five
are not forgiven, "haert" for "heart" (0.8)."""

_MIN_LEAD: Final = 0.04
"""By how much the most similar name must lead the next. Smaller: of two names that are about as similar one
is taken silently. Larger: clear misspellings of names that resemble each other are asked about."""

# Joined emoji contain ZWJ and flags contain tag characters. Other format characters are refused: in a
# terminal they could reorder or hide text.
_JOINERS: Final = {"\u200d", *map(chr, range(0xE0020, 0xE0080))}


@dataclasses.dataclass(frozen=True)
class Label:
    """The names of a class.

    Attributes:
      hexcode: code points such as ``1F636-200D-1F32B-FE0F``.
      emoji: the characters themselves.
      shortcode: a short name that is unique in its table, such as ``kissing_heart``.
      annotation: Unicode's name, such as ``face blowing a kiss``.
      tags: keywords, not unique.
    """

    hexcode: str
    emoji: str
    shortcode: str
    annotation: str
    tags: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.shortcode} {self.emoji}".strip()


@dataclasses.dataclass(frozen=True)
class LabelTable:
    """Labels in the order of their classes."""

    labels: tuple[Label, ...]

    @classmethod
    def from_json(cls, text: str, *, source: object) -> "LabelTable":
        """Reads the result of `to_json` from an untrusted file.

        Args:
          text: a JSON list.
          source: the file's name, for error messages.

        Raises:
          UserError: it is no such list, too large, or has control characters.
        """
        try:
            rows = untrusted.parse_json(text, source, most=_MAX_JSON)
            if not isinstance(rows, list) or not 0 < len(rows) <= MAX_LABELS:
                raise ValueError(f"not a list of 1 to {MAX_LABELS:,}")
            labels = tuple(map(_label, rows))
            for name in ("shortcode", "hexcode"):
                if len({getattr(label, name) for label in labels}) < len(labels):
                    raise ValueError(f"two have the same {name}")
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise UserError(f"{source}: its labels cannot be read ({error}); export it again") from error
        return cls(labels)

    def to_json(self) -> str:
        """The labels as a JSON list of objects, in order."""
        return json.dumps([dataclasses.asdict(label) for label in self.labels], ensure_ascii=False)

    def __len__(self) -> int:
        return len(self.labels)

    def find(self, text: str) -> int:
        """The index of the label that `text` names.

        Tried in order, until one finds a label: the exact shortcode, hexcode or character; a shortcode,
        annotation or hexcode, ignoring case, spaces, hyphens and underscores; labels with all words of
        `text` in their names, then in names and tags; the same with misspelt words corrected; a
        misspelt name.

        Raises:
          UserError: no label fits, and the message lists the five most similar; or several do, and it
            lists these.
        """
        text = text.strip().strip(":")
        if not text:
            raise UserError("a label is empty: name an emoji, such as 'kissing heart'")
        if len(text) > _MAX_TEXT:
            raise UserError(f"label {text[:30]!r}... is longer than {_MAX_TEXT} characters: name an emoji")
        found = self._named(text) or self._named(self._corrected(text)) or self._misspelt(text)
        if len(found) == 1:
            return found[0]
        if found:
            more = f" and {len(found) - _NEAREST} more" if len(found) > _NEAREST else ""
            raise UserError(f"label {text!r} fits {self._listed(found[:_NEAREST])}{more}: name one of them")
        raise UserError(
            f"there is no label {text!r}; the nearest are {self._listed(self._nearest(text))} "
            "(`--label list` shows all)"
        )

    def table(self) -> str:
        """A line for each label, in aligned columns: index, shortcode, annotation, hexcode, characters."""
        rows = [(str(i), x.shortcode, x.annotation, x.hexcode, x.emoji) for i, x in enumerate(self.labels)]
        # The characters come last and are not padded: terminals differ in the width of joined emoji.
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)][:4]
        lines = (
            "  ".join([row[0].rjust(widths[0]), *map(str.ljust, row[1:4], widths[1:]), row[4]])
            for row in rows
        )
        return "\n".join(line.rstrip() for line in lines)

    def _named(self, text: str) -> list[int]:
        """Labels that `text` names without misspellings, by the first method of `find` that has any."""
        exact, loose = self._indices
        words = set(_words(text))
        found = exact.get(_bare(text)) or loose.get(_key(text)) or loose.get(_hexcode(text))
        for known in (self._name_words, self._all_words) if words else ():
            found = found or [i for i, names in enumerate(known) if words <= names]
        return list(found or ())

    def _corrected(self, text: str) -> str:
        """`text` with each unknown word replaced by the most similar known one, if similar enough."""
        corrected = []
        for word in _words(text):
            known = word in self._vocabulary
            close = [] if known else difflib.get_close_matches(word, self._vocabulary, n=1, cutoff=_MIN_RATIO)
            corrected.append(close[0] if close else word)
        return " ".join(corrected)

    def _misspelt(self, text: str) -> list[int]:
        """The label with the most similar name, if similar enough, with all that it does not lead clearly."""
        scores = [(score, i) for i, score in enumerate(self._similarities(text)) if score >= _MIN_RATIO]
        best = max(scores, default=(0.0, 0))[0]
        return [i for score, i in sorted(scores, reverse=True) if score > best - _MIN_LEAD]

    def _nearest(self, text: str) -> list[int]:
        # An emoji that is not in the table is compared by its Unicode name.
        scores = self._similarities(text if _key(text) else " ".join(unicodedata.name(c, "") for c in text))
        return heapq.nlargest(_NEAREST, range(len(scores)), key=scores.__getitem__)

    def _similarities(self, text: str) -> list[float]:
        """The similarity of `text` to each label's shortcode or annotation, from 0 to 1."""
        matcher = difflib.SequenceMatcher(autojunk=False)
        matcher.set_seq2(_key(text))  # the sequence that difflib preprocesses

        def ratio(name: str) -> float:
            matcher.set_seq1(_key(name))
            return matcher.ratio()

        return [max(ratio(label.shortcode), ratio(label.annotation)) for label in self.labels]

    def _listed(self, indices: Iterable[int]) -> str:
        return ", ".join(str(self.labels[i]) for i in indices)

    @functools.cached_property
    def _indices(self) -> tuple[Mapping[str, Collection[int]], Mapping[str, Collection[int]]]:
        """Labels by exact text, and by `_key` and `_hexcode`. The inner dicts are ordered sets."""
        exact: dict[str, dict[int, None]] = defaultdict(dict)
        loose: dict[str, dict[int, None]] = defaultdict(dict)
        for i, label in enumerate(self.labels):
            for name in (label.shortcode, label.hexcode, _bare(label.emoji)):
                exact[name][i] = None
            for name in (_key(label.shortcode), _key(label.annotation), _hexcode(label.hexcode)):
                loose[name][i] = None
        for index in (exact, loose):
            index.pop("", None)  # of names without letters
        return exact, loose

    @functools.cached_property
    def _name_words(self) -> list[set[str]]:
        return [{*_words(label.shortcode), *_words(label.annotation)} for label in self.labels]

    @functools.cached_property
    def _all_words(self) -> list[set[str]]:
        # Without tags of digits, such as 143 for "I love you": a number more likely means an index.
        tagged = (
            {word for tag in label.tags for word in _words(tag) if not word.isdecimal()}
            for label in self.labels
        )
        return [names | tags for names, tags in zip(self._name_words, tagged, strict=True)]

    @functools.cached_property
    def _vocabulary(self) -> list[str]:
        return sorted(set().union(*self._all_words))


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", unicodedata.normalize("NFKC", text).casefold())


def _key(text: str) -> str:
    return "".join(_words(text))


def _bare(text: str) -> str:
    """`text` without variation selectors, which choose between text and emoji style."""
    return text.replace("\ufe0f", "").replace("\ufe0e", "")


def _hexcode(text: str) -> str:
    """``u+1f636 u+200d u+1f32b u+fe0f`` as ``1F636-200D-1F32B``; "" if it is not a hexcode."""
    points = re.split(r"[\s_+-]+", re.sub(r"\b(u\+|0x)", "", text.casefold()))
    if not all(re.fullmatch(r"[0-9a-f]{2,6}", point) for point in points):
        return ""
    return "-".join(point for point in points if point != "fe0f").upper()


def _label(row: Any) -> Label:
    if not isinstance(row, dict):
        raise ValueError("one is not an object")
    tags = row.get("tags", [])
    if not isinstance(tags, list) or len(tags) > _MAX_TAGS:
        raise ValueError(f"tags are not a list of {_MAX_TAGS} or fewer")
    hexcode, emoji, shortcode, annotation = (
        _field(row[name]) for name in ("hexcode", "emoji", "shortcode", "annotation")
    )
    if not (hexcode and shortcode):
        raise ValueError("one has no name")
    return Label(hexcode, emoji, shortcode, annotation, tuple(map(_field, tags)))


def _field(value: Any) -> str:
    if not isinstance(value, str) or len(value) > _MAX_FIELD:
        raise ValueError(f"a field is not a text of {_MAX_FIELD} or fewer characters")
    hidden = {c for c in value if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp")} - _JOINERS
    if hidden:
        raise ValueError(f"a field has the control character U+{ord(min(hidden)):04X}")
    return value
