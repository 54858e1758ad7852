"""The avatar report for people to read."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from emojax.evaluation.avatar import ladder
from emojax.evaluation.avatar import overlap as avatar_overlap
from emojax.evaluation.avatar import steadiness as avatar_steadiness
from emojax.evaluation.avatar.attributes import Difference
from emojax.evaluation.avatar.report import Figures
from emojax.evaluation.avatar.round_trip import RoundTrip
from emojax.evaluation.avatar.steadiness import divided
from emojax.evaluation.avatar.truth import LENGTHS

_LEGEND: Final = f"""\
* **Round trip**: random avatars of the style are drawn, their parts chosen anew off picture and true
  label map, and compared. Counted are parts chosen by likeness that show. A variant is right if it is the
  one drawn, or if with it the avatar has the same label map. At strength 0 of the ladder nothing is done;
  at 1 the face is shifted by {ladder.SHIFT:.0%} of the frame, scaled by {ladder.SCALE:.0%},
  blurred by {ladder.BLUR:g} px, recoloured by up to {ladder.GAIN:.0%} a channel and noisy by
  {ladder.NOISE:g} of 255, all at once; its labels move along, are blurred as much, and their borders
  wobble by {ladder.WOBBLE:g} px. What was disturbed is then aligned by its labels, as photos are.
* **F1**, **agreement**: what the avatar shows, by its parts' tags, to what the photo's true mask shows.
  Hair is short to the mouth, medium to below the chin.
* **ΔE2000**: the colour measured, before the palette, to the median over the true mask: mean over the
  faces in colour. Skin groups are by individual typology angle.
* **Rank 1 of {avatar_overlap.AMONG}**: how often the avatar's label map overlaps more (IoU, mean over
  classes) with its own face's mask than with any of {avatar_overlap.AMONG - 1} random others': mean over
  all such draws ± standard error over faces. By chance {1 / avatar_overlap.AMONG:.0%}.
* **Most frequent variant**: of a part type that is compared in at least half the avatars, the largest
  share of these that one variant has.
* **Flips**: parts that become others when the face's crop is shifted by {avatar_steadiness.SHIFT:.0%},
  noisy by {avatar_steadiness.NOISE:g} of 255, or brighter or darker by {avatar_steadiness.BRIGHTNESS:.0%},
  and read again, next to those that differ between two people. **Drift**: by how much 1 - cosine of
  the embeddings then changes, divided by the same between two people.
* **Time**: wall time of one photo from file to SVG, everything loaded and compiled: medians."""


class _Row(NamedTuple):
    """A figure: its name, what it should be, and its value for each extractor."""

    name: str
    target: str
    cells: Sequence[str]


def markdown(columns: Mapping[str, Figures | str]) -> str:
    """The report.

    Args:
      columns: by extractor its figures, of the same photos and style, or why there are none. At least one
        has figures.
    """
    there = {name: found for name, found in columns.items() if isinstance(found, Figures)}
    first = next(iter(there.values()))
    lines = [f"# Avatars in the style {first.style}, of {len(first.photos)} photos", ""]
    if first.without:
        lines += [f"Left away: {', '.join(first.without)}.", ""]
    rows = list(_summary(columns))
    lines += _table(["", "should be", *columns], [[row.name, row.target, *row.cells] for row in rows])
    lines.append("")
    lines += [f"{name}: {why}\n" for name, why in columns.items() if isinstance(why, str)]
    if first.attributes is None:
        lines += ["Without `--masks`, attributes, colours and rank 1 are left out.", ""]
    lines += [_LEGEND, ""]
    for name, found in there.items():
        lines += [f"## {name}", "", *_details(found)]
    return "\n".join(lines).rstrip()


def _summary(columns: Mapping[str, Figures | str]) -> Iterator[_Row]:
    values = [list(_values(found)) if isinstance(found, Figures) else None for found in columns.values()]
    full = next(found for found in values if found is not None)
    for i, (name, target, _) in enumerate(full):
        yield _Row(name, target, ["" if found is None else found[i][2] for found in values])


def _values(found: Figures) -> Iterator[tuple[str, str, str]]:
    trip, traits, rank = found.round_trip, found.attributes, found.rank_one
    yield f"round trip, undisturbed ({trip.avatars} avatars)", "≥ 0.95", _spread(trip, 0)
    yield "round trip, middle of the ladder", "≥ 0.85", _spread(trip, len(trip.overall) // 2)
    yield "round trip, top of the ladder", "", _spread(trip, -1)
    yield "photos with an avatar", "", f"{len(found.overlap)} of {len(found.photos)}"
    if traits is not None and rank is not None:
        detections = (
            ("glasses", "≥ 0.85", traits.glasses),
            ("hat", "≥ 0.7", traits.hat),
            ("open mouth", "≥ 0.85", traits.mouth_open),
        )
        for name, target, scored in detections:
            counts = f"{scored.both} of {scored.true} found, {scored.told - scored.both} false"
            yield f"{name} F1", target, f"{_number(scored.f1)} ({counts})"
        yield "hair length agreement", "≥ 0.75", f"{_number(traits.hair_length)} ({traits.faces} faces)"
        yield "skin ΔE2000", "≤ 5", _difference(traits.skin)
        yield "hair ΔE2000", "≤ 8", _difference(traits.hair)
        among = f"rank 1 of {avatar_overlap.AMONG}"
        yield among, "≥ 0.6", f"{rank.share:.3f} ± {rank.error:.3f} ({rank.faces} faces)"
    yield "overlap of face and avatar", "", _number(sum(found.overlap.values()) / len(found.overlap))
    yield "most frequent variant", "≤ 0.5", _most_frequent(found)
    for name, flips in found.steadiness.flips.items():
        between = _number(found.steadiness.people_flips)
        drift = _number(found.steadiness.drift_ratio[name])
        yield f"flips, drift ({name})", "", f"{_number(flips)} of {between}, {drift}"
    yield "time, ms", "< 400", f"{found.latency.total:.0f}"


def _details(found: Figures) -> Iterator[str]:
    yield from _round_trip(found)
    if found.attributes is not None:
        yield from _by_truth(found)
    yield from _variety(found)
    yield from _steadiness(found)
    latency = found.latency
    yield f"Time of {latency.photos} photos of {latency.megapixels:.1f} megapixels:"
    yield ""
    stages = [f"{ms:.0f}" for ms in (*latency.stages.values(), latency.total)]
    yield from _table(["stage", *latency.stages, "all"], [["ms", *stages]])
    yield ""
    if found.no_face:
        yield f"No avatar of: {', '.join(found.no_face)}"
        yield ""
    if found.no_truth:
        yield f"No face in the mask of: {', '.join(found.no_truth)}"
        yield ""


def _round_trip(found: Figures) -> Iterator[str]:
    trip = found.round_trip
    yield "Round trip, by part type and strength:"
    yield ""
    rows = [[kind, str(trip.counts[kind]), *map(_number, shares)] for kind, shares in trip.parts.items()]
    rows.append(["**all**", str(sum(trip.counts.values())), *map(_number, trip.overall)])
    rows += [
        [f"no {kind}, of those without", "", *map(_number, shares)] for kind, shares in trip.absent.items()
    ]
    yield from _table(["part", "count", *(f"{strength:g}" for strength in trip.strengths)], rows)
    yield ""


def _by_truth(found: Figures) -> Iterator[str]:
    traits = found.attributes
    assert traits is not None
    yield "Skin, by group of the true mask's colour:"
    yield ""
    groups = traits.skin_by_group
    rows = [["ΔE2000, mean", *(_number(each.mean, 1) for each in groups.values())]]
    rows.append(["median", *(_number(each.median, 1) for each in groups.values())])
    rows.append(["faces", *(str(each.count) for each in groups.values())])
    yield from _table(["", *groups], rows)
    yield ""
    yield "Hair length, faces by true length (rows) and the avatar's (columns):"
    yield ""
    counts = zip(LENGTHS, traits.hair_lengths, strict=True)
    yield from _table(["", *LENGTHS], [[true, *map(str, told)] for true, told in counts])
    yield ""


def _variety(found: Figures) -> Iterator[str]:
    yield f"Variants chosen for {len(found.overlap)} faces:"
    yield ""
    rows = []
    for kind, each in found.variety.items():
        used = f"{len(each.counts)} of {each.available}"
        bits = f"{each.entropy:.1f} of {math.log2(each.available):.1f}"
        listed = ", ".join(f"{variant} {count}" for variant, count in each.counts.items())
        share = _number(each.compared_share, 2)
        rows.append([kind, used, bits, f"{each.share:.2f}", str(each.compared), share, listed])
    header = ["part", "variants", "bits", "most frequent", "compared", "most frequent of these", "chosen"]
    yield from _table(header, rows)
    yield ""


def _steadiness(found: Figures) -> Iterator[str]:
    steady = found.steadiness
    names = list(steady.disturbed)
    yield f"Steadiness of {steady.faces} faces: flips, and drift divided by that between people:"
    yield ""
    rows = []
    for kind, people in steady.people.items():
        seen = [steady.disturbed[name][kind] for name in names]
        flips = [_number(each.flips) for each in seen]
        drift = [_number(divided(each.drift, people.drift)) for each in seen]
        rows.append([kind, str(steady.compared[kind]), *flips, _number(people.flips), *drift])
    header = [
        "part",
        "compared",
        *(f"flips, {n}" for n in names),
        "another person",
        *(f"drift, {n}" for n in names),
    ]
    yield from _table(header, rows)
    yield ""


def _most_frequent(found: Figures) -> str:
    half = len(found.overlap) / 2
    common = {
        kind: each.compared_share
        for kind, each in found.variety.items()
        if each.compared_share is not None and each.compared >= half
    }
    if not common:
        return ""
    kind = max(common, key=lambda kind: common[kind])
    return f"{common[kind]:.2f} ({kind})"


def _spread(trip: RoundTrip, rung: int) -> str:
    error = trip.errors[rung]
    return _number(trip.overall[rung]) + ("" if error is None else f" ± {error:.3f}")


def _difference(found: Difference) -> str:
    return f"{_number(found.mean, 1)} (median {_number(found.median, 1)}, {found.count} faces)"


def _number(value: float | None, digits: int = 3) -> str:
    return "–" if value is None else f"{value:.{digits}f}"


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    lines = [header, ["---"] + ["---:"] * (len(header) - 1), *rows]
    return [f"| {' | '.join(line)} |" for line in lines]
