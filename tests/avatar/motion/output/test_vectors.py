"""What is said of extractors: steady ones that tell changes apart get a high ratio."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from emojax.avatar.motion.output.vectors import Track, judge, unit

CLOSED, OPEN = {"mouth": "closed_neutral"}, {"mouth": "open_wide"}


def track(rows: np.ndarray) -> Any:
    """Of a library of one part type with two variants along the first two axes."""
    embeddings = np.eye(2, rows.shape[-1], dtype=np.float32)[None]
    library = SimpleNamespace(
        types=("mouth",), variants=(("shut", "wide"),), embeddings=embeddings, present=np.ones((1, 2), bool)
    )
    return Track(SimpleNamespace(name="x"), library, [row[None].astype(np.float16) for row in rows])  # type: ignore[arg-type]


def series(*, noise: float, gap: float) -> np.ndarray:
    rng = np.random.default_rng(0)
    rows = np.zeros((40, 8), np.float32)
    rows[:, 0] = 1
    rows[20:, 1] = gap
    return rows + noise * rng.standard_normal(rows.shape)


WORDS_SHOWN = [CLOSED] * 20 + [OPEN] * 20


def test_signal_by_jitter() -> None:
    good = judge(track(series(noise=0.01, gap=1.0)), WORDS_SHOWN)["mouth"]
    shaky = judge(track(series(noise=0.1, gap=1.0)), WORDS_SHOWN)["mouth"]
    blind = judge(track(series(noise=0.01, gap=0.0)), WORDS_SHOWN)["mouth"]
    assert good.signal == pytest.approx(1 - 0.5**0.5, abs=0.02)
    assert good.ratio is not None
    assert shaky.ratio is not None
    assert blind.ratio is not None
    assert good.ratio > 20 * shaky.ratio
    assert good.ratio > 50 * blind.ratio
    assert good.ratio == pytest.approx(good.signal / good.jitter)


def test_flips_are_changes_of_the_nearest_drawing_while_nothing_changes() -> None:
    rows = np.zeros((40, 8), np.float32)
    rows[:, 0] = 1
    rows[7, 1] = 2
    found = judge(track(rows), [CLOSED] * 40)["mouth"]
    assert found.flips == pytest.approx(100 * 2 / 39)
    assert found.signal is None
    assert found.ratio is None


def test_hidden_parts_are_not_compared() -> None:
    rows = series(noise=0.0, gap=1.0)
    rows[5:8] = 0
    found = judge(track(rows), WORDS_SHOWN)["mouth"]
    assert found.jitter == pytest.approx(0, abs=1e-6)
    assert judge(track(np.zeros((40, 8), np.float32)), WORDS_SHOWN)["mouth"].jitter is None


def test_the_avatars_vectors_are_those_of_its_drawings() -> None:
    drawn = track(series(noise=0.0, gap=1.0)).drawn([{"mouth": "wide"}, {"mouth": "none"}, {}])
    np.testing.assert_array_equal(drawn[0, 0], np.eye(2, 8)[1])
    assert not drawn[1:].any()
    assert np.linalg.norm(unit(np.asarray([[3.0, 4.0], [0.0, 0.0]])), axis=1).tolist() == [1.0, 0.0]
