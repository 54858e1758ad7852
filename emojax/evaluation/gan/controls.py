"""Pictures of known quality, judged as samples are, so that each figure shows that it can fail.

The real emoji are cut at random into two halves, ten times over. One half is the reference; what is
judged is the other half (unseen real emoji), the same blurred, the same with noise, one of them over
and over, and the reference half itself, copied. Ranking these right is the least that can be asked of
a judge; it need not be all of its figures that do so, but those that are there for it must. Features of
what is drawn, such as `features.emoji_net`, hardly change with noise; features of how, such as
`features.random_cnn`, do: between them they must see both noise and blur, and the report says which did.
"""

import dataclasses
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

import numpy as np
from scipy.ndimage import gaussian_filter

from emojax.core.errors import UserError
from emojax.evaluation.gan import figures as gan_figures
from emojax.evaluation.gan.json_form import Check, Control

HALVINGS: Final = 10
LEAST_EMOJI: Final = 40
"""Real emoji whose halves support every figure."""

REAL, BLURRED, NOISY, COPIED, REPEATED = "held-out real", "blurred", "noisy", "copied", "one repeated"
_BLUR: Final = 2 / 64  # of the side: the standard deviation
_NOISE: Final = 30.0  # of 255: the standard deviation
_COPY_P: Final = 0.01
_COPIES: Final = 0.95

_WHAT: Final = {
    REAL: "One half of the real emoji against the other half.",
    BLURRED: "The same, blurred by two pixels in 64.",
    NOISY: f"The same, with noise of {_NOISE:g} of 255.",
    COPIED: "The half that they are compared with, again.",
    REPEATED: "One unseen emoji, the most typical, over and over.",
}


Figures = dict[str, float]
Halving = Mapping[str, Figures]
"""By control and key what one halving gave."""


def run(
    images: np.ndarray,
    extractors: Mapping[str, Callable[[np.ndarray], np.ndarray]],
    pixels: Callable[[np.ndarray, np.ndarray], Mapping[str, float]],
    *,
    seed: int,
) -> list[Control]:
    """Judges the controls.

    Args:
      images: real emoji, ``uint8[M, S, S, 3]``.
      extractors: features by name.
      pixels: figures of pixels, by name, of some pictures next to reference pictures.
      seed: of halves and noise.

    Raises:
      UserError: there are too few emoji.
    """
    if len(images) < LEAST_EMOJI:
        raise UserError(
            f"the controls need at least {LEAST_EMOJI} real emoji, not {len(images)}: see --reference"
        )
    rng = np.random.default_rng(seed)
    disturbed = {REAL: images, BLURRED: blurred(images), NOISY: noisy(images, rng)}
    features = {
        name: {kind: extract(pictures) for kind, pictures in disturbed.items()}
        for name, extract in extractors.items()
    }
    halvings: list[Halving] = []
    for number in range(HALVINGS):
        shuffled = rng.permutation(len(images))
        known, unseen = np.array_split(shuffled, 2)
        typical = unseen[_typical(images[unseen])]
        chosen = {
            REAL: (REAL, unseen),
            BLURRED: (BLURRED, unseen),
            NOISY: (NOISY, unseen),
            COPIED: (REAL, known),
            REPEATED: (REAL, np.full(len(unseen), typical)),
        }
        found: dict[str, dict[str, float]] = {}
        for control, (kind, index) in chosen.items():
            found[control] = dict(pixels(images[known], disturbed[kind][index])) if number == 0 else {}
            for name, sets in features.items():
                values = gan_figures.values(
                    sets[REAL][known],
                    sets[kind][index],
                    dimensions=gan_figures.components(len(images)),
                    seed=seed,
                )
                found[control] |= {f"{figure}/{name}": value for figure, value in values.items()}
        halvings.append(found)
    return [_control(name, halvings, list(_checks(name, halvings, list(extractors)))) for name in _WHAT]


def blurred(images: np.ndarray) -> np.ndarray:
    """``uint8[N, S, S, 3]`` as a lens out of focus shows it."""
    sigma = _BLUR * images.shape[1]
    soft = gaussian_filter(images.astype(np.float32), (0, sigma, sigma, 0))
    return np.clip(np.rint(soft), 0, 255).astype(np.uint8)


def noisy(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """``uint8[N, S, S, 3]`` with independent noise in every channel of every pixel."""
    grain = rng.normal(0.0, _NOISE, images.shape)
    return np.clip(np.rint(images + grain), 0, 255).astype(np.uint8)


def _typical(images: np.ndarray) -> int:
    """The number of the picture nearest to the mean of all."""
    floats = images.reshape(len(images), -1).astype(np.float64)
    return int(np.square(floats - floats.mean(0)).sum(1).argmin())


def _control(name: str, halvings: Sequence[Halving], checks: list[Check]) -> Control:
    columns: dict[str, list[float]] = {}
    for halving in halvings:
        for key, value in halving[name].items():
            columns.setdefault(key, []).append(value)
    return Control(
        name=name,
        what=_WHAT[name],
        figures={key: float(np.mean(column)) for key, column in columns.items()},
        spread={key: float(np.std(column)) for key, column in columns.items()},
        checks=checks,
    )


class _Compared:
    """A control next to held-out real emoji."""

    def __init__(self, name: str, halvings: Sequence[Halving]) -> None:
        self._name = name
        self._halvings = halvings

    def column(self, control: str, key: str) -> np.ndarray:
        return np.array([halving[control][key] for halving in self._halvings if key in halving[control]])

    def clearance(self, key: str, sign: int) -> float:
        """How far the figure has moved to that side beyond two standard errors.

        Halving by halving, because halves differ more from each other than what is done to them changes.
        """
        moves = sign * (self.column(self._name, key) - self.column(REAL, key))
        return float(moves.mean() - 2.0 * moves.std() / math.sqrt(len(moves)))

    def than_real(self, key: str, sign: int) -> Check:
        mine, real = (float(self.column(name, key).mean()) for name in (self._name, REAL))
        expected = f"clearly {'above' if sign > 0 else 'below'} held-out real's"
        return Check(key, expected, mine, real, self.clearance(key, sign) > 0)

    def than(self, key: str, bound: float, sign: int) -> Check:
        mine = float(self.column(self._name, key).mean())
        return Check(key, "above" if sign > 0 else "below", mine, bound, sign * mine > sign * bound)

    def near_zero(self, key: str) -> Check:
        values = self.column(self._name, key)
        mine, noise = float(values.mean()), 2.0 * float(values.std())
        return Check(key, "nearer to 0 than two standard deviations,", mine, noise, abs(mine) < noise)


def _checks(name: str, halvings: Sequence[Halving], extractors: Sequence[str]) -> Iterator[Check]:
    """What the judge must see in a control."""
    control = _Compared(name, halvings)
    for extractor in extractors:
        if name == REAL:
            yield control.near_zero(f"kid/{extractor}")
            yield control.than(f"copying_p/{extractor}", _COPY_P, 1)
        if name == COPIED:
            yield control.than(f"copying_p/{extractor}", _COPY_P, -1)
            yield control.than(f"near_copies/{extractor}", _COPIES, 1)
        if name == REPEATED:
            yield control.than_real(f"kid/{extractor}", 1)
            yield control.than_real(f"coverage/{extractor}", -1)
            yield control.than_real(f"recall/{extractor}", -1)
    if name in (BLURRED, NOISY):
        kids = [f"kid/{extractor}" for extractor in extractors]
        keenest = max(kids, key=lambda key: control.clearance(key, 1))
        for key in kids:
            yield dataclasses.replace(control.than_real(key, 1), required=key == keenest)
        yield control.than_real("edge_quality", -1) if name == BLURRED else control.than_real("speckle", 1)
    if name == BLURRED:
        yield control.than_real("shading", 1)
    if name == COPIED:
        yield control.than_real("ssim", 1)
