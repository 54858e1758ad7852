"""The round trip of makers that know, err and guess, and what counts in it."""

import json
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
import pytest
from avatar.support import tiny_style

from emojax.avatar.datasets import drawn_parts
from emojax.avatar.faces import alignment
from emojax.avatar.faces.detection import Box
from emojax.avatar.faces.portraits import Portrait
from emojax.avatar.matching.choosing import Choice, Part
from emojax.avatar.reading.placement import SEGMENTS
from emojax.avatar.styles import style
from emojax.avatar.styles.style import Style
from emojax.evaluation.avatar import corruption, round_trip
from emojax.evaluation.avatar.round_trip import RoundTrip

COUNT = 24
_DRAWINGS: dict[tuple[str, int, int], Portrait] = {}
_CORRUPT = corruption.corrupt
Answer = Callable[[int, dict[str, str]], Mapping[str, str]]
"""From the number of an avatar and its parts to those parts that are answered otherwise."""


@pytest.fixture(scope="module")
def twins(tmp_path_factory: pytest.TempPathFactory) -> Style:
    """A style with eight heads, of which the first two are the same drawing, and two hats."""
    folder = tiny_style.write(tmp_path_factory.mktemp("style") / "tiny")
    manifest = json.loads((folder / "style.json").read_text())
    head = manifest["parts"]["head"]["variants"]
    for i, name in enumerate(["twin", "b", "c", "d", "e", "f", "g"]):
        head[name] = {}
        drawing = tiny_style.SHAPES["head"].replace("V282H", f"V{282 - 12 * i}H")
        (folder / "parts" / "head" / f"{name}.svg").write_text(tiny_style.part(drawing))
    manifest["parts"]["hat"]["variants"]["none"] = {"hat": False}
    manifest["parts"]["hat"]["default"] = "none"
    (folder / "parts" / "hat" / "none.svg").write_text(tiny_style.part(""))
    (folder / "style.json").write_text(json.dumps(manifest))
    return style.load(folder)


@pytest.fixture(autouse=True)
def _drawn_once(twins: Style, monkeypatch: pytest.MonkeyPatch) -> None:
    """What takes longest: people are drawn once for all tests, and corrupted for the one that needs it."""
    draw = drawn_parts.portrait

    def portrait(each: Style, index: int, seed: int) -> Portrait:
        key = (each.name, index, seed)
        if key not in _DRAWINGS:
            _DRAWINGS[key] = draw(each, index, seed)
        return _DRAWINGS[key]

    monkeypatch.setattr(drawn_parts, "portrait", portrait)
    monkeypatch.setattr(corruption, "corrupt", lambda portrait, severity, rng: portrait)


def _drawn(each: Style, index: int, seed: int) -> dict[str, str]:
    default = {name: part.default for name, part in each.parts.items()}
    return default | drawn_parts.person(each, index, seed)[0]


class _Maker(NamedTuple):
    """Stands for an `AvatarMaker`: knows what was drawn, in the order drawn, and answers by a rule."""

    style: Style
    library: SimpleNamespace
    answer: Answer
    hidden: frozenset[str]
    seed: int
    calls: list[list[Portrait]]

    def choose(self, portraits: list[Portrait], *, drawn: bool) -> list[Choice]:
        assert drawn
        # Avatars come in batches, and those of a batch once for each severity.
        batch = len(self.calls) // 2 * len(portraits)
        self.calls.append(portraits)
        choices: list[Any] = []
        for i in range(len(portraits)):
            choice = _drawn(self.style, batch + i, self.seed)
            parts = {name: Part(v) for name, v in (choice | self.answer(batch + i, choice)).items()}
            shown = [each for name in SEGMENTS if name not in self.hidden for each in SEGMENTS[name]]
            choices.append(Choice(dict.fromkeys(shown), None, parts))  # type: ignore[arg-type]
        return choices


def _maker(twins: Style, answer: Answer, *, hidden: str = "", seed: int = 0) -> Any:
    heads = tuple(twins.parts["head"].variants)
    library = SimpleNamespace(types=("head", "hat"), variants=(heads, ("one",)))
    return _Maker(twins, library, answer, frozenset(hidden.split()), seed, [])


def _trip(twins: Style, answer: Answer, **kwargs: Any) -> RoundTrip:
    maker = _maker(twins, answer, **kwargs)
    return round_trip.round_trip(maker, count=COUNT, seed=maker.seed, severities=(0.0, 0.5))


def _always(**parts: str) -> Answer:
    return lambda index, drawn: parts


def test_who_knows_what_was_drawn_has_it_all(twins: Style) -> None:
    right = _trip(twins, _always())
    assert (right.avatars, right.severities) == (COUNT, (0.0, 0.5))
    assert right.overall == [1, 1]
    assert right.errors == [0, 0]
    hats = sum(_drawn(twins, i, 0)["hat"] == "one" for i in range(COUNT))
    assert 0 < hats < COUNT
    assert right.counts == {"head": COUNT, "hat": hats}
    assert right.parts == {"head": [1, 1], "hat": [1, 1]}
    assert right.absent == {"hat": [1, 1]}


def test_who_guesses_has_an_eighth(twins: Style) -> None:
    rng, heads = np.random.default_rng(0), list(twins.parts["head"].variants)
    chance = _trip(twins, lambda index, drawn: {"head": str(rng.choice(heads))}).parts["head"]
    assert all(share is not None and share < 0.4 for share in chance)


def test_variants_that_look_the_same_count_as_one(twins: Style) -> None:
    swap = {"one": "twin", "twin": "one"}
    swapped = _trip(twins, lambda i, drawn: {"head": swap.get(drawn["head"], drawn["head"])})
    assert swapped.parts["head"] == [1, 1]
    wrong = _trip(twins, lambda i, drawn: {"head": "b" if drawn["head"] in swap else drawn["head"]})
    missed = sum(_drawn(twins, i, 0)["head"] in swap for i in range(COUNT))
    assert wrong.parts["head"] == [pytest.approx(1 - missed / COUNT)] * 2
    assert wrong.overall == [pytest.approx(1 - missed / sum(wrong.counts.values()))] * 2


def test_hats_found_where_there_are_none_count_apart(twins: Style) -> None:
    seen = _trip(twins, _always(hat="one"))
    assert seen.absent == {"hat": [0, 0]}
    assert seen.overall == [1, 1]
    blind = _trip(twins, _always(hat="none"))
    assert blind.absent == {"hat": [1, 1]}
    assert blind.parts["hat"] == [0, 0]


def test_parts_of_which_nothing_is_visible_do_not_count(twins: Style) -> None:
    found = _trip(twins, _always(head="b"), hidden="head")
    assert found.counts["head"] == 0
    assert found.parts["head"] == [None, None]
    assert found.overall == [1, 1]  # of the hats


def test_only_corrupted_portraits_differ_and_the_seed_says_how(
    twins: Style, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(round_trip, "_BATCH", 8)
    monkeypatch.setattr(corruption, "corrupt", _CORRUPT)
    first, again, other = (_maker(twins, _always(), seed=seed) for seed in (0, 0, 1))
    for maker in (first, again, other):
        found = round_trip.round_trip(maker, count=COUNT, seed=maker.seed, severities=(0.0, 0.5))
        assert found.overall == [1, 1]  # no avatar is taken for another of its batch or of the next
    assert [len(portraits) for portraits in first.calls] == [8] * 6
    drawn = [drawn_parts.portrait(twins, i, 0) for i in range(8)]
    for plain, clean, corrupted in zip(drawn, *first.calls[:2], strict=True):
        np.testing.assert_array_equal(clean.labels, plain.labels)
        np.testing.assert_array_equal(clean.pixels, plain.pixels)
        assert (corrupted.pixels != plain.pixels).mean() > 0.5
    for one, two in zip(first.calls, again.calls, strict=True):
        assert all(np.array_equal(a.pixels, b.pixels) for a, b in zip(one, two, strict=True))
    noise = [each.calls[1][0].pixels.astype(int) - each.calls[0][0].pixels for each in (first, other)]
    assert not np.array_equal(*noise)
    with pytest.raises(ValueError, match=r"first severity is 0\.5"):
        round_trip.round_trip(first, count=1, seed=0, severities=(0.5,))


def test_corrupted_faces_are_aligned_again_to_where_the_style_has_them(
    twins: Style, monkeypatch: pytest.MonkeyPatch
) -> None:
    squares = iter([Box(9.0, 5.0, 90.0), None, Box(1.0, 6.0, 100.0), Box(2.0, 7.0, 80.0)])
    monkeypatch.setattr(round_trip, "_BATCH", 4)
    monkeypatch.setattr(alignment, "fit_square", lambda labels: next(squares))
    aligned: list[tuple[Portrait, Box]] = []
    back = Portrait(np.zeros((306, 306, 3), np.uint8), np.zeros((306, 306), np.uint8))

    def realigned(portrait: Portrait, reference: Box) -> Portrait:
        aligned.append((portrait, reference))
        return back

    monkeypatch.setattr(round_trip, "realigned", realigned)
    maker = _maker(twins, _always())
    round_trip.round_trip(maker, count=8, seed=0, severities=(0.0, 0.5))
    # The median of the first batch's faces, for all batches; only what was corrupted is aligned.
    assert [reference for _, reference in aligned] == [Box(2.0, 6.0, 90.0)] * 8
    assert [call[0] is back for call in maker.calls] == [False, True, False, True]


def test_shares_and_errors_of_no_tries_are_none() -> None:
    hits, tries = np.array([[1, 0], [3, 0]]), np.array([[2, 0], [4, 0]])
    assert round_trip.shares(hits, tries) == [pytest.approx(4 / 6), None]
    assert round_trip.errors(hits, tries)[1] is None
    assert round_trip.errors(np.ones((1, 2), int), np.ones((1, 2), int)) == [None, None]


def test_standard_errors_are_those_of_avatars() -> None:
    rng = np.random.default_rng(0)
    shares = [round_trip.shares(*_tally(rng))[0] for _ in range(400)]
    errors = [round_trip.errors(*_tally(rng))[0] for _ in range(50)]
    assert np.mean(np.asarray(errors, float)) == pytest.approx(np.std(np.asarray(shares, float)), rel=0.1)
    # Where all have as many tries it is the standard error of a mean.
    hits = np.array([[3], [1], [2], [3]])
    expected = (hits / 4).std(ddof=1) / 2
    assert round_trip.errors(hits, np.full((4, 1), 4)) == [pytest.approx(expected)]


def _tally(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Of 60 avatars the parts right and tried: all parts of one are right together or not."""
    tries = rng.integers(3, 9, (60, 1))
    return tries * (rng.random((60, 1)) < 0.7), tries


def test_what_was_moved_is_aligned_again_and_what_hardly_moved_is_left() -> None:
    flat = style.load(style.find("flat"))
    drawn = drawn_parts.portrait(flat, 3, seed=0)
    reference = alignment.fit_square(drawn.labels)
    assert reference is not None
    assert round_trip.realigned(drawn, reference) is drawn
    step = (np.arange(306) - 152.5) / 1.1
    rows, columns = (np.clip(np.rint(step + 152.5 + off), 0, 305).astype(int) for off in (12, -9))
    moved = Portrait(drawn.pixels[rows][:, columns], drawn.labels[rows][:, columns])
    back = round_trip.realigned(moved, reference)
    inner = slice(30, 276)
    agreement = np.mean((back.labels == drawn.labels)[inner, inner])
    assert agreement > 0.97
    assert agreement > np.mean((moved.labels == drawn.labels)[inner, inner]) + 0.05
    assert abs(back.pixels.astype(int) - drawn.pixels)[inner, inner].mean() < 6
    assert back.labels.dtype == np.uint8
    assert set(np.unique(back.labels)) <= set(np.unique(drawn.labels))
    nothing = Portrait(drawn.pixels, np.zeros_like(drawn.labels))
    assert round_trip.realigned(nothing, reference) is nothing
