"""The net reads words and their order, and nothing of the padding behind them."""

import jax
import numpy as np
import pytest

from emojax.models.text import tokens
from emojax.models.text.encoder import TextEncoder

NET = TextEncoder(counts=(2, 5, 3), features=8, heads=2, layers=1)


@pytest.fixture(scope="module")
def params() -> object:
    return jax.jit(NET.init)(jax.random.key(0), tokens.encode(["sad"])[None])


@pytest.fixture(scope="module")
def apply() -> object:
    return jax.jit(NET.apply)


def _rows(*texts: str) -> np.ndarray:
    return np.stack([tokens.encode(tokens.words(text)) for text in texts])


def test_a_logit_for_each_answer_of_each_slot(params, apply) -> None:  # type: ignore[no-untyped-def]
    logits = apply(params, _rows("heart eyes", "a tear", ""))
    assert logits.shape == (3, 10)
    assert np.isfinite(logits).all()


def test_words_and_their_order_matter_and_padding_does_not(params, apply) -> None:  # type: ignore[no-untyped-def]
    rows = _rows("tears no smile", "smile no tears", "tears no smile")
    a, b, same = np.asarray(apply(params, rows))
    assert np.abs(a - b).max() > 1e-4
    np.testing.assert_array_equal(a, same)
    # Words that are cut off behind the text change nothing.
    np.testing.assert_allclose(apply(params, rows[:1, :7]), a[None], atol=1e-5)
    # A text of fewer words is another one.
    assert np.abs(np.asarray(apply(params, _rows("tears no")))[0] - a).max() > 1e-4


def test_dropout_is_random_and_off_by_default(params) -> None:  # type: ignore[no-untyped-def]
    row = _rows("sad face")
    dropped = jax.jit(lambda key: NET.apply(params, row, dropout=0.5, rngs={"dropout": key}))
    one, two = (dropped(jax.random.key(i)) for i in (0, 1))
    assert np.abs(np.asarray(one) - np.asarray(two)).max() > 1e-4
