"""Properties of the readers of strangers' files, for whatever values hypothesis finds."""

import json
import math
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from emojax.core import untrusted
from emojax.core.errors import MAX_LENGTH, UserError

_TEXTS = st.text(st.characters(codec="utf-8"), max_size=20)
_NUMBERS = st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False, allow_infinity=False)
_DOCUMENTS = st.recursive(
    st.none() | st.booleans() | _NUMBERS | _TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_TEXTS, inner, max_size=4),
    max_leaves=12,
)


@given(_DOCUMENTS, st.booleans(), st.booleans())
def test_plain_json_comes_back_as_it_was(content: Any, escaped: bool, marked: bool) -> None:
    text = json.dumps(content, ensure_ascii=escaped)
    assert untrusted.parse_json(text, "a") == content
    assert untrusted.parse_json((b"\xef\xbb\xbf" if marked else b"") + text.encode(), "a") == content


@given(st.binary(max_size=60) | st.text(max_size=60))
def test_anything_else_is_one_line_or_plain(document: str | bytes) -> None:
    try:
        content = untrusted.parse_json(document, "a file")
    except UserError as error:
        line = str(error)
    else:
        assert json.loads(json.dumps(content, allow_nan=False)) == content
        return
    assert line.startswith("a file: is ")


@given(st.integers(-(10**40), 10**40) | st.floats())
def test_numbers_are_read_exactly_if_they_fit_a_type(number: float) -> None:
    fits = -(2**63) <= number < 2**64 if isinstance(number, int) else math.isfinite(number)
    try:
        assert untrusted.parse_json(json.dumps(number), "a") == number
        assert fits
    except UserError:
        assert not fits


@given(st.text())
def test_errors_are_one_line_that_changes_no_terminal(message: str) -> None:
    line = str(UserError(message))
    assert len(line) <= MAX_LENGTH + 3
    assert not any(ord(character) < 32 or 126 < ord(character) < 160 for character in line)
    assert len(line.splitlines()) <= 1
