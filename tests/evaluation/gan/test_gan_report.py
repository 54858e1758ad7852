"""``python -m emojax.evaluate gan``: known faults are seen, nothing is made up, the same again."""

import dataclasses
import html
import json
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from evaluation.support import drawn_emoji
from evaluation.support.drawn_emoji import SIZE, Projection
from threadpoolctl import threadpool_limits

from emojax import evaluate
from emojax.core.errors import UserError
from emojax.data.openmoji import labels
from emojax.evaluation.gan import controls as gan_controls
from emojax.evaluation.gan import history as gan_history
from emojax.evaluation.gan import json_form
from emojax.evaluation.gan import meaning as gan_meaning
from emojax.evaluation.gan import reference as gan_reference
from emojax.evaluation.gan import report as gan_report
from emojax.evaluation.gan import samples as gan_samples
from emojax.evaluation.gan.pages import pictures as gan_pictures
from emojax.evaluation.gan.samples import Samples
from emojax.evaluation.measures import features
from emojax.media import grids, image
from emojax.training.gan.validation import Progress

COUNT = 48
ROOT = Path(__file__).parents[3]
NAME = "<b>mine</b> & yours"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """OpenMoji of our own, and samples that are blurred but not of it."""
    root = tmp_path_factory.mktemp("gan")
    drawn_emoji.write_folder(root / "openmoji")
    new = gan_controls.blurred(drawn_emoji.pictures(range(150, 150 + COUNT)))
    for number, picture in enumerate(new):
        image.save_png(root / "samples" / f"{number:04d}.png", picture)
    image.save_png(root / "samples" / "grid.png", grids.grid(new))
    return root


def _plug(patch: pytest.MonkeyPatch) -> None:
    """Features and controls that take no time; the real ones have tests of their own."""
    patch.setattr(features, "emoji_net", lambda path=None: Projection())
    patch.setattr(features, "random_cnn", lambda: Projection("random_cnn", "another"))
    patch.setattr(gan_controls, "HALVINGS", 2)


@pytest.fixture(autouse=True)
def _own_features(shared_cache: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    _plug(monkeypatch)
    monkeypatch.chdir(tmp_path)


def _judge(folder: Path, *flags: str) -> None:
    evaluate.main(["gan", f"--openmoji_dir={folder / 'openmoji'}", *flags])


@pytest.fixture(scope="module")
def written(folder: Path) -> Path:
    """A report of samples that are blurred, and have no other fault."""
    with pytest.MonkeyPatch.context() as patch:
        _plug(patch)
        _judge(folder, f"--samples={folder / 'samples'}", f"--name={NAME}", f"--out={folder / 'report'}")
    return folder / "report"


def test_every_figure_stands_beside_that_of_real_emoji(written: Path) -> None:
    report = json_form.read(written)
    assert (report.name, report.samples, report.size) == (NAME, COUNT, SIZE)
    assert report.reference["emoji"] == 48
    for key, figure in report.figures.items():
        assert figure.real is not None, key
        assert figure.low is None or figure.low <= figure.value <= (figure.high or 0), key
    edges = report.figures["edge_quality"]
    assert edges.value < (edges.real or 0) - 0.05
    assert report.figures["copying_p/emoji_net"].value > 0.01


def test_the_same_command_writes_the_same_bytes(
    written: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = {path.name: path.read_bytes() for path in written.iterdir()}
    assert {"report.json", "report.html", "report.md", "kid.png", "copies.png", "maps.png"} <= files.keys()
    Path("again").mkdir()
    Path("again/report.json").write_text("an earlier report, to be replaced whole")
    with threadpool_limits(limits=1, user_api="blas"):  # as on a machine of one core
        _judge(folder, f"--samples={folder / 'samples'}", f"--name={NAME}", "--out=again")
    assert files == {path.name: path.read_bytes() for path in Path("again").iterdir()}
    assert capsys.readouterr().out.startswith((written / "report.md").read_text())


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in ("meta", "img", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_is_one_file_that_explains_itself(written: Path) -> None:
    text = (written / "report.html").read_text()
    page = _Tags()
    page.feed(text)
    page.close()
    assert not page.open
    tags = [tag for tag, _ in page.seen]
    assert "script" not in tags
    assert "link" not in tags
    pictures = [attributes["src"] or "" for tag, attributes in page.seen if tag == "img"]
    assert all(source.startswith("data:image/png;base64,") for source in pictures)
    assert len(pictures) == len(list(written.glob("*.png")))
    assert not re.search(r"(?:src|href)=\"(?!data:)|url\(|@import|https?://", text)
    assert NAME not in text
    assert html.escape(NAME) in text
    for key in json_form.read(written).figures:
        assert gan_meaning.meaning(key).means in page.text


def test_a_run_is_judged_with_its_history() -> None:
    """Not from a checkpoint, which training's own tests restore, but with all that lies beside one."""
    workdir = Path("run")
    workdir.mkdir()
    rows = [
        {"step": 10, "d_loss": 0.1, "g_loss": 5.0, "d_real": 0.99, "d_fake": 0.01},
        {"step": 20, "d_loss": 0.6, "g_loss": 1.0, "d_real": 0.6, "d_fake": 0.4},
        {"step": 20, "val_kid": 0.25},
        {"step": 30, "d_loss": 0.9, "g_loss": 0.5, "d_real": 0.5, "d_fake": 0.7},
        {"step": 40, "d_loss": 0.2, "g_loss": 4.0, "d_real": 0.9, "d_fake": 0.1},
    ]
    lines = [json.dumps(row) for row in rows]
    (workdir / "metrics.jsonl").write_text("\n".join([*lines, '{"step": 50, "d_lo']))
    (workdir / "config.json").write_text('{"batch_size": 16}')
    tiles = drawn_emoji.pictures(range(7))
    for step in (10, 40):
        image.save_png(workdir / "samples" / f"{step:08d}.png", grids.grid(tiles[: step // 10 + 3]))
    history = gan_history.read_metrics(workdir)
    assert history.steps == [10, 20, 30, 40]
    assert history.phases == {"discriminator leads": 0.5, "balanced": 0.25, "generator leads": 0.25}
    assert history.scores == {"kid": [(20, 0.25)]}
    found = gan_history.read_grids(workdir, size=SIZE)
    np.testing.assert_array_equal(found[10], tiles[:4])
    np.testing.assert_array_equal(found[40], tiles)
    with pytest.raises(UserError, match="no grid of 64 px pictures"):
        gan_history.read_grids(workdir, size=64)

    reference = drawn_emoji.reference()
    judged = gan_report.judge(
        Samples("run", drawn_emoji.pictures(range(150, 150 + COUNT))),
        reference,
        [Projection()],
        seed=0,
        run=gan_report.Run(16, history, found),
    )
    assert judged.run is not None
    assert judged.report.phases == history.phases
    assert judged.report.ssim_over_epochs == [(10, pytest.approx(1.0)), (40, pytest.approx(1.0))]
    pictures = dict(gan_pictures.of_run(judged.report, judged.run))
    assert pictures.keys() == {"losses", "ssim", "progress"}
    assert all(data.startswith(b"\x89PNG") for data in pictures.values())

    (workdir / "metrics.jsonl").write_text("[1]\n" + lines[0])
    with pytest.raises(UserError, match=r"metrics.jsonl: line 1 is no row"):
        gan_history.read_metrics(workdir)


def test_the_controls_are_ranked_right(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    samples = Samples("new", drawn_emoji.pictures(range(150, 194), 64))
    extractors = [features.emoji_net(), features.random_cnn()]
    report = gan_report.judge(samples, drawn_emoji.reference(44, size=64), extractors, seed=0).report
    assert [control.name for control in report.controls if not control.right] == []
    by_name = {control.name: control.figures for control in report.controls}
    copied, repeated, real = by_name["copied"], by_name["one repeated"], by_name["held-out real"]
    kids = {
        (control.name, check.figure): check.right
        for control in report.controls
        for check in control.checks
        if check.figure.startswith("kid/")
    }
    assert kids["noisy", "kid/random_cnn"]
    assert kids["blurred", "kid/random_cnn"]
    assert kids["blurred", "kid/emoji_net"]
    for extractor in report.extractors:
        assert copied[f"copying_ratio/{extractor}"] == 0.0
        assert copied[f"kid/{extractor}"] < real[f"kid/{extractor}"]  # which alone would call a copy perfect
        assert repeated[f"coverage/{extractor}"] < 0.5 * real[f"coverage/{extractor}"]


@pytest.mark.network
def test_the_controls_are_ranked_right_on_openmoji(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    reference = gan_reference.load("smileys", size=64)
    assert (len(reference.images), len(reference.held_out)) == (108, 5)
    extractors = [features.emoji_net(), features.random_cnn()]
    judged = gan_report.judge(Samples("real", reference.images), reference, extractors, seed=0)
    assert all(control.right for control in judged.report.controls)
    # New faces by the same artists are as far from those 108 as these are from each other.
    assert 0.5 < judged.held_out.mean() / judged.among_real.mean() < 2.0


def test_a_judge_that_sees_nothing_is_found_out() -> None:
    """The controls fail an extractor that gives every picture the same features, but for noise of its own."""

    def blind(images: np.ndarray) -> np.ndarray:
        noise = np.random.RandomState(len(images)).standard_normal((len(images), 16))
        return noise.astype(np.float32)

    controls = gan_controls.run(
        drawn_emoji.pictures(range(48)),
        {"blind": blind},
        lambda known, found: dict.fromkeys(("ssim", "speckle", "edge_quality"), 0.5),
        seed=0,
    )
    assert {control.name for control in controls if not control.right} >= {"blurred", "noisy"}


def test_copies_are_called_so() -> None:
    reference = drawn_emoji.reference(held_out=4)
    copied = np.concatenate([reference.images, reference.images])[:COUNT]
    judged = gan_report.judge(Samples("s", copied), reference, [Projection()], seed=0)
    figures = judged.report.figures
    assert figures["copying_p/emoji_net"].value < 0.01
    assert figures["near_copies/emoji_net"].value == 1.0
    assert figures["copying_ratio/emoji_net"].value == 0.0
    assert judged.report.copies[:2] == [(0, reference.hexcodes[0], 0.0), (1, reference.hexcodes[1], 0.0)]
    assert judged.held_out.min() > 0.0


@dataclasses.dataclass(frozen=True)
class _Drawer:
    """A conditional generator that draws what it is asked for, or always its first label."""

    labels: labels.LabelTable | None
    obeys: bool

    def latents(self, seed: int, indices: range) -> np.ndarray:
        return np.random.RandomState(seed).standard_normal((len(indices), 1)).astype(np.float32)

    def one_hot(self, numbers: list[int]) -> np.ndarray:
        assert self.labels is not None
        return np.eye(len(self.labels), dtype=np.float32)[numbers]

    def draw(self, latents: np.ndarray, classes: np.ndarray | None = None) -> np.ndarray:
        assert classes is not None
        numbers = classes.argmax(1) if self.obeys else np.zeros(len(classes), int)
        faces = drawn_emoji.pictures(range(48))[numbers]
        return np.clip(faces + np.abs(latents[..., None, None]), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("obeys", [True, False])
def test_labels_are_asked_for_in_turn_and_recognised(obeys: bool) -> None:
    reference = drawn_emoji.reference()
    table = labels.LabelTable(
        tuple(labels.Label(hexcode, "", f"n{hexcode}", "") for hexcode in ("1FFFF", *reference.hexcodes))
    )
    shifted = _Drawer(labels.LabelTable(table.labels[1:]), obeys)
    assert gan_samples.side(shifted) == SIZE
    samples = gan_samples.draw(shifted, name="c", count=96, seed=0, among=set(reference.hexcodes))
    assert samples.wanted == reference.hexcodes * 2
    report = gan_report.judge(samples, reference, [Projection()], seed=0).report
    accuracy = report.figures["label_accuracy/emoji_net"].value
    assert accuracy == 1.0 if obeys else accuracy == pytest.approx(1 / 48)
    with pytest.raises(UserError, match="has no label among the emoji"):
        gan_samples.draw(shifted, name="c", count=9, seed=0, among={"1F600"})
    with pytest.raises(UserError, match="--count is 10001"):
        gan_samples.draw(shifted, name="c", count=10_001, seed=0, among=set(reference.hexcodes))


def test_progress_tells_copies_and_noise_from_new_emoji() -> None:
    known, new = drawn_emoji.pictures(range(48)), drawn_emoji.pictures(range(150, 182))
    progress = Progress.load(known)
    noise = gan_controls.noisy(gan_controls.noisy(new, np.random.default_rng(0)), np.random.default_rng(1))
    scores = {
        "new": progress.scores(new),
        "copied": progress.scores(known[:32]),
        "noisy": progress.scores(noise),
    }
    assert scores["new"] == progress.scores(new)
    assert abs(scores["new"]["kid"]) < scores["noisy"]["kid"]
    assert scores["copied"]["copying_ratio"] == 0.0 < 0.5 < scores["new"]["copying_ratio"]
    assert scores["copied"]["near_copies"] == 1.0
    assert scores["copied"]["ssim"] == pytest.approx(1.0)
    assert 0.99 > scores["new"]["ssim"] > scores["noisy"]["ssim"]


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        (["--samples={root}/samples", "--count=23"], "FD needs at least 24 samples, not 23"),
        (["--samples=few"], "FD needs at least 24 samples, not 1"),
        (["--samples=nowhere"], "--samples nowhere: no such folder"),
        (["--samples=none"], "holds no PNG files"),
        (["--samples=few", "--count=5"], "holds 1 PNG files, and --count asks for 5"),
        (["--samples=mixed"], "b.png: is 48x48, but a.png is 32x32"),
        (["--samples=wide"], "a.png: is 64x32; samples are squares"),
        (["--samples=text"], "a.png: is not a picture"),
        (["--workdir=nowhere"], "--workdir nowhere is no folder"),
        (["--workdir=none"], "config.json"),
        (["--weights=nothing"], "no weights named 'nothing'"),
        (["--reference=smilies"], "unknown OpenMoji subset 'smilies'"),
        (["--reference=hands"], "no emoji of the subset 'hands'"),
        (["--count=0"], "0 is not between 1 and"),
        (["--seed=-1"], "--seed is -1"),
        (["--features=what"], "'what' names no features"),
        (["--out=file"], "--out file is a file"),
        (["--out=mixed"], "holds what is no GAN report"),
        (["--compare", "report"], "--compare: give at least 2"),
        (["--samples=few", "--workdir=few"], "not allowed with argument"),
    ],
)
def test_wrong_flags_are_told_in_a_line(folder: Path, flags: list[str], says: str) -> None:
    Path("file").write_text("")
    for name in ("none", "mixed", "wide", "text"):
        Path(name).mkdir()
    image.save_png("few/a.png", np.zeros((SIZE, SIZE, 3), np.uint8))
    image.save_png("mixed/a.png", np.zeros((32, 32, 3), np.uint8))
    image.save_png("mixed/b.png", np.zeros((48, 48, 3), np.uint8))
    image.save_png("wide/a.png", np.zeros((32, 64, 3), np.uint8))
    Path("text/a.png").write_text("hello")
    before = set(Path().rglob("*"))
    given = [flag.format(root=folder) for flag in flags]
    if not {"--samples", "--workdir", "--weights", "--compare"} & {flag.split("=")[0] for flag in flags}:
        given.append(f"--samples={folder / 'samples'}")
    if not any(flag.startswith("--out") for flag in flags):
        given.append("--out=report")
    with pytest.raises(UserError, match=re.escape(says)) as error:
        _judge(folder, *given)
    assert "\n" not in str(error.value)
    assert set(Path().rglob("*")) == before


def test_too_few_emoji_are_refused() -> None:
    with pytest.raises(UserError, match="39 emoji are too few"):
        gan_report.judge(
            Samples("s", drawn_emoji.pictures(range(COUNT))),
            drawn_emoji.reference(39),
            [Projection()],
            seed=0,
        )


def test_a_misspelt_flag_waits_for_no_jax() -> None:
    code = (
        "import sys\nfrom emojax import evaluate\n"
        "try: evaluate.main(['gan', '--sample=x'])\nexcept Exception as error: print(error)\n"
        "print('jax' in sys.modules, 'matplotlib' in sys.modules)"
    )
    found = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "--out" in found.stdout
    assert found.stdout.splitlines()[-1] == "False False"
