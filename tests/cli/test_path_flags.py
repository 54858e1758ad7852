"""Every program knows a home and a URL in every flag that takes a path, before it writes anything."""

import importlib
import re
from pathlib import Path

import pytest

from emojax.core.errors import UserError

ROOT = Path(__file__).parents[2]
URL = "gs://bucket/x"
COMMANDS = [
    "cli.infer --selfie demo --out URL",
    "cli.infer --selfie URL",
    "cli.infer --selfie demo --style URL",
    "cli.infer --selfie demo --explain URL",
    "cli.infer --selfie demo --segmentation_weights URL",
    "cli.infer --selfie demo --extractor resnet50 --resnet50_weights URL",
    "cli.infer --segment URL",
    "cli.infer --video URL",
    "cli.infer --video demo --out URL",
    "cli.infer --generate 1 --weights URL",
    "cli.infer --generate 1 --workdir URL",
    "cli.train --config=dcgan --workdir=URL",
    "cli.train --config=URL --workdir=w",
    "cli.train --config=dcgan --workdir=w --openmoji_dir=URL",
    "cli.train --config=bisenet --workdir=w --data_dir=URL",
    "cli.train --config=bisenet --workdir=w --pseudo_dir=URL",
    "cli.train --config=bisenet --workdir=w --init_weights=URL",
    "cli.train --config=autoencoder --workdir=w --drawn_dir=URL",
    "evaluate gan --samples URL --out o",
    "evaluate gan --weights URL --out o",
    "evaluate gan --compare a=URL b=URL --out o",
    "evaluate gan --out URL",
    "evaluate parser URL",
    "evaluate avatar --photos URL",
    "evaluate avatar --photos p --labels URL",
    "evaluate approaches --photos p --masks URL",
    "evaluate tables URL",
    "evaluate video URL --truth t",
    "evaluate video --make URL",
    "evaluation.emoji_parts.__main__ --out URL",
    "evaluation.gan.pages.markdown URL a=b",
    "training.export URL o",
    "training.export w o --with_run URL",
    "training.parser.pseudo_labels w p --out URL",
    "avatar.datasets.celeb_parts URL --out o",
    "avatar.datasets.drawn_parts --out URL",
    "avatar.datasets.drawn_parts URL --out o",
    "avatar.datasets.photo_means URL w",
    "avatar.styles.__main__ check URL",
    "avatar.styles.__main__ sheet flat --out URL",
    "benchmark.__main__ --json URL",
    "data.openmoji.parts.__main__ sheet --openmoji_dir URL",
    "ports.__main__ bisenet URL --out o",
]


@pytest.mark.parametrize("command", COMMANDS)
def test_a_url_is_refused_in_one_line(command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    module, *argv = command.replace("URL", URL).split()
    main = importlib.import_module(f"emojax.{module}").main
    with pytest.raises(UserError, match=f"{URL} is a URL, and only local files"):
        main(argv)
    assert not list(tmp_path.iterdir())


def test_no_flag_takes_a_path_in_another_way() -> None:
    """`pathlib.Path` as a type neither expands a home nor knows a URL."""
    for path in (ROOT / "emojax").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"type\"?[=:] ?Path\b", text), path
        if path.name != "paths.py":
            assert "expanduser" not in text or path.name == "files.py", path


def test_homes_are_expanded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from emojax.avatar.styles import __main__ as styles

    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    styles.main(["schema", "--out=~/style.schema.json"])
    assert [path.name for path in tmp_path.iterdir()] == ["style.schema.json"]
