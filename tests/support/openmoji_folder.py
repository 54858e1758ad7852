"""An OpenMoji folder of our own drawings."""

import colorsys
import json
from pathlib import Path

_FACES = {
    "1F600": ("face-smiling", "grinning face"),
    "1F603": ("face-smiling", "grinning face with big eyes"),
    "1F642": ("face-smiling", "slightly smiling face"),
    "1F609": ("face-smiling", "winking face"),
    "1F618": ("face-affection", "face blowing a kiss"),
    "1F60B": ("face-tongue", "face savoring food"),
    "1F917": ("face-hand", "smiling face with open hands"),
    "1F610": ("face-neutral-skeptical", "neutral face"),
    "1F634": ("face-sleepy", "sleeping face"),
    "1F622": ("face-concerned", "crying face"),
    "1F631": ("face-concerned", "face screaming in fear"),
    "1F620": ("face-negative", "angry face"),
}
_OTHERS = {
    "1F480": ("face-negative", "skull"),
    "1F916": ("face-costume", "robot"),
    "1F431": ("cat-face", "cat face"),
}


def _drawing(color: str, mouth: float) -> str:
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 72 72">'
        f'<circle cx="36" cy="36" r="27" fill="{color}"/>'
        '<circle cx="27" cy="29" r="3.5"/><circle cx="45" cy="29" r="3.5"/>'
        f'<path d="M22 {46 - mouth / 2}q14 {2 * mouth} 28 0" fill="none" stroke="#000" stroke-width="3"/>'
        "</svg>"
    )


def write(folder: Path) -> Path:
    """Fills ``folder`` like the OpenMoji package: 12 smileys, a skull, a robot and a cat."""
    (folder / "color" / "svg").mkdir(parents=True)
    (folder / "data").mkdir()
    rows = []
    for index, (hexcode, (subgroup, annotation)) in enumerate((_FACES | _OTHERS).items()):
        red, green, blue = (round(255 * x) for x in colorsys.hsv_to_rgb(index / 15, 0.8, 1.0))
        drawing = _drawing(f"#{red:02x}{green:02x}{blue:02x}", mouth=8 - 1.3 * index)
        (folder / "color" / "svg" / f"{hexcode}.svg").write_text(drawing)
        rows.append(
            {
                "emoji": chr(int(hexcode, 16)),
                "hexcode": hexcode,
                "group": "smileys-emotion",
                "subgroups": subgroup,
                "annotation": annotation,
                "tags": "face, own drawing",
                "openmoji_tags": "face, test",
                "skintone": "",
                "order": index + 1,
            }
        )
    (folder / "data" / "openmoji.json").write_text(json.dumps(rows))
    return folder
