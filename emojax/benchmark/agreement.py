"""Which rounds count, and whether a ratio of two programs' speeds can be stated at all.

A ratio that is measured while other processes compute is wrong by any factor: threads of one program that
spin and wait for each other lose more than those of the other. So rounds with other load do not count, and
where too few rounds are left, or those left disagree, there is a reason in place of a ratio.
"""

from collections.abc import Sequence

import numpy as np

MAX_OTHERS = 0.1
"""Cores that other processes may use during a round that counts. Smaller, and the system's own services
disturb every round; larger, and on two cores one thread waits for another in a tenth of the time."""

MAX_DISAGREEMENT = 0.15
"""Distance of the quartiles of the rounds' ratios over their median, above which no ratio is stated. Smaller,
and ordinary noise withholds every ratio; larger, and a difference of a tenth could be noise."""

MIN_ROUNDS = 3
"""Rounds that must count. Fewer have no quartiles; more make a short benchmark state nothing."""


def quiet(others: Sequence[float | None]) -> list[int]:
    """Numbers of the rounds that count: those without other load, or whose load could not be measured."""
    return [number for number, used in enumerate(others) if used is None or used <= MAX_OTHERS]


def counted(others: Sequence[float | None]) -> list[int]:
    """Rounds whose times are reported: the quiet ones, or all where these are too few."""
    found = quiet(others)
    return found if len(found) >= MIN_ROUNDS else list(range(len(others)))


def ratio(
    ours: Sequence[Sequence[float]], theirs: Sequence[Sequence[float]], others: Sequence[float | None]
) -> float | str:
    """How many times as fast the first program is, or why that cannot be said.

    Args:
      ours: milliseconds by round and call.
      theirs: likewise of the other program, in the same rounds.
      others: cores that other processes used, by round.

    Returns:
      The median over the quiet rounds of the ratio of the medians within a round.
    """
    rounds = quiet(others)
    if len(rounds) < MIN_ROUNDS:
        loads = [used for used in others if used is not None and used > MAX_OTHERS]
        if not loads:
            return f"only {len(rounds)} rounds were measured; {MIN_ROUNDS} are needed"
        return (
            f"other processes used {min(loads):.2f} to {max(loads):.2f} cores in {len(loads)} of "
            f"{len(others)} rounds"
        )
    found = [float(np.median(theirs[n]) / np.median(ours[n])) for n in rounds]
    q25, median, q75 = np.percentile(found, [25, 50, 75])
    if (q75 - q25) / median > MAX_DISAGREEMENT:
        return f"rounds disagree: the middle half of the ratios is {q25:.2f} to {q75:.2f}"
    return float(median)
