"""An avatar: the chosen parts and colours, as SVG and as the JSON document."""

import dataclasses
import time
from collections.abc import Mapping
from typing import Any

import numpy as np

from emojax.avatar import summary
from emojax.avatar.faces.crop import Crop
from emojax.avatar.matching.choosing import Part
from emojax.avatar.reading.colors import Measured
from emojax.avatar.reading.moves import Move
from emojax.avatar.reading.segments import Segment
from emojax.avatar.styles.composition import compose
from emojax.avatar.styles.style import Style
from emojax.data.faces.attributes import Probabilities


@dataclasses.dataclass(frozen=True)
class Avatar:
    """What was read off a face, and what was chosen for it.

    Attributes:
      style: where the parts are from.
      extractor: name of the extractor that compared them.
      crop: the aligned face.
      labels: ``uint8[306, 306]``, the crop's label map.
      segments: the face's parts that were compared.
      parts: the choice for every part type of the style.
      moves: transforms of the parts to the position and size of the face's own.
      read: what the photo shows: by attribute and word its probability; empty where no net has read it.
      lipstick: the word for the colour that lips were given.
      measured: the colours measured on the photo.
      colors: ``#rrggbb`` by slot.
      timings_ms: by stage; the batch's time divided by its photos.
    """

    style: Style
    extractor: str
    crop: Crop
    labels: np.ndarray
    segments: Mapping[str, Segment]
    parts: Mapping[str, Part]
    moves: Mapping[str, Move]
    measured: Measured
    colors: Mapping[str, str]
    timings_ms: Mapping[str, float]
    read: Probabilities = dataclasses.field(default_factory=dict)
    lipstick: str | None = None

    def svg(self, *, background: str | None = None) -> str:
        """The avatar as an SVG document, see `composition.compose`."""
        return compose(self.style, self.choice, self.colors, background=background, moves=self.moves)

    @property
    def choice(self) -> dict[str, str]:
        """The chosen variants' ids by part type."""
        return {name: part.id for name, part in self.parts.items()}

    def attributes(self) -> dict[str, str | bool]:
        """What the avatar shows, by the words of its parts; see `summary.as_document`."""
        words = summary.of_drawings(self.style, self.choice)
        if self.lipstick is not None:  # a matter of colour
            words["lipstick"] = self.lipstick
        return summary.as_document(words)

    def _move(self, name: str) -> dict[str, float] | None:
        if name not in self.moves:
            return None
        move = self.moves[name]
        shifts = {field: round(getattr(move, field), 1) for field in ("right", "down", "outwards")}
        return shifts | {"wide": round(move.wide, 3), "high": round(move.high, 3)}

    def as_json(self) -> dict[str, Any]:
        """The document that ``infer.py --selfie`` writes."""
        half = self.crop.face.side / 2
        x, y = self.crop.face.x, self.crop.face.y
        return {
            "version": 2,
            "style": self.style.name,
            "extractor": self.extractor,
            "face": {
                "box": [round(v, 1) for v in (x - half, y - half, x + half, y + half)],
                "roll_degrees": round(self.crop.face.roll_degrees, 1),
            },
            "parts": {
                name: {
                    "id": part.id,
                    "similarity": None if part.similarity is None else round(part.similarity, 4),
                    "alternatives": [{"id": i, "similarity": round(s, 4)} for i, s in part.alternatives],
                    "moved": self._move(name),
                }
                for name, part in self.parts.items()
            },
            "colors": dict(self.colors),
            "measured_colors": self.measured.as_hex(),
            "grey_photo": self.measured.is_grey,
            "attributes": self.attributes(),
            "read": summary.of_photo(self.read),
            "timings_ms": {stage: round(ms, 1) for stage, ms in self.timings_ms.items()},
        }


class StageTimer:
    """`Avatar.timings_ms`: of each stage, divided by the number of photos in the batch."""

    def __init__(self, count: int) -> None:
        self._count, self._start = max(count, 1), time.perf_counter()
        self.milliseconds: dict[str, float] = {}

    def end(self, stage: str) -> None:
        """Ends `stage`, which began when the one before ended."""
        now = time.perf_counter()
        self.milliseconds[stage] = 1e3 * (now - self._start) / self._count
        self._start = now
