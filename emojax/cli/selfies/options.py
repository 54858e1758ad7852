"""``infer.py --selfie ... --out me.options.json``: what the renderer of an imported style is asked for."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Final

# As in infer.py, what a mode needs is imported where it begins.
if TYPE_CHECKING:
    from emojax.avatar.result import Avatar

SUFFIX: Final = ".options.json"


def is_options(out: Path) -> bool:
    """Whether a file's name asks for options."""
    return out.name.lower().endswith(SUFFIX)


def require(folder: Path) -> None:
    """Raises `UserError` where a style is not imported."""
    from emojax.avatar.styles.imports import options

    options.of(folder, {}, {})


def write(avatar: "Avatar", folder: Path, out: Path) -> str:
    """Writes the options of an avatar in the style in `folder`; returns what was written, for the user."""
    from emojax.avatar.styles.imports import options
    from emojax.media.image import writing

    with writing(out) as temporary:
        text = json.dumps(options.of(folder, avatar.choice, avatar.colors), indent=1)
        temporary.write_text(text + "\n", encoding="utf-8")
    return f"{out}: options of the style's own renderer"
