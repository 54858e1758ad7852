"""What a description may say of a face: slots, each with the answers there are."""

import dataclasses
import functools
import json
from collections.abc import Sequence
from typing import Final

from emojax.core.errors import UserError
from emojax.data.openmoji.parts.part_set import MAX_PARTS, Face, PartSet

OTHER: Final = "other"
"""The one answer of the slot "subject": what is described is no face."""

NOTHING: Final = "none"
"""The answer of the slot "mouth" that there shall be none."""

FAMILIES: Final[dict[str, frozenset[str]]] = {
    "tears": frozenset(
        {
            *("tears of joy", "tear on the cheek", "tear at the temple", "big tear", "tear"),
            "streams of tears",
        }
    ),
    "sweat": frozenset({"drop of sweat", "cold sweat", "sweat on forehead"}),
    "hearts": frozenset({"hearts", "heart"}),
    "head": frozenset({"halo", "cowboy hat", "party hat", "snow and ice", "horns"}),
    "hands": frozenset({"open hands", "hand on chin", "salute", "hands on cheeks"}),
    "nose": frozenset({"long nose", "snot bubble", "steam"}),
    "sleep": frozenset({"zzz"}),
    "cheeks": frozenset({"blush"}),
}
"""Extras by name: a face has at most one of a family. Extras that are in none are a family of their own."""

INTERCHANGEABLE: Final = frozenset({"tears", "sweat"})
"""Families any of which is better than none: where the wanted tear does not fit, another one is drawn."""

_REST: Final = "further"
_MAX_SLOTS: Final = 40


@dataclasses.dataclass(frozen=True)
class Slot:
    """One thing that a description may say.

    Attributes:
      name: "subject", "base", "eyes", "mouth", "whole", or a family of extras.
      kind: of its parts, see `part_set.KINDS`; "" of the subject.
      keys: code points of the emoji that its parts are drawn in, or `OTHER` or `NOTHING`. The answer after
        the last is that nothing is said.
    """

    name: str
    kind: str
    keys: tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class Slots:
    """All slots, in the order of the net's answers."""

    slots: tuple[Slot, ...]

    @functools.cached_property
    def counts(self) -> tuple[int, ...]:
        """The numbers of answers."""
        return tuple(len(slot.keys) + 1 for slot in self.slots)

    def index(self, name: str) -> int:
        """Of the slot of a name."""
        return [slot.name for slot in self.slots].index(name)

    def answers(self, parts: PartSet) -> dict[int, tuple[int, int]]:
        """Slot and answer of each part by its number; parts that no answer means are missing."""
        known = {(s.kind, key): (i, j) for i, s in enumerate(self.slots) for j, key in enumerate(s.keys)}
        found = {}
        for number, part in enumerate(parts.parts):
            place = next((known[part.kind, h] for h in part.hexcodes if (part.kind, h) in known), None)
            if place is not None:
                found[number] = place
        return found

    def of_face(self, face: Face, answers: dict[int, tuple[int, int]]) -> dict[int, int]:
        """The answers that are true of a face, by slot; what it lacks is missing, but for its mouth."""
        found = dict(answers[number] for number in face.parts.values() if number in answers)
        mouth = self.index("mouth")
        if mouth not in found and "whole" not in face.parts and "mouth" not in face.parts:
            found[mouth] = self.slots[mouth].keys.index(NOTHING)
        return found

    def to_json(self) -> str:
        """A list; `from_json` reads it."""
        return json.dumps([dataclasses.asdict(slot) for slot in self.slots])

    @classmethod
    def from_json(cls, text: str, *, source: object) -> "Slots":
        """What `to_json` gave, from a file that nobody vouches for.

        Raises:
          UserError: it is something else; the message begins with `source`.
        """
        try:
            found = tuple(Slot(row["name"], row["kind"], tuple(row["keys"])) for row in json.loads(text))
            texts = [t for slot in found for t in (slot.name, slot.kind, *slot.keys)]
            if not all(isinstance(t, str) and len(t) <= 100 for t in texts):
                raise ValueError("a name is not a short text")
            if len(found) > _MAX_SLOTS or len(texts) > MAX_PARTS:
                raise ValueError("there are too many")
            names = [slot.name for slot in found]
            if len(set(names)) < len(names) or not {"subject", "base", "eyes", "mouth", "whole"} <= {*names}:
                raise ValueError("a slot is missing or there twice")
            if NOTHING not in found[names.index("mouth")].keys:
                raise ValueError("no answer says that there is no mouth")
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise UserError(f"{source}: its slots cannot be read ({error}); export it again") from error
        return cls(found)


def make(parts: PartSet) -> Slots:
    """The slots of a set of parts."""

    def keys(numbers: Sequence[int]) -> tuple[str, ...]:
        return tuple(parts.parts[number].hexcodes[0] for number in numbers)

    families: dict[str, list[int]] = {name: [] for name in (*FAMILIES, _REST)}
    for number in parts.numbers("extra"):
        name = parts.parts[number].name
        families[next((f for f, names in FAMILIES.items() if name in names), _REST)].append(number)
    return Slots(
        (
            Slot("subject", "", (OTHER,)),
            Slot("base", "base", keys(parts.numbers("base"))),
            Slot("eyes", "eyes", keys(parts.numbers("eyes"))),
            Slot("mouth", "mouth", (*keys(parts.numbers("mouth")), NOTHING)),
            Slot("whole", "whole", keys(parts.numbers("whole"))),
            *(Slot(name, "extra", keys(numbers)) for name, numbers in families.items() if numbers),
        )
    )
