"""Names and keywords of emoji in many languages: Unicode CLDR's, from the npm package ``emojibase-data``.

The package is MIT-licensed; CLDR's texts are under the Unicode licence.
"""

import dataclasses
import functools
import json
import tempfile
from pathlib import Path
from typing import Final

from emojax.core.errors import UserError
from emojax.core.files import cache_dir, publish
from emojax.data import npm
from emojax.data.archive import Limits, unpack

VERSION: Final = "17.0.0"
INTEGRITY: Final = "Yvgb5AWoHViHV/gq1qr5ZAarcBip+B27/ZLRsUJkbgAEaLlZ/fof9g882LTpmEpyhBNEC0m2SEmItljHsTygjA=="

LANGUAGES: Final = (
    *("en", "de", "fr", "es", "ja", "zh", "ko", "ru", "it", "pl", "da", "fi", "hu", "et", "lt", "uk"),
    *("hi", "bn", "th", "vi", "ms"),
)
"""Whose names and keywords are trained on, English first. Variants such as Mexican Spanish are left out."""

HELD_OUT_LANGUAGES: Final = ("nl", "pt", "sv", "nb")
"""Whose names are only evaluated on."""

_SECONDS: Final = 300
_MAX_TEXT: Final = 200  # characters of a name or keyword
_LIMITS: Final = Limits(members=2_000, member_bytes=5_000_000, total_bytes=200_000_000)


@dataclasses.dataclass(frozen=True)
class Keywords:
    """What one language says of an emoji.

    Attributes:
      name: CLDR's short name, such as "crying face".
      tags: keywords, not unique.
    """

    name: str
    tags: tuple[str, ...]


@functools.lru_cache(maxsize=2)
def load(folder: Path | None = None) -> dict[str, dict[str, Keywords]]:
    """Names and keywords by language, and by code points without variation selectors.

    Args:
      folder: of an unpacked package; without it the pinned one is taken from the cache or from npm.

    Raises:
      UserError: it cannot be had, or is damaged.
    """
    folder = folder or _cached()
    return {language: _read(folder, language) for language in (*LANGUAGES, *HELD_OUT_LANGUAGES)}


def bare(hexcode: str) -> str:
    """Code points without variation selectors, which tables have or leave out."""
    return "-".join(point for point in hexcode.split("-") if point != "FE0F")


def _read(folder: Path, language: str) -> dict[str, Keywords]:
    path = folder / language / "compact.json"
    try:
        rows = json.loads(path.read_bytes())
        return {
            bare(row["hexcode"]): Keywords(
                row["label"][:_MAX_TEXT], tuple(t[:_MAX_TEXT] for t in row["tags"])
            )
            for row in rows
            if "tags" in row
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UserError(f"{path} is not of emojibase-data {VERSION} ({error}): remove the folder") from error


def _cached() -> Path:
    copy = cache_dir() / "emojibase" / VERSION
    if copy.is_dir():
        return copy
    copy.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=copy.parent, prefix=".fetch-") as directory:
        try:
            tarball = npm.pack(
                f"emojibase-data@{VERSION}", Path(directory), integrity=INTEGRITY, seconds=_SECONDS
            )
        except UserError as error:
            raise UserError(
                f"emojibase-data {VERSION} cannot be had ({error}): unpack its npm package into {copy}"
            ) from error
        unpack(tarball, Path(directory) / "unpacked", wanted=_is_wanted, limits=_LIMITS)
        publish(Path(directory) / "unpacked" / "package", copy)
    return copy


def _is_wanted(member: str) -> bool:
    parts = member.split("/")
    return len(parts) == 3 and parts[1] in (*LANGUAGES, *HELD_OUT_LANGUAGES) and parts[2] == "compact.json"
