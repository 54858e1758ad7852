"""Figures as they stand in tables."""

from emojax.evaluation.avatar.colors import Difference
from emojax.evaluation.avatar.labels.agreement import Interval

MISSING = "–"


def number(value: float | None, digits: int = 3) -> str:
    """Rounded; a dash where there is none."""
    return MISSING if value is None else f"{value:.{digits}f}"


def spread(value: float | None, error: float | None, digits: int = 3) -> str:
    """A value ± its standard error, where there is one."""
    return number(value, digits) + ("" if value is None or error is None else f" ± {error:.{digits}f}")


def interval(found: Interval | None, digits: int = 2) -> str:
    """A value and its 95 % interval, where there is one."""
    if found is None:
        return MISSING
    text = number(found.value, digits)
    if found.low is None or found.high is None:
        return text
    return f"{text} ({number(found.low, digits)} to {number(found.high, digits)})"


def difference(found: Difference) -> str:
    """Mean, median and number of faces of a colour difference."""
    return f"{number(found.mean, 1)} (median {number(found.median, 1)}, {found.count} faces)"
