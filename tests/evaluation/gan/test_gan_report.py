"""``python -m emojax.evaluate gan`` writes figures beside those of real emoji, and the same bytes again."""

import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from evaluation.gan.conftest import COUNT, NAME
from evaluation.support import drawn_emoji
from evaluation.support.drawn_emoji import SIZE, Projection
from threadpoolctl import threadpool_limits

from emojax import evaluate
from emojax.core.errors import UserError
from emojax.evaluation.gan import meaning as gan_meaning
from emojax.evaluation.gan import report as gan_report
from emojax.evaluation.gan import schema
from emojax.evaluation.gan.pages import markdown
from emojax.evaluation.gan.samples import Samples


def test_every_figure_stands_beside_that_of_real_emoji(written_report: Path) -> None:
    report = schema.read(written_report)
    assert (report.name, report.samples, report.size) == (NAME, COUNT, SIZE)
    assert report.reference["emoji"] == 48
    for key, figure in report.figures.items():
        assert figure.real is not None, key
        assert figure.low is None or figure.low <= figure.value <= (figure.high or 0), key
    edges = report.figures["edge_quality"]
    assert edges.value < (edges.real or 0) - 0.05
    assert report.figures["copying_p/emoji_net"].value > 0.01


def test_the_same_command_writes_the_same_bytes(
    written_report: Path, drawn_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = {path.name: path.read_bytes() for path in written_report.iterdir()}
    assert {"report.json", "report.html", "report.md", "kid.png", "copies.png", "maps.png"} <= files.keys()
    Path("again").mkdir()
    Path("again/report.json").write_text("an earlier report, to be replaced as a whole")
    given = [f"--openmoji_dir={drawn_folder / 'openmoji'}", f"--samples={drawn_folder / 'samples'}"]
    with threadpool_limits(limits=1, user_api="blas"):  # as on a machine of one core
        evaluate.main(["gan", *given, f"--name={NAME}", "--out=again"])
    assert files == {path.name: path.read_bytes() for path in Path("again").iterdir()}
    assert capsys.readouterr().out.startswith((written_report / "report.md").read_text())


class _Page(HTMLParser):
    """Its tags, of which each must be closed, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "img", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_is_one_file_that_explains_itself(written_report: Path) -> None:
    text = (written_report / "report.html").read_text()
    page = _Page(text)
    assert not {"script", "link"} & {tag for tag, _ in page.tags}
    pictures = [attributes["src"] or "" for tag, attributes in page.tags if tag == "img"]
    assert all(source.startswith("data:image/png;base64,") for source in pictures)
    assert len(pictures) == len(list(written_report.glob("*.png")))
    assert not re.search(r"(?:src|href)=\"(?!data:)|url\(|@import|https?://", text)
    assert NAME not in text
    assert NAME in page.text
    for key, figure in schema.read(written_report).figures.items():
        assert gan_meaning.meaning(key).explanation in page.text
        assert gan_meaning.format_value(key, figure.value) in page.text


def test_markdown_has_every_figure_and_every_check(written_report: Path) -> None:
    report = schema.read(written_report)
    text = markdown.report(report)
    assert text.startswith(f"# {NAME}\n\n48 samples beside 48 real emoji (`smileys`).\n")
    assert text.endswith("\n")
    for key, figure in report.figures.items():
        cells = gan_meaning.title(key), gan_meaning.format_value(key, figure.value)
        assert f"| {' | '.join(cells)} |" in text
    for control in report.controls:
        for check in control.checks:
            assert f"| {control.name} | {gan_meaning.title(check.figure)} | " in text


def test_the_documents_reports_are_those_of_their_json() -> None:
    files = sorted((Path(__file__).parents[3] / "docs" / "gan").glob("*/report.json"))
    assert len(files) == 4
    for file in files:
        assert file.with_name("report.md").read_text() == markdown.report(schema.read(file)), file


@pytest.mark.parametrize(
    ("key", "value", "beside", "text"),
    [
        ("kid/emoji_net", 0.10396, None, "0.1040"),
        ("kid/emoji_net", -0.0169, None, "−0.0169"),
        ("kid/emoji_net", 9.99, None, "9.9900"),
        ("kid/emoji_net", 12.5811, None, "12.581"),
        ("kid/emoji_net", 1234.56, None, "1234.6"),
        ("kid/emoji_net", 0.5, 12.5, "0.500"),
        ("kid/emoji_net", 0.0, None, "0.0000"),
        ("speckle", 123.4, None, "123"),
        ("precision/emoji_net", 0.1234, None, "12.3 %"),
        ("precision/emoji_net", 1.0, None, "100.0 %"),
        ("ssim", None, None, "–"),
    ],
)
def test_values_have_few_digits(key: str, value: float | None, beside: float | None, text: str) -> None:
    assert gan_meaning.format_value(key, value, beside=beside) == text


def test_copies_are_called_so() -> None:
    reference = drawn_emoji.reference(held_out=4)
    copied = np.concatenate([reference.images, reference.images])[:COUNT]
    evaluation = gan_report.evaluate(Samples("s", copied), reference, [Projection()], seed=0)
    figures = evaluation.report.figures
    assert figures["copying_p/emoji_net"].value < 0.01
    assert figures["near_copies/emoji_net"].value == 1.0
    assert figures["copying_ratio/emoji_net"].value == 0.0
    assert evaluation.report.copies[:2] == [(0, reference.hexcodes[0], 0.0), (1, reference.hexcodes[1], 0.0)]
    assert evaluation.held_out_distances.min() > 0.0


def test_too_few_emoji_are_refused() -> None:
    samples = Samples("s", drawn_emoji.pictures(range(COUNT)))
    with pytest.raises(UserError, match="39 emoji are too few"):
        gan_report.evaluate(samples, drawn_emoji.reference(39), [Projection()], seed=0)
