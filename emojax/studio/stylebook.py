"""The styles tab: styles that are there, and new ones out of zip files that anyone may have made."""

import tempfile
from pathlib import Path, PurePosixPath
from typing import Final

import numpy as np

from emojax.avatar.styles import check, sheet, style
from emojax.avatar.styles.style import Style
from emojax.core.errors import UserError
from emojax.core.paths import unpacked
from emojax.data.archive import Limits, unpack
from emojax.studio.engine import Engine

MAX_ZIP: Final = 16 * 2**20
"""Bytes of a style's zip. Those that ship have 0.2 MB packed."""

_LIMITS: Final = Limits(members=5_000, member_bytes=300_000, total_bytes=2**25)
"""The largest manifest and some thousand drawings. Fewer refuse real styles; more take minutes to check."""

_MAX_SAID: Final = 400
"""Characters of what is said about an upload. Fewer cut off advice. More fill the page with a
stranger's names."""

_TILE: Final = 96  # pixels


def install(engine: Engine, archive: Path, work: Path) -> Style:
    """Reads and checks the style in a zip, and adds it to the engine's; arguments and errors as of `read`."""
    loaded = read(archive, work)
    engine.add(loaded)
    return loaded


def read(archive: Path, work: Path) -> Style:
    """Reads and checks the style in a zip. Nothing of it is left on the disk.

    Args:
      archive: the zip: a style's folder, or its contents.
      work: a folder for temporary files.

    Raises:
      UserError: it is no zip, holds no style, or the style is not sound.
    """
    if archive.stat().st_size > MAX_ZIP:
        raise UserError(f"{archive.name}: has more than {MAX_ZIP >> 20} MB; leave out what is no drawing")
    with tempfile.TemporaryDirectory(dir=work) as temporary:
        folder = Path(temporary) / "style"
        try:
            unpack(archive, folder, wanted=_is_wanted, limits=_LIMITS)
            inner = unpacked(folder, lambda each: (each / "style.json").is_file())
            loaded = style.load(inner)
            check.check(loaded)
        except UserError as error:
            # Where it lies on this machine is nobody's business.
            message = str(error).replace(f"{archive}", archive.name).replace(f"{folder}/", "")
            message = " ".join(message.replace(temporary, "").split())  # names in it may have line breaks
            raise UserError(message if len(message) <= _MAX_SAID else f"{message[:_MAX_SAID]}...") from error
    return loaded


def contact_sheet(engine: Engine, name: str) -> np.ndarray:
    """Every drawing of a style as one picture ``uint8[H, W, 3]``."""
    maker = engine.makers.get(name)
    if maker is None:
        raise UserError(f"there is no style {name!r} any more; choose another")
    return sheet.sheet(maker.style, tile=_TILE)


def about(engine: Engine, name: str) -> str:
    """What a style is, in Markdown."""
    maker = engine.makers.get(name)
    if maker is None:
        return ""
    known = maker.style
    counts = sum(len(listed.variants) for listed in known.parts.values())
    licence = f"licence {_plain(known.licence)}"
    name = f"**{_plain(known.name)}** {_plain(known.version)}"
    return f"{name}, {counts} drawings, by {_plain(known.author)}, {licence}"


def _is_wanted(name: str) -> bool:
    return PurePosixPath(name).suffix in (".svg", ".json")


def _plain(text: str) -> str:
    """Without what Markdown or HTML would take for more than text."""
    return "".join(character if character.isalnum() or character in " .-,+" else " " for character in text)
