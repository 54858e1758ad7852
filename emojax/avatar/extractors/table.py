"""The extractors: the interface they share, and the one table that says how each is loaded.

A new extractor is one module in this folder and one line in `EXTRACTORS`. This module imports no
extractor, so that a program can list the names before it loads JAX.
"""

import dataclasses
import pkgutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from emojax.core.errors import UserError

if TYPE_CHECKING:
    import numpy as np

    from emojax.avatar.reading.segments import Segment


class Extractor(Protocol):
    """Turns a face part into a feature vector."""

    @property
    def name(self) -> str:
        """The name that documents and reports print."""
        ...

    @property
    def digest(self) -> str:
        """Identifies everything the vectors depend on; part of cache keys."""
        ...

    @property
    def needs_pixels(self) -> bool:
        """True if it reads a segment's image, False if it reads the label map alone."""
        ...

    def embed(self, part: str, segments: "Sequence[Segment]") -> "np.ndarray":
        """``float32[B, D]``: the vectors of B >= 1 segments of one part of `segments.PARTS`."""
        ...

    def photo_mean(self, part: str, zoom: float) -> "np.ndarray | None":
        """``float32[D]``: the mean vector of photographed parts magnified by `zoom`; None if not measured."""
        ...


@dataclasses.dataclass(frozen=True)
class Entry:
    """How an extractor is loaded.

    Attributes:
      loader: ``module:callable`` below this package, called with the path of a weight file or None.
      needs_weights: True if emojax ships no weights for it, so that the user must give a file.
      baseline: True if it is there to compare others with; reports leave it out unless it is named.
    """

    loader: str
    needs_weights: bool = False
    baseline: bool = False


EXTRACTORS: Final[Mapping[str, Entry]] = {
    "autoencoder": Entry("autoencoder:Autoencoders.load"),
    "resnet50": Entry("resnet:ResNet50.load", needs_weights=True),
    "shapes": Entry("plain:Shapes.load", baseline=True),
    "pixels": Entry("plain:Pixels.load", baseline=True),
}
"""Every extractor by the name that ``--extractor`` takes. The first is the default."""

DEFAULT: Final = next(iter(EXTRACTORS))


def load(name: str, weights: Path | None = None) -> Extractor:
    """Loads an extractor of `EXTRACTORS`.

    Args:
      name: of `EXTRACTORS`.
      weights: a weight file; None takes the one that ships.

    Raises:
      UserError: there is no such extractor, it needs a weight file or takes none, or the file is
        missing, damaged or another net's.
    """
    if name not in EXTRACTORS:
        raise UserError(f"there is no extractor {name!r}; choose one of {', '.join(EXTRACTORS)}")
    entry = EXTRACTORS[name]
    if entry.needs_weights and weights is None:
        raise UserError(f"the extractor {name} needs a weight file, which emojax does not ship; name one")
    extractor: Extractor = pkgutil.resolve_name(f"{__package__}.{entry.loader}")(weights)
    return extractor


def names(text: str) -> tuple[str, ...]:
    """``NAME,NAME`` as names of `EXTRACTORS`.

    Raises:
      UserError: one is none, or is there twice.
    """
    found = tuple(text.split(","))
    for name in found:
        if name not in EXTRACTORS:
            raise UserError(f"there is no extractor {name[:40]!r}; choose of {', '.join(EXTRACTORS)}")
    if len(set(found)) < len(found):
        raise UserError(f"{text}: names one extractor twice; name each once")
    return found
