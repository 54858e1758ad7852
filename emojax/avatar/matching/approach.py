"""The steps that make photographed and drawn parts comparable, each of which can be left out.

All of them together are the default. ``python -m emojax.evaluate approaches`` measures what each contributes
by leaving it out (docs/avatars.md has the figures).
"""

import dataclasses
from collections.abc import Collection
from typing import Final


@dataclasses.dataclass(frozen=True)
class Approach:
    """Which steps are taken.

    Attributes:
      zoom: photographed parts are magnified to the size at which the style draws them.
      centring: half of the mean vector of photographed and of drawn parts is subtracted from each.
      occlusion: drawn parts are masked by the face's own hair, hat and glasses before they are compared.
      traits: variants are left out whose tags contradict the glasses, hat, open mouth, hair length and
        facial hair of the face, or whose brows express a mood that the face's do not.
      rarity: hair that few people wear needs a higher similarity, by a fixed margin.
      placement: chosen parts are moved and scaled to the position and size of the face's own.
    """

    zoom: bool = True
    centring: bool = True
    occlusion: bool = True
    traits: bool = True
    rarity: bool = True
    placement: bool = True

    @classmethod
    def without(cls, steps: Collection[str]) -> "Approach":
        """All steps but these, of `STEPS`; TypeError for an unknown one."""
        return cls(**dict.fromkeys(steps, False))


ALL: Final = Approach()
"""Every step."""

STEPS: Final = tuple(field.name for field in dataclasses.fields(Approach))
"""The names of all steps."""
