"""Tables in the documents are those of the reports that are committed beside them."""

import re
import shlex
from pathlib import Path

import pytest

from emojax.evaluation.gan.pages import markdown

ROOT = Path(__file__).parent.parent


def test_the_readme_has_the_table_of_the_committed_reports(monkeypatch: pytest.MonkeyPatch) -> None:
    commands = re.findall(
        r"^    python -m emojax\.evaluation\.gan\.pages\.markdown (.+)$",
        (ROOT / "docs/gan.md").read_text(),
        re.MULTILINE,
    )
    assert commands
    monkeypatch.chdir(ROOT)
    for command in commands:
        markdown.main([*shlex.split(command), "--check"])
