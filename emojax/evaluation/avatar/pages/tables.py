"""The tables of avatar reports, in Markdown, of figures just measured or read from a stored report."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from emojax.core.markdown import table
from emojax.evaluation.avatar import overlap as avatar_overlap
from emojax.evaluation.avatar import variety as avatar_variety
from emojax.evaluation.avatar.approaches import Ablation, Row
from emojax.evaluation.avatar.labels.agreement import Interval
from emojax.evaluation.avatar.labels.attributes import Compared
from emojax.evaluation.avatar.pages.cells import MISSING, difference, interval, number, spread
from emojax.evaluation.avatar.report import Figures
from emojax.evaluation.avatar.steadiness import divided

TITLES: Final = {
    "glasses": "glasses",
    "hat": "hat",
    "mouth_open": "open mouth",
    "smile": "smile",
    "hair_length": "hair length",
    "facial_hair": "facial hair",
    "hair_texture": "hair texture",
    "tied": "tied hair",
    "fringe": "fringe",
    "eyewear": "kind of glasses",
    "headwear": "kind of hat",
    "mouth": "mouth",
    "brows": "brows",
    "lipstick": "lipstick",
    "eye_makeup": "eye make-up",
    "lines": "lines",
    "earrings": "earrings",
}
"""What tables call attributes."""

_TIME: Final = "time, ms"


class _Line(NamedTuple):
    """A figure: its name, what it should be, and its value."""

    name: str
    target: str
    cell: str


def summary(columns: Mapping[str, Figures | str], *, time: bool = True) -> str:
    """The main figures, a column for each set of them.

    Args:
      columns: figures by heading, measured with the same flags, or in words why there are none; at least one
        column has figures.
      time: whether to tell how long an avatar took, which only figures of one idle machine should.
    """
    lines = {name: list(_lines(found)) for name, found in columns.items() if isinstance(found, Figures)}
    first = next(iter(lines.values()))
    rows = [
        [line.name, line.target, *(lines[name][i].cell if name in lines else "" for name in columns)]
        for i, line in enumerate(first)
        if time or line.name != _TIME
    ]
    return table(["", "should be", *columns], rows)


def _lines(found: Figures) -> Iterator[_Line]:
    trip, middle = found.round_trip, len(found.round_trip.overall) // 2
    parts = [spread(*each) for each in zip(trip.overall, trip.errors, strict=True)]
    yield _Line(f"parts of {trip.avatars} drawn avatars found again, uncorrupted", "≥ 0.95", parts[0])
    yield _Line(f"the same at severity {trip.severities[middle]:g}", "≥ 0.85", parts[middle])
    yield _Line(f"the same at severity {trip.severities[-1]:g}", "", parts[-1])
    yield _Line("photos with an avatar", "", f"{len(found.overlap)} of {len(found.photos)}")
    if found.rank_one is not None and found.colors is not None:
        rank = found.rank_one
        cell = f"{spread(rank.share, rank.error)} ({rank.faces} faces)"
        yield _Line(f"rank 1 of {avatar_overlap.AMONG}", "≥ 0.6", cell)
        yield _Line("skin ΔE2000", "≤ 5", difference(found.colors.skin))
        yield _Line("hair ΔE2000", "≤ 8", difference(found.colors.hair))
    for name, compared in (found.attributes or {}).items():
        agreed = compared.avatar
        yield _Line(f"{TITLES[name]}, balanced accuracy", "", interval(agreed.balanced_accuracy))
    yield _Line("overlap of face and avatar", "", number(sum(found.overlap.values()) / len(found.overlap)))
    common = avatar_variety.most_frequent(found.variety, len(found.overlap))
    cell = MISSING if common is None else f"{common[1]:.2f} ({common[0]})"
    yield _Line("most frequent variant", "≤ 0.5", cell)
    steady = found.steadiness
    for name, flips in steady.flips.items():
        ratio = number(steady.drift_ratio[name])
        cell = f"{number(flips)} of {number(steady.people_flips)}, {ratio}"
        yield _Line(f"flips, drift ({name})", "", cell)
    yield _Line(_TIME, "< 400", f"{found.latency.total:.0f}")


def agreement(found: Mapping[str, Compared]) -> str:
    """How avatars agree with labels, and two labellings with each other; a row for each attribute."""
    header = [
        *("attribute", "faces", "balanced accuracy", "accuracy", "κ"),
        *("labelled twice", "their balanced accuracy", "their κ", "at the ceiling?"),
    ]
    rows = []
    for name, compared in found.items():
        avatar, second = compared.avatar, compared.second
        scores = [avatar.balanced_accuracy, avatar.accuracy, avatar.kappa]
        row = [TITLES[name], str(avatar.faces), *map(interval, scores)]
        if second is None:
            row += [MISSING] * 4
        else:
            ceiling = {True: "yes", False: "no", None: MISSING}[compared.at_ceiling]
            own = [interval(second.balanced_accuracy), interval(second.kappa)]
            row += [str(second.faces), *own, ceiling]
        rows.append(row)
    return table(header, rows)


def confusion(found: Compared) -> str:
    """Faces by label (rows) and avatar (columns), and how many of each label's avatars agree with it."""
    scored = found.avatar
    rows = [
        [name, *map(str, counts), str(sum(counts)), interval(scored.recalls[name])]
        for name, counts in zip(scored.classes, scored.counts, strict=True)
    ]
    return table(["label", *scored.classes, "faces", "share that agrees"], rows)


def round_trip(found: Figures) -> str:
    """Parts found again by part type and severity."""
    trip = found.round_trip
    rows = [[name, str(trip.counts[name]), *map(number, shares)] for name, shares in trip.parts.items()]
    rows.append(["**all**", str(sum(trip.counts.values())), *map(number, trip.overall)])
    rows += [
        [f"no {name}, of those without", "", *map(number, shares)] for name, shares in trip.absent.items()
    ]
    return table(["part", "count", *(f"{severity:g}" for severity in trip.severities)], rows)


def skin_groups(found: Figures) -> str:
    """Differences of skin colour by skin group."""
    groups = {} if found.colors is None else found.colors.skin_by_group
    rows = [
        ["ΔE2000, mean", *(number(each.mean, 1) for each in groups.values())],
        ["median", *(number(each.median, 1) for each in groups.values())],
        ["faces", *(str(each.count) for each in groups.values())],
    ]
    return table(["", *groups], rows)


def variety(found: Figures) -> str:
    """How often each variant is chosen."""
    rows = []
    for name, each in found.variety.items():
        used = f"{len(each.counts)} of {each.available}"
        bits = f"{each.entropy:.1f} of {math.log2(each.available):.1f}"
        listed = ", ".join(f"{variant} {count}" for variant, count in each.counts.items())
        share = number(each.compared_share, 2)
        rows.append([name, used, bits, f"{each.share:.2f}", str(each.compared), share, listed])
    header = ["part", "variants", "bits", "most frequent", "compared", "most frequent of these", "chosen"]
    return table(header, rows, ["left", *["right"] * 5, "left"])


def steadiness(found: Figures) -> str:
    """Flips and drift by part type and perturbation."""
    steady = found.steadiness
    rows = []
    for name, people in steady.people.items():
        responses = [perturbed[name] for perturbed in steady.perturbed.values()]
        flips = [number(each.flips) for each in responses]
        drift = [number(divided(each.drift, people.drift)) for each in responses]
        rows.append([name, str(steady.compared[name]), *flips, number(people.flips), *drift])
    header = ["part", "compared", *(f"flips, {name}" for name in steady.perturbed), "another person"]
    return table([*header, *(f"drift, {name}" for name in steady.perturbed)], rows)


def latency(found: Figures) -> str:
    """Time by stage."""
    stages = [f"{ms:.0f}" for ms in (*found.latency.stages.values(), found.latency.total)]
    return table(["stage", *found.latency.stages, "all"], [["ms", *stages]])


def approaches(found: Sequence[Ablation]) -> str:
    """A row for each approach of reports made with the same flags, but for those that name approaches."""
    rows = [row for report in found for row in report.rows.values()]
    labelled = rows[0].attributes or {}
    return table(approach_header(list(labelled)), [approach_cells(row) for row in rows])


def approach_header(attributes: Sequence[str]) -> list[str]:
    """The columns of `approaches`, of rows with these attributes compared."""
    return [
        *("approach", "round trip, uncorrupted", f"severity {0.5:g}", f"rank 1 of {avatar_overlap.AMONG}"),
        *(f"{TITLES[name]}" for name in attributes),
        *("flips, of another person's", "most frequent variant"),
    ]


def approach_cells(row: Row) -> list[str]:
    """Shares ± standard errors, over avatars or over faces, and balanced accuracies.

    The latter without intervals, of which `agreement` has an example: they are as wide in all rows.
    """
    trip = row.round_trip
    return [
        row.name,
        *(spread(*each) for each in zip(trip.overall, trip.errors, strict=True)),
        spread(row.rank_one.share, row.rank_one.error),
        *(_value(each.avatar.balanced_accuracy) for each in (row.attributes or {}).values()),
        f"{number(row.flips, 2)} of {number(row.people_flips, 2)}",
        number(row.most_frequent, 2),
    ]


def _value(found: Interval | None) -> str:
    return number(None if found is None else found.value, 2)
