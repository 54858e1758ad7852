"""Reports' templates escape HTML alone, and refuse missing values."""

from pathlib import Path

import jinja2
import pytest

from emojax.evaluation import templates

TEXT = "{% if true %}\n<b>{{ name }}</b>\n{% endif %}\n"


@pytest.mark.parametrize(
    ("file", "name"), [("page.html", "&lt;i&gt;"), ("page.md", "<i>"), ("page.md.jinja", "<i>")]
)
def test_values_are_escaped_in_html_alone(tmp_path: Path, file: str, name: str) -> None:
    (tmp_path / file).write_text(TEXT)
    template = templates.environment(tmp_path).get_template(file)
    assert template.render(name="<i>") == f"<b>{name}</b>\n", "and lines with tags alone leave nothing behind"


def test_a_missing_value_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(TEXT)
    with pytest.raises(jinja2.UndefinedError, match="name"):
        templates.environment(tmp_path).get_template("page.html").render()
