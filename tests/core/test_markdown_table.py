"""Tables that GitHub-flavoured Markdown reads as they are meant."""

import pytest

from emojax.core.markdown import table


def test_names_are_to_the_left_and_figures_to_the_right() -> None:
    assert table(["figure", "a", "b"], [["KID", "0.1", "0.2"]]) == (
        "| figure | a | b |\n| --- | ---: | ---: |\n| KID | 0.1 | 0.2 |"
    )
    assert table(["only"], []) == "| only |\n| --- |"


def test_each_column_has_its_side() -> None:
    assert table(["a", "b", "c"], [], ["center", "left", "right"]).splitlines()[1] == "| :---: | --- | ---: |"


def test_what_would_end_a_cell_is_escaped() -> None:
    lines = table(["x|y"], [["two\nlines"], ["a|b|c"]]).splitlines()
    assert lines == ["| x\\|y |", "| --- |", "| two lines |", "| a\\|b\\|c |"]


@pytest.mark.parametrize(
    ("rows", "align"), [([["a"]], None), ([["a", "b", "c"]], None), ([["a", "b"]], ["left"])]
)
def test_rows_of_another_length_are_refused(rows: list[list[str]], align: list[str] | None) -> None:
    with pytest.raises(ValueError, match="x, y has a row of another length"):
        table(["x", "y"], rows, align)
