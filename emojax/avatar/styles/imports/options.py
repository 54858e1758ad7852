"""What the original renderer of an imported style is asked for, to draw an avatar itself."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from emojax.avatar.styles.imports.folder import OPTIONS
from emojax.core import untrusted
from emojax.core.errors import UserError


def of(folder: Path, choice: Mapping[str, str], colors: Mapping[str, str]) -> dict[str, Any]:
    """The options for an avatar.

    Args:
      folder: of an imported style.
      choice: the avatar's variants, by part type.
      colors: its ``#rrggbb`` by slot.

    Returns:
      ``renderer``, the name of what draws it, and ``options`` by that one's own names. Where two part types
      are one to the renderer, as hair and hat are, the one that it names last counts if it is worn.

    Raises:
      UserError: the style is not imported.
    """
    if not (folder / OPTIONS).is_file():
        raise UserError(
            f"{folder.name}: options are for imported styles, and this one is none; write .svg, .png "
            "or .json instead"
        )
    known = untrusted.read_json(folder / OPTIONS)
    options: dict[str, Any] = {}
    try:
        for part, asked in known["parts"].items():
            value = asked["values"].get(choice.get(part, ""))
            if value is not None:
                options[asked["option"]] = value
        options |= {option: colors[slot] for slot, option in known["colors"].items() if slot in colors}
        return {"renderer": str(known["renderer"]), "options": options}
    except (AttributeError, KeyError, TypeError) as error:
        raise UserError(f"{folder / OPTIONS}: is not as it was written; import the style again") from error
