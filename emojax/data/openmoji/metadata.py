"""OpenMoji's metadata: the drawings' names and subsets."""

import difflib
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from emojax.core import untrusted
from emojax.core.errors import UserError

MAX_METADATA_BYTES = 20_000_000
_MAX_EMOJI = 20_000
_MAX_TEXT = 300  # characters of an annotation and the like
# Hexcodes are used as file names, so that any other text is refused.
_HEXCODE = re.compile(r"[0-9A-F]{2,6}(-[0-9A-F]{2,6}){0,15}")

_SKULLS = {"1F480", "2620"}
_UNICODE_17_FACES = {"1FAEA"}  # distorted face


@dataclass(frozen=True)
class Emoji:
    """One entry of the metadata.

    Attributes:
      hexcode: code points such as ``1F468-200D-1F9B0``, which is also the file's name.
      emoji: the characters themselves.
      annotation: a description.
      group, subgroup: Unicode's, such as ``smileys-emotion`` and ``face-smiling``.
      tags: keywords.
      order: Unicode's position; infinite for OpenMoji's own extras.
      skin_tone: whether it is a variant that differs from another emoji in skin tone alone.
    """

    hexcode: str
    emoji: str
    annotation: str
    group: str
    subgroup: str
    tags: tuple[str, ...]
    order: float
    skin_tone: bool


def read_metadata(path: Path) -> list[Emoji]:
    """The entries of an openmoji.json, in the file's order.

    Raises:
      UserError: the file is unusable; the message names the entry and the field.
    """
    rows = untrusted.read_json(path, most=MAX_METADATA_BYTES)
    if not isinstance(rows, list) or not 0 < len(rows) <= _MAX_EMOJI:
        raise UserError(f"{path}: is not a list of 1 to {_MAX_EMOJI:,} emoji")
    emoji = [_entry(row, f"{path}: entry {index}") for index, row in enumerate(rows)]
    seen: set[str] = set()
    for entry in emoji:
        if entry.hexcode in seen:
            raise UserError(f"{path}: names {entry.hexcode} twice")
        seen.add(entry.hexcode)
    return emoji


def _entry(row: object, where: str) -> Emoji:
    if not isinstance(row, dict):
        raise UserError(f"{where} is not an object")

    def text(key: str, default: str | None = None, limit: int = _MAX_TEXT) -> str:
        value = row.get(key, default)
        if not isinstance(value, str) or len(value) > limit:
            raise UserError(f"{where}: {key!r} is missing or not a text of at most {limit} characters")
        return " ".join(value.split())

    hexcode = text("hexcode")
    if not _HEXCODE.fullmatch(hexcode):
        raise UserError(f"{where}: hexcode {hexcode!r} is not code points such as 1F600 or 1F468-200D-1F9B0")
    order = row.get("order")
    tags = f"{text('tags', '', 5_000)},{text('openmoji_tags', '', 5_000)}".split(",")
    return Emoji(
        hexcode=hexcode,
        emoji=text("emoji", ""),
        annotation=text("annotation"),
        group=text("group"),
        subgroup=text("subgroups"),
        tags=tuple(dict.fromkeys(tag.strip() for tag in tags if tag.strip())),
        order=float(order) if isinstance(order, int | float) and not isinstance(order, bool) else math.inf,
        skin_tone=bool(row.get("skintone")),
    )


def _is_smiley(emoji: Emoji) -> bool:
    return (
        emoji.group == "smileys-emotion"
        and emoji.subgroup.startswith("face-")
        and emoji.subgroup != "face-costume"
        and emoji.hexcode not in _SKULLS | _UNICODE_17_FACES
    )


def _is_face(emoji: Emoji) -> bool:
    return emoji.group == "smileys-emotion" and (
        emoji.subgroup.startswith("face-") or emoji.subgroup in ("cat-face", "monkey-face")
    )


def _is_person(emoji: Emoji) -> bool:
    # Without person-symbol: busts in silhouette, footprints, a fingerprint.
    person = emoji.subgroup == "family" or emoji.subgroup.startswith("person")
    return (
        emoji.group == "people-body" and person and emoji.subgroup != "person-symbol" and not emoji.skin_tone
    )


def _is_hand(emoji: Emoji) -> bool:
    return emoji.group == "people-body" and emoji.subgroup.startswith("hand") and not emoji.skin_tone


def _is_animal(emoji: Emoji) -> bool:
    return emoji.group == "animals-nature" and emoji.subgroup.startswith("animal-")


def _is_any(emoji: Emoji) -> bool:
    return True


# A skin-tone variant is the base drawing with one colour changed. With five for each hand and person,
# most of a set would be repetitions, so people and hands have the yellow base form alone. `all` has every
# drawing.
SUBSETS: dict[str, Callable[[Emoji], bool]] = {
    "smileys": _is_smiley,  # the 108 of emoji-GAN papers: no costumes, no skulls
    "faces": _is_face,
    "people": _is_person,
    "hands": _is_hand,
    "animals": _is_animal,
    "all": _is_any,
}


def check_subset(name: str) -> None:
    """Raises `UserError`, with the most similar name, unless ``name`` is one of `SUBSETS`."""
    if name not in SUBSETS:
        close = difflib.get_close_matches(name, SUBSETS, n=1)
        hint = f"did you mean {close[0]!r}?" if close else f"choose one of {', '.join(SUBSETS)}"
        raise UserError(f"unknown OpenMoji subset {name!r}: {hint}")


def select(emoji: list[Emoji], subset: str) -> list[Emoji]:
    """The members of ``subset`` in Unicode's order, with OpenMoji's own extras last.

    Raises:
      UserError: there is no such subset.
    """
    check_subset(subset)
    return sorted(filter(SUBSETS[subset], emoji), key=lambda entry: entry.order)


def shortcodes(emoji: list[Emoji]) -> list[str]:
    """Short, unique names such as ``kissing_heart``, in order.

    The first alias in the `emoji` package, else its English name. If it has neither or another emoji has
    that name, the annotation with underscores; else the annotation and the hexcode.
    """
    from emoji import EMOJI_DATA

    names: dict[str, None] = {}
    for entry in emoji:
        known = next((EMOJI_DATA[form] for form in _forms(entry.emoji) if form in EMOJI_DATA), {})
        slug = re.sub(r"\W+", "_", entry.annotation.lower()).strip("_") or entry.hexcode
        candidates = [*known.get("alias", ())[:1], *([known["en"]] if "en" in known else ()), slug]
        candidates = [candidate.strip(":") for candidate in candidates] + [f"{slug}_U+{entry.hexcode}"]
        names[next(name for name in candidates if name not in names)] = None
    return list(names)


def _forms(emoji: str) -> tuple[str, str, str]:
    """Its spellings with and without variation selectors; tables have any of them."""
    bare = emoji.replace("\ufe0f", "")
    return emoji, f"{bare}\ufe0f", bare
