"""Writes demo_avatar.json: what the weights that ship make of the demo's portrait in each style that ships.

``python tests/goldens/make_demo_avatar.py``. Run it after a change that is meant to change avatars, and look
at the avatars before you commit the file.
"""

import json
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parents[1])]

from emojax.avatar import demo  # noqa: E402
from emojax.avatar.extractors import table  # noqa: E402
from emojax.avatar.faces.parser import FaceParser  # noqa: E402
from emojax.avatar.pipeline import AvatarMaker  # noqa: E402
from emojax.avatar.result import Avatar  # noqa: E402
from emojax.avatar.styles import style  # noqa: E402
from emojax.media import image  # noqa: E402

GOLDEN = HERE / "demo_avatar.json"


def makers() -> dict[str, AvatarMaker]:
    """A maker with the weights that ship for each style that ships."""
    extractor, parser = table.load(table.DEFAULT), FaceParser.load(None)
    styles = [style.load(folder) for folder in style.built_in_styles()]
    return {each.name: AvatarMaker.load(each, extractor, parser) for each in styles}


def avatars(by_style: dict[str, AvatarMaker]) -> dict[str, Avatar]:
    """The demo's avatars by style. The photo is labelled once."""
    first, *_ = by_style.values()
    (avatar,) = first.make([image.read_photo(demo.PORTRAIT)])
    assert isinstance(avatar, Avatar)
    return {name: maker.remake([avatar])[0] for name, maker in by_style.items()}


def described(avatar: Avatar) -> dict[str, Any]:
    """What is compared: variants with their similarities, colours, and attributes."""
    parts = {
        name: [part.id, None if part.similarity is None else round(part.similarity, 3)]
        for name, part in avatar.parts.items()
    }
    return {"parts": parts, "colors": dict(avatar.colors), "attributes": avatar.attributes()}


def main() -> None:
    """Writes the file."""
    found = {name: described(avatar) for name, avatar in avatars(makers()).items()}
    GOLDEN.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
