"""Compares GAN reports: which of their differences are statistically significant."""

import dataclasses
import itertools
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from scipy.special import stdtrit

from emojax.core import paths
from emojax.core.errors import UserError
from emojax.evaluation.gan import meaning as gan_meaning
from emojax.evaluation.gan import schema
from emojax.evaluation.gan.schema import Report

_QUANTILE: Final = 0.975  # of a two-sided 95 % interval
_MANY: Final = 1e6  # degrees of freedom with which Student's t distribution is the normal one


@dataclasses.dataclass(frozen=True)
class Group:
    """Reports of one recipe, one for each seed it was trained with."""

    name: str
    reports: list[Report]


@dataclasses.dataclass(frozen=True)
class Value:
    """A figure of a group.

    Attributes:
      value: mean over its reports.
      standard_error: of that mean, from the spread over seeds or the bootstrap over samples, whichever is
        larger, because the spread over three seeds may be small by chance; None where there is neither.
      low, high: 95 % confidence interval.
      degrees: degrees of freedom of `standard_error`.
    """

    value: float
    standard_error: float | None
    low: float | None
    high: float | None
    degrees: float


@dataclasses.dataclass(frozen=True)
class Difference:
    """The difference of two groups in one figure.

    Attributes:
      figure: its key.
      first, second: names of the groups.
      difference: the first group's value less the second's.
      noise: half the 95 % confidence interval of the difference (Welch 1947), which it must exceed.
      better: name of the better group, or None where the difference is within the noise.
    """

    figure: str
    first: str
    second: str
    difference: float
    noise: float
    better: str | None


@dataclasses.dataclass(frozen=True)
class Comparison:
    """Groups in the figures that all their reports have.

    Attributes:
      groups: what is compared.
      values: by key of a figure and name of a group.
      real: by key of a figure, real emoji's.
      differences: of every two groups in every figure with a standard error.
    """

    groups: list[Group]
    values: dict[str, dict[str, Value]]
    real: dict[str, float]
    differences: list[Difference]

    def is_best(self, key: str, name: str) -> bool:
        """Whether a group is significantly better than every other one in a figure."""
        better = [
            difference.better == name
            for difference in self.differences
            if difference.figure == key and name in (difference.first, difference.second)
        ]
        return len(self.groups) > 1 and len(better) == len(self.groups) - 1 and all(better)


def read(texts: Sequence[str], *, least: int = 1) -> list[Group]:
    """Reads the reports that a command line names.

    Args:
      texts: each ``NAME=PATH[,PATH...]``, or ``PATH`` of a report that has a name; paths are of reports'
        folders, or of their ``report.json``.
      least: number of groups that are needed.

    Raises:
      UserError: there are fewer, two have one name, or a path holds no report.
    """
    if len(texts) < least:
        raise UserError(
            f"--compare: give at least {least} of NAME=DIR, or NAME=DIR,DIR,... for several seeds"
        )
    groups = []
    for text in texts:
        name, equals, _ = text.partition("=")
        reports = [schema.read(path) for path in report_paths(text)]
        groups.append(Group(name if equals else reports[0].name, reports))
    names = [group.name for group in groups]
    if len(set(names)) < len(names) or "" in names:
        raise UserError(
            f"--compare: names must differ and not be empty, unlike {', '.join(names)}: give NAME=DIR"
        )
    return groups


def report_paths(text: str) -> list[Path]:
    """The paths in ``NAME=PATH[,PATH...]`` or ``PATH``."""
    name, equals, folders = text.partition("=")
    return [paths.local(folder) for folder in (folders if equals else name).split(",")]


def compare(groups: Sequence[Group]) -> Comparison:
    """Compares groups in the figures that all reports have.

    Args:
      groups: at least one, each with at least one report.

    Raises:
      UserError: reports differ in the reference, the extractors, the size or the number of samples.
    """
    first = groups[0].reports[0]
    for report in (report for group in groups for report in group.reports):
        for what, found, expected in zip(
            ("the reference", "the extractors", "the size", "the number of samples"),
            _conditions(report),
            _conditions(first),
            strict=True,
        ):
            if found != expected:
                raise UserError(
                    f"--compare: {report.name} and {first.name} differ in {what} ({found}; {expected}): "
                    "evaluate both in the same way"
                )
    keys = [
        key
        for key in first.figures
        if all(key in report.figures for group in groups for report in group.reports)
    ]
    values = {key: {group.name: _value(group, key) for group in groups} for key in keys}
    real = {key: value for key in keys if (value := first.figures[key].real) is not None}
    differences = [
        _difference(key, a, b, values[key], real.get(key))
        for key in keys
        for a, b in itertools.combinations([group.name for group in groups], 2)
    ]
    return Comparison(list(groups), values, real, [found for found in differences if found is not None])


def _conditions(report: Report) -> tuple[object, ...]:
    reference = (report.reference.get("name"), report.reference.get("digest"))
    return reference, report.extractors, report.size, report.samples


def _value(group: Group, key: str) -> Value:
    found = [report.figures[key] for report in group.reports]
    values = np.array([figure.value for figure in found])
    errors = [figure.standard_error for figure in found if figure.standard_error is not None]
    sampling = float(np.mean(np.square(errors))) if len(errors) == len(found) else 0.0
    seeds = float(values.var(ddof=1)) if len(values) > 1 else 0.0
    mean = float(values.mean())
    if len(values) == 1 and not errors:
        return Value(mean, None, None, None, _MANY)
    error = math.sqrt(max(sampling, seeds) / len(values))
    degrees = len(values) - 1.0 if seeds > sampling else _MANY
    half = float(stdtrit(degrees, _QUANTILE)) * error
    return Value(mean, error, mean - half, mean + half, degrees)


def _difference(
    key: str, first: str, second: str, values: dict[str, Value], real: float | None
) -> Difference | None:
    a, b = values[first], values[second]
    if a.standard_error is None or b.standard_error is None:
        return None
    variances = a.standard_error**2, b.standard_error**2
    total = sum(variances)
    parts = variances[0] ** 2 / a.degrees + variances[1] ** 2 / b.degrees
    # Welch and Satterthwaite's degrees of freedom of a sum of two variances.
    noise = float(stdtrit(total**2 / parts, _QUANTILE)) * math.sqrt(total) if total else 0.0
    difference = a.value - b.value
    better = None
    if abs(difference) > noise:
        costs = _cost(key, a.value, real), _cost(key, b.value, real)
        better = first if costs[0] < costs[1] else second
    return Difference(key, first, second, difference, noise, better)


def _cost(key: str, value: float, real: float | None) -> float:
    """How bad a value is: the distance from its target, or the value with the sign that makes less better."""
    better = gan_meaning.meaning(key).better
    target = {"as 1": 1.0, "as real": real}.get(better)
    if target is not None:
        return abs(value - target)
    return -value if better == "higher" else value
