"""OpenMoji's layout with faces of our own and things beside them."""

import json
from pathlib import Path

from support import part_faces

THINGS = {"1F431": "cat face", "1F34E": "red apple", "1F44D": "thumbs up", "E000": "goldfish"}


def write(folder: Path) -> Path:
    """Fills `folder` as `part_faces.write_faces` does, and with `THINGS`, one of them in a skin tone, too."""
    part_faces.write_faces(folder)
    path = folder / "data" / "openmoji.json"
    rows = json.loads(path.read_text())
    tones = {"1F44D-1F3FB": "thumbs up: light skin tone"}
    for hexcode, annotation in (THINGS | tones).items():
        (folder / "color" / "svg" / f"{hexcode}.svg").write_text(part_faces.document("", ""))
        row = {"emoji": "", "hexcode": hexcode, "annotation": annotation, "order": len(rows)}
        row |= {"group": "objects", "subgroups": "thing", "tags": f"{annotation.split()[-1]}, own thing"}
        row["skintone"] = "1" if hexcode in tones else ""
        rows.append(row)
    path.write_text(json.dumps(rows))
    return folder
