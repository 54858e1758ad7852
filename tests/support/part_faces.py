"""Faces of our own that are drawn as OpenMoji draws them: colours first, then lines, around (36, 36)."""

import json
from pathlib import Path

_STROKE = 'fill="none" stroke="#000" stroke-width="2" stroke-linecap="round"'
CIRCLE = f'<circle cx="36" cy="36" r="23" {_STROKE}/>'
OPEN = f'<path d="M56.9 45.6A23 23 0 1 1 56.9 26.4" {_STROKE}/>'
"""An outline with a gap on the right, from 26.4 to 45.6."""

DOTS = '<circle cx="27" cy="{y}" r="3"/><circle cx="45" cy="{y}" r="3"/>'
BARS = f'<path d="M23 30h8" {_STROKE}/><path d="M41 30h8" {_STROKE}/>'
LOW_BARS = f'<path d="M23 38h8" {_STROKE}/><path d="M41 38h8" {_STROKE}/>'
SMILE = f'<path d="M27 46q9 7 18 0" {_STROKE}/>'
HIGH_LIPS = ('<circle cx="36" cy="42" r="6" fill="#fff"/>', f'<circle cx="36" cy="42" r="6" {_STROKE}/>')
HEART = ('<circle cx="58" cy="36" r="6" fill="#d22f27"/>', f'<circle cx="58" cy="36" r="6" {_STROKE}/>')
HAND = ('<circle cx="58" cy="36" r="6" fill="#fcea2b"/>', f'<circle cx="58" cy="36" r="6" {_STROKE}/>')
TONGUE = ('<path d="M31 45h10v20h-10z" fill="#ea5a47"/>', f'<path d="M31 45h10v20h-10z" {_STROKE}/>')
GAP_BELOW = f'<path d="M43 57.9A23 23 0 1 0 29 57.9" {_STROKE}/>'


def disc(color: str = "#fcea2b", radius: int = 23) -> str:
    return f'<circle cx="36" cy="36" r="{radius}" fill="{color}"/>'


FACES: dict[str, tuple[str, str, str]] = {
    "1F600": ("grinning face", disc(), CIRCLE + DOTS.format(y=31) + SMILE),
    "1F603": ("face with big mouth", disc() + HIGH_LIPS[0], BARS + HIGH_LIPS[1] + CIRCLE),
    "1F642": ("slightly smiling face", disc(), CIRCLE + DOTS.format(y=32.5) + SMILE),
    "1F618": ("face blowing a kiss", disc(radius=24) + HEART[0], OPEN + BARS + SMILE + HEART[1]),
    "1F917": ("face with a hand", disc(radius=24) + HAND[0], OPEN + BARS + SMILE + HAND[1]),
    "1F60B": ("face savoring food", disc(radius=24) + TONGUE[0], GAP_BELOW + DOTS.format(y=31) + TONGUE[1]),
    "1F620": ("angry face", disc("#ea5a47"), CIRCLE + LOW_BARS + SMILE),
    "1F643": ("upside-down face", disc(), CIRCLE + DOTS.format(y=41) + SMILE),
}
"""Annotation, colours and lines by code points. The dots of the third are the first's, 1.5 lower."""


def has_gap(hexcode: str) -> bool:
    """Whether a face's outline is not closed."""
    return CIRCLE not in FACES[hexcode][2]


def document(color: str, line: str) -> str:
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 72 72">'
        f'<g id="color">{color}</g><g id="line">{line}</g></svg>'
    )


def write_faces(folder: Path) -> Path:
    """Fills `folder` like the OpenMoji package with `FACES`."""
    (folder / "color" / "svg").mkdir(parents=True)
    (folder / "data").mkdir()
    rows = []
    for index, (hexcode, (annotation, color, line)) in enumerate(FACES.items()):
        (folder / "color" / "svg" / f"{hexcode}.svg").write_text(document(color, line))
        row = {"emoji": chr(int(hexcode, 16)), "hexcode": hexcode, "annotation": annotation, "order": index}
        row |= {"group": "smileys-emotion", "subgroups": "face-smiling", "tags": "own", "openmoji_tags": ""}
        rows.append(row)
    (folder / "data" / "openmoji.json").write_text(json.dumps(rows))
    return folder
