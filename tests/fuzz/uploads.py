"""Cases of styles that visitors of the page upload as zip files."""

import functools
import io
import random
import stat
import tarfile
import tempfile
import zipfile
from pathlib import Path
from typing import Final

from avatar.support import tiny_style

from emojax.core.errors import UserError
from emojax.studio import stylebook
from fuzz import mutation
from fuzz.running import Kind

_ESCAPES: Final = (
    *("../escaped.svg", "../../escaped.json", "/tmp/escaped.svg", "parts/../../../escaped.svg"),
    *("..\\escaped.svg", "C:escaped.svg", "style.json/a.svg", "a" * 300 + ".svg", "\n\n.svg"),
    *("<img src=x onerror=alert(1)>.svg", "//escaped.svg", "a//b.svg", "./style.json"),
    *("parts/../style.json", "é/\u202e.svg", "CON.svg"),
)
_BOMB: Final = 4_000_000  # bytes, of a file that packed has 4 kB
_MANY: Final = 5_001  # files


@functools.cache
def _sound() -> dict[str, bytes]:
    """The files of a style that passes the checks, by path."""
    with tempfile.TemporaryDirectory() as folder:
        root = tiny_style.write(Path(folder) / "tiny")
        return {
            each.relative_to(root).as_posix(): each.read_bytes() for each in root.rglob("*") if each.is_file()
        }


def _make(rng: random.Random, path: Path) -> None:
    files = dict(_sound())
    added: list[tuple[zipfile.ZipInfo, bytes]] = []
    match rng.randrange(9):
        case 0:
            added = [(zipfile.ZipInfo(name), b"<svg/>") for name in rng.sample(_ESCAPES, 2)]
        case 1:
            link = zipfile.ZipInfo(rng.choice(("parts/hair/link.svg", "style.json", "link.json")))
            link.external_attr = rng.choice((stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFDIR)) << 16
            added = [(link, b"/etc/passwd")]
        case 2:
            name = rng.choice(("style.json", "parts/hair/one.svg", "new.svg", "new.txt"))
            files[name] = b" " * _BOMB
        case 3:
            added = [(zipfile.ZipInfo(f"{number}/{number}.svg"), b"") for number in range(_MANY)]
        case 4:
            del files[rng.choice(list(files))]
        case 5:
            files["style.json"] = mutation.encoded(mutation.of_json(rng, tiny_style.manifest()))
        case 6:
            name = rng.choice([each for each in files if each.endswith(".svg")])
            files[name] = mutation.of_text(rng, files[name].decode()).encode("utf-8", "replace")
        case 7:
            path.write_bytes(rng.choice((_not_a_zip(files), rng.randbytes(400), b"PK\x03\x04", b"")))
            return
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", rng.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, 12))) as bundle:
        inside = rng.choice(("", "", "mine/", "a/b/c/d/e/"))
        for name, data in files.items():
            bundle.writestr(inside + name, data, zipfile.ZIP_DEFLATED if len(data) > 2**20 else None)
        for info, data in added:
            bundle.writestr(info, data)
    data = packed.getvalue()
    path.write_bytes(mutation.of_bytes(rng, data) if rng.random() < 0.2 else data)


def _not_a_zip(files: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as tar:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return file.getvalue()


def _faults(said: str, path: Path) -> dict[str, bool]:
    """What may be wrong with a message, and whether it is."""
    return {
        "says where the upload lies": str(path.parent) in said,
        "is not one line": len(said.splitlines()) != 1,
        "is long": len(said) > 500,
    }


def _read(path: Path) -> None:
    work = path.parent / "out"
    work.mkdir()
    try:
        stylebook.read(path, work)
    except UserError as error:
        said = str(error)
        found = [what for what, wrong in _faults(said, path).items() if wrong]
        if found:
            raise AssertionError(f"{said[:100]!r} {' and '.join(found)}") from error
        raise
    finally:
        assert list(work.iterdir()) == [], "something is left behind"


UPLOADS: Final = {"style zip": Kind(_make, _read)}
