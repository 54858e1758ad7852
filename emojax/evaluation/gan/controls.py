"""Controls: pictures of known quality, evaluated as samples are, which show that the figures detect faults.

The real emoji are split at random into two halves, ten times. One half is the reference; the controls are the
other half (held-out real emoji), the same blurred, the same with noise, one of them repeated, and the
reference half itself, copied. Each control has the figures that must detect it. Features of content, such as
`features.emoji_net`, hardly change with noise; features of texture, such as `features.random_cnn`, do: one of
the kernel distances must detect blur and noise, and the report has the result of each.
"""

import dataclasses
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

import numpy as np
from scipy.ndimage import gaussian_filter

from emojax.core.errors import UserError
from emojax.evaluation.gan import figures as gan_figures
from emojax.evaluation.gan.schema import Check, Control

SPLITS: Final = 10
"""Random splits into halves. With fewer, two standard errors of a mean over them are too wide to detect faint
noise; with more, a report takes longer: each split is as much work as the samples."""

LEAST_EMOJI: Final = 40
"""Real emoji: with fewer than 20 in a half there is no figure for copying."""

REAL, BLURRED, NOISY, COPIED, REPEATED = "held-out real", "blurred", "noisy", "copied", "one repeated"
# Faults that everyone sees at a glance: what is much fainter, no figure need detect, and what is much
# stronger, any figure would.
_BLUR: Final = 2 / 64  # standard deviation, relative to the side
_NOISE: Final = 30.0  # standard deviation in levels of 255

_COPY_P: Final = 0.01
"""Significance level of the copying test. A higher one calls new emoji copies more often; a lower one misses
copies where there are few emoji."""

_COPIES: Final = 0.95
"""Share of near copies that copies exceed: all of them are. A much lower one would be met by other faults,
too."""

_WHAT: Final = {
    REAL: "One half of the real emoji against the other half.",
    BLURRED: "The same, blurred by two pixels in 64.",
    NOISY: f"The same, with noise of {_NOISE:g} of 255.",
    COPIED: "The half that they are compared with, copied.",
    REPEATED: "One held-out emoji, the one nearest to their mean, repeated.",
}

Split = Mapping[str, Mapping[str, float]]
"""The figures of one split by control and key."""


def run(
    images: np.ndarray,
    extractors: Mapping[str, Callable[[np.ndarray], np.ndarray]],
    pixels: Callable[[np.ndarray, np.ndarray], Mapping[str, float]],
    *,
    seed: int,
) -> list[Control]:
    """Evaluates the controls.

    Args:
      images: real emoji, ``uint8[M, S, S, 3]``.
      extractors: of features, by name.
      pixels: maps reference pictures and others to the others' figures of pixels, by name.
      seed: of splits and noise.

    Raises:
      UserError: there are too few emoji.
    """
    if len(images) < LEAST_EMOJI:
        raise UserError(
            f"the controls need at least {LEAST_EMOJI} real emoji, not {len(images)}: see --reference"
        )
    rng = np.random.default_rng(seed)
    versions = {REAL: images, BLURRED: blurred(images), NOISY: noisy(images, rng)}
    features = {
        name: {version: extract(pictures) for version, pictures in versions.items()}
        for name, extract in extractors.items()
    }
    splits: list[Split] = []
    for number in range(SPLITS):
        reference, held_out = np.array_split(rng.permutation(len(images)), 2)
        typical = held_out[_nearest_to_mean(images[held_out])]
        chosen = {
            REAL: (REAL, held_out),
            BLURRED: (BLURRED, held_out),
            NOISY: (NOISY, held_out),
            COPIED: (REAL, reference),
            REPEATED: (REAL, np.full(len(held_out), typical)),
        }
        found: dict[str, dict[str, float]] = {}
        for control, (version, index) in chosen.items():
            # Figures of pixels are means over pictures, which one split is enough for.
            found[control] = dict(pixels(images[reference], versions[version][index])) if not number else {}
            for name, sets in features.items():
                values = gan_figures.values(
                    sets[REAL][reference],
                    sets[version][index],
                    dimensions=gan_figures.components(len(images)),
                    seed=seed,
                )
                found[control] |= {f"{figure}/{name}": value for figure, value in values.items()}
        splits.append(found)
    return [_control(name, splits, list(extractors)) for name in _WHAT]


def blurred(images: np.ndarray) -> np.ndarray:
    """Pictures ``uint8[N, S, S, 3]`` under a Gaussian blur of two pixels in 64."""
    sigma = _BLUR * images.shape[1]
    soft = gaussian_filter(images.astype(np.float32), (0, sigma, sigma, 0))
    return np.clip(np.rint(soft), 0, 255).astype(np.uint8)


def noisy(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Pictures ``uint8[N, S, S, 3]`` with Gaussian noise, independent in every channel of every pixel."""
    noise = rng.normal(0.0, _NOISE, images.shape)
    return np.clip(np.rint(images + noise), 0, 255).astype(np.uint8)


def _nearest_to_mean(images: np.ndarray) -> int:
    floats = images.reshape(len(images), -1).astype(np.float64)
    return int(np.square(floats - floats.mean(0)).sum(1).argmin())


def _control(name: str, splits: Sequence[Split], extractors: Sequence[str]) -> Control:
    columns: dict[str, list[float]] = {}
    for split in splits:
        for key, value in split[name].items():
            columns.setdefault(key, []).append(value)
    return Control(
        name=name,
        what=_WHAT[name],
        figures={key: float(np.mean(column)) for key, column in columns.items()},
        spread={key: float(np.std(column)) for key, column in columns.items()},
        checks=list(_checks(name, splits, extractors)),
    )


@dataclasses.dataclass(frozen=True)
class _Tests:
    """Statistical tests of one control's figures, most of them against held-out real emoji's.

    Attributes:
      name: of the control.
      splits: figures of all controls.
    """

    name: str
    splits: Sequence[Split]

    def column(self, control: str, key: str) -> np.ndarray:
        """A figure in all splits that have it, ``float64[splits]``."""
        return np.array([split[control][key] for split in self.splits if key in split[control]])

    def margin(self, key: str, sign: int) -> float:
        """By how much the difference to held-out real emoji exceeds two standard errors, to the side `sign`.

        Differences are within splits, because splits differ more from each other than a control changes them.
        """
        differences = sign * (self.column(self.name, key) - self.column(REAL, key))
        return float(differences.mean() - 2.0 * differences.std() / math.sqrt(len(differences)))

    def than_real(self, key: str, sign: int) -> Check:
        """That the figure is above (sign 1) or below (sign -1) held-out real emoji's."""
        value, real = (float(self.column(name, key).mean()) for name in (self.name, REAL))
        expected = f"clearly {'above' if sign > 0 else 'below'} held-out real's"
        return Check(key, expected, value, real, self.margin(key, sign) > 0)

    def than(self, key: str, bound: float, sign: int) -> Check:
        """That the figure is above (sign 1) or below (sign -1) a bound."""
        value = float(self.column(self.name, key).mean())
        return Check(key, "above" if sign > 0 else "below", value, bound, sign * value > sign * bound)

    def near_zero(self, key: str) -> Check:
        """That the figure's mean is within two standard deviations of zero."""
        column = self.column(self.name, key)
        value, noise = float(column.mean()), 2.0 * float(column.std())
        return Check(key, "nearer to 0 than two standard deviations,", value, noise, abs(value) < noise)


def _checks(name: str, splits: Sequence[Split], extractors: Sequence[str]) -> Iterator[Check]:
    """What the figures must detect in a control."""
    control = _Tests(name, splits)
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
        clearest = max(kids, key=lambda key: control.margin(key, 1))
        for key in kids:
            yield dataclasses.replace(control.than_real(key, 1), required=key == clearest)
        yield control.than_real("edge_quality", -1) if name == BLURRED else control.than_real("speckle", 1)
    if name == BLURRED:
        yield control.than_real("shading", 1)
    if name == COPIED:
        yield control.than_real("ssim", 1)
