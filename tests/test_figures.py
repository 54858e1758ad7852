"""Every figure of avatars and the face parser in documents is that of a stored report."""

import re
from pathlib import Path

import pytest

from emojax import evaluate
from emojax.core.errors import UserError

ROOT = Path(__file__).parent.parent
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]

_TIED = re.compile(r"<!-- table .*?<!-- /table -->|[-−\d.,]+ ?%?<!-- figure [^>]+-->", re.DOTALL)
_CODE = re.compile(r"^    .*$|`[^`]*`", re.MULTILINE)


def test_documents_have_the_figures_of_the_stored_reports() -> None:
    evaluate.main(["tables", *map(str, DOCUMENTS), "--check"])


@pytest.mark.parametrize("marker", ["<!-- table avatars", "<!-- figure avatars/flat.json"])
def test_a_figure_that_differs_is_noticed(marker: str, tmp_path: Path) -> None:
    text = (ROOT / "docs/avatars.md").read_text().replace("avatars/", f"{ROOT}/docs/avatars/")
    text = text.replace(" parser/", f" {ROOT}/docs/parser/")
    page = tmp_path / "page.md"
    page.write_text(text)
    evaluate.main(["tables", str(page), "--check"])
    place = text.index(marker.replace("avatars/", f"{ROOT}/docs/avatars/"))
    digit = (
        re.compile(r"0\.\d+").search(text, place).start() + 2  # type: ignore[union-attr]
        if "table" in marker
        else place - 1
    )
    page.write_text(text[:digit] + str((int(text[digit]) + 1) % 10) + text[digit + 1 :])
    with pytest.raises(UserError, match=r"page\.md: line \d+ is not what the stored reports say"):
        evaluate.main(["tables", str(page), "--check"])


def test_the_page_on_avatars_has_no_measured_figure_of_its_own() -> None:
    text = (ROOT / "docs/avatars.md").read_text()
    left = re.findall(r"\d+\.\d+", _CODE.sub("", _TIED.sub("", text)))
    # Settings of the measurement, and the rough size of a step.
    assert sorted(left) == ["0.1", "0.5", "0.5", "0.5"]
