"""What is done so that photographed parts can be compared with drawn ones, each step for itself.

All of it together is the default. A step is left away to see what it is worth:
``python -m emojax.evaluate approaches`` does that for each.
"""

import dataclasses
from collections.abc import Collection
from typing import Final


@dataclasses.dataclass(frozen=True)
class Approach:
    """Which steps are taken.

    Attributes:
      zoom: photographed parts are shown as many times larger as the style draws them.
      centring: half of what either side has in common is taken from its vectors.
      occlusion: drawn parts are compared as they would look behind the face's own hair, hat and glasses.
      traits: only parts are compared that agree with what the label map says of glasses, hat, open mouth,
        hair's length, facial hair and the brows' mood.
      rarity: hair that few people wear has to be more alike than common hair, by a margin.
      placement: chosen parts are moved to where the face has its own.
    """

    zoom: bool = True
    centring: bool = True
    occlusion: bool = True
    traits: bool = True
    rarity: bool = True
    placement: bool = True

    @classmethod
    def without(cls, steps: Collection[str]) -> "Approach":
        """The default but for some of `STEPS`."""
        return cls(**dict.fromkeys(steps, False))


ALL: Final = Approach()
"""Every step."""

STEPS: Final = tuple(field.name for field in dataclasses.fields(Approach))
"""The names of the steps."""
