"""Names and keywords of our own in the layout of emojibase-data."""

import json
from pathlib import Path

from emojax.data.openmoji.words.keywords import HELD_OUT_LANGUAGES, LANGUAGES


def write(folder: Path, hexcodes: list[str]) -> Path:
    """Fills `folder` with a name and two keywords for each emoji in each language."""
    for language in (*LANGUAGES, *HELD_OUT_LANGUAGES):
        (folder / language).mkdir(parents=True)
        rows = [
            {
                "hexcode": h,
                "label": f"{language} name {h.lower()}",
                "tags": [f"{language}tag{h.lower()}", "both"],
            }
            for h in hexcodes
        ]
        # CLDR has regional letters without keywords.
        rows.append({"hexcode": "1F1E6", "label": "letter A"})
        (folder / language / "compact.json").write_text(json.dumps(rows))
    return folder
