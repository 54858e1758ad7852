"""What parts are called, and finding one by what people call it."""

import functools
from typing import Final

from emojax.core.errors import UserError
from emojax.data.openmoji.labels import Label, LabelTable
from emojax.data.openmoji.parts.part_set import Kind, PartSet

NAMES: Final[dict[str, dict[str, str]]] = {
    "base": {
        "1F600": "yellow",
        "1FAE5": "dotted",
        "1F922": "green",
        "1F975": "red",
        "1F976": "blue",
        "1F628": "blue forehead",
        "1F621": "orange",
    },
    "eyes": {
        "1F600": "dots",
        "1F603": "ovals",
        "1F604": "smiling",
        "1F606": "squinting",
        "1F609": "wink",
        "1F60D": "hearts",
        "1F929": "stars",
        "1F911": "dollars",
        "1F644": "rolling",
        "1F635": "crosses",
        "1F635-200D-1F4AB": "spirals",
        "1F60E": "sunglasses",
        "1F913": "glasses",
        "1F9D0": "monocle",
        "1F978": "disguise",
        "1F915": "bandage",
        "1F633": "wide",
        "1F97A": "pleading",
        "1F979": "watery",
        "1F92A": "zany",
        "1FAE9": "bags",
        "1F611": "lines",
        "1F621": "angry",
        "1F608": "evil",
        "1F634": "asleep",
        "1F928": "raised eyebrow",
        "1F616": "pinched",
    },
    "mouth": {
        "1F600": "grin",
        "1F601": "teeth",
        "1F642": "smile",
        "1F60D": "laugh",
        "1F618": "kiss",
        "1F60B": "tongue at the corner",
        "1F61B": "tongue",
        "1F92A": "crooked tongue",
        "1F975": "panting tongue",
        "1F911": "money",
        "1F92D": "hand and cheeks",
        "1FAE2": "hand",
        "1F92B": "finger",
        "1F910": "zip",
        "1F610": "straight",
        "1F60F": "smirk",
        "1F62C": "grimace",
        "1F62E-200D-1F4A8": "breath",
        "1F924": "drool",
        "1F637": "mask",
        "1F912": "thermometer",
        "1F922": "sealed",
        "1F92E": "vomit",
        "1F927": "handkerchief",
        "1F974": "wavy",
        "1F913": "buck teeth",
        "1F973": "party horn",
        "1F62E": "open",
        "1F62F": "oval",
        "1F616": "zigzag",
        "1F971": "yawn",
        "1F92C": "swearing",
        "2639": "frown",
        "1F631": "scream",
        "1F629": "wail",
        "1FAE4": "diagonal",
    },
    "extra": {
        "1F605": "drop of sweat",
        "1F602": "tears of joy",
        "1F607": "halo",
        "1F970": "hearts",
        "1F618": "heart",
        "1F972": "tear on the cheek",
        "1F917": "open hands",
        "1F914": "hand on chin",
        "1FAE1": "salute",
        "1F925": "long nose",
        "1F62A": "snot bubble",
        "1F634": "zzz",
        "1F975": "tear at the temple",
        "1F976": "snow and ice",
        "1F920": "cowboy hat",
        "1F973": "party hat",
        "1F633": "blush",
        "1F630": "cold sweat",
        "1F625": "big tear",
        "1F622": "tear",
        "1F62D": "streams of tears",
        "1F631": "hands on cheeks",
        "1F613": "sweat on forehead",
        "1F624": "steam",
        "1F608": "horns",
    },
    "whole": {},
}
"""By kind and code points of the emoji that a part is drawn in. A part that is not here has that one's
shortcode."""


class PartNames:
    """Names of the parts of one kind."""

    def __init__(self, parts: PartSet, kind: Kind) -> None:
        self.kind, self.numbers = kind, parts.numbers(kind)
        self._table = LabelTable(
            tuple(
                Label(part.hexcodes[0], "", part.name, part.words[1], part.words)
                for part in (parts.parts[i] for i in self.numbers)
            )
        )
        self._sources = {
            source: number
            for number in reversed(self.numbers)
            for source in map(_key, (*parts.parts[number].sources, *parts.parts[number].hexcodes))
        }

    def find(self, text: str) -> int:
        """The number of the part that `text` means: a name, an emoji that has the part, or words for either.

        Raises:
          UserError: nothing fits, and these are the five nearest; or several fit, and these they are.
        """
        key = _key(text)
        exact = [
            i
            for i, label in zip(self.numbers, self._table.labels, strict=True)
            if _key(label.shortcode) == key
        ]
        if exact or key in self._sources:
            return (exact or [self._sources[key]])[0]
        try:
            return self.numbers[self._table.find(text)]
        except UserError as error:
            message = str(error).replace("label list", f"{self.kind} list").replace("label", self.kind)
            raise UserError(message) from error

    def table(self) -> str:
        """A line for each part: its name and the emoji that have it."""
        width = max(len(label.shortcode) for label in self._table.labels)
        lines = []
        for label in self._table.labels:
            lines.append(f"{label.shortcode.ljust(width)}  {label.annotation}".rstrip())
        return "\n".join(lines)


@functools.lru_cache(maxsize=32)
def names_of(parts: PartSet, kind: Kind) -> PartNames:
    """`PartNames`, made once."""
    return PartNames(parts, kind)


def _key(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum())
