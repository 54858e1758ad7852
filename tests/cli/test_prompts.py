"""``--prompt`` on infer.py's command line, with the weights that ship."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageSequence

from emojax.cli import infer
from emojax.core.errors import UserError


def _run(out: Path, *arguments: str) -> list[dict[str, Any]]:
    infer.main(["--generate", *arguments, "--out", str(out)])
    path = out / "prompt.json" if out.suffix != ".svg" else out.with_suffix(".json")
    found: list[dict[str, Any]] = json.loads(path.read_text())
    return found


def test_a_prompt_draws_its_parts_and_says_what_it_understood(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "emoji"
    (found,) = _run(out, "3", "--prompt", "purple face with sunglasses and a cowboy hat")
    assert found["eyes"] == "sunglasses"
    assert found["extra"] == ["cowboy hat"]
    assert found["unknown words"] == ["purple"]
    assert found["pictures"] == [0, 1, 2]
    assert not found["another thing"]
    pictures = [np.asarray(Image.open(out / f"{i:04d}.png")).astype(int) for i in range(3)]
    # The hat's brown, where faces without one are black or yellow.
    brown = [(p[:16, :, 0] > 70) & (p[:16, :, 0] < 150) & (p[:16, :, 2] < 90) for p in pictures]
    assert all(mask.sum() > 30 for mask in brown)
    assert "unknown words: purple" in capsys.readouterr().out


def test_prompts_are_drawn_in_turn(tmp_path: Path) -> None:
    found = _run(tmp_path / "emoji", "4", "--prompt", "sunglasses", "--prompt", "face with a halo")
    assert [row["pictures"] for row in found] == [[0, 2], [1, 3]]
    assert found[0]["eyes"] == "sunglasses"
    assert found[1]["extra"] == ["halo"]


def test_svg_has_a_group_for_each_part(tmp_path: Path) -> None:
    out = tmp_path / "one.svg"
    _run(out, "1", "--prompt", "crying face with a party hat")
    text = out.read_text()
    assert all(f'id="{name}"' in text for name in ("base", "eyes", "mouth", "extra", "extra-2"))


def test_another_thing_is_named_and_the_nearest_face_is_drawn(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    prompts = ["--prompt", "a bicycle", "--prompt", "cat with heart eyes"]
    bicycle, cat = _run(tmp_path / "emoji", "2", *prompts)
    assert bicycle["another thing"]
    assert bicycle["named emoji"] == "bicycle 🚲"
    _, line, of_cat = capsys.readouterr().out.splitlines()
    assert line == (
        "'a bicycle': only faces are drawn, and this names bicycle 🚲; drawn instead: "
        f"{bicycle['nearest emoji']}"
    )
    assert cat["another thing"]
    assert cat["eyes"] == "hearts"
    assert of_cat.endswith("drawn instead: a face with eyes hearts")


@pytest.mark.parametrize(
    "prompt",
    [
        "face " * 2000,
        "x" * 10_000,
        "😂🤠🍕🏴\u200d☠️" * 20,
        "وجه يبكي \u202e\u2066",
        "\x1b[31mred\x00 face\x07",
        "--- ... !!! face",
        "' OR 1=1; DROP TABLE faces",
        "\ud800 face",
    ],
)
def test_hostile_prompts_are_drawn(prompt: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (found,) = _run(tmp_path / "emoji", "1", "--prompt", prompt)
    assert (tmp_path / "emoji" / "0000.png").is_file()
    said = capsys.readouterr().out
    assert len(said.splitlines()) == 2
    assert not {"\x1b", "\x07", "\u202e", "\x00"} & set(said)
    assert len(json.dumps(found)) < 10_000


@pytest.mark.parametrize("prompt", ["", "   ", "\n\t", "\x00\x07", "\u202e\u200b", "!?"])
def test_prompts_without_words_are_refused_in_one_line(prompt: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="has no words: describe a face"):
        infer.main(["--generate", "1", "--prompt", prompt, "--out", str(tmp_path / "emoji")])
    assert not (tmp_path / "emoji").exists()


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--prompt", "sad", "--label", "joy"], "--prompt and --label both say what to draw"),
        (["--prompt", "sad", "--eyes", "hearts"], "--prompt and --eyes both say what to draw"),
        (["--text_weights", "x.safetensors"], "--text_weights is for --prompt"),
        (["--naming_weights", "x.safetensors"], "--naming_weights is for --prompt"),
        (["--prompt", "sad", "--weights", "dcgan"], "--prompt: --weights dcgan knows no parts"),
    ],
)
def test_flags_that_contradict_a_prompt(flags: list[str], message: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=message):
        infer.main(["--generate", "1", *flags, "--out", str(tmp_path / "emoji")])


def test_a_morph_leads_from_one_description_to_another(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    flags = ["--weights", "parts", "--frames", "3", "--out", str(tmp_path / "morph.gif")]
    infer.main(["--interpolate", "joy", "sad cat in a party hat", *flags])
    wrote, said = capsys.readouterr().out.splitlines()
    assert wrote.endswith("morph.gif: 3 frames")
    assert said.startswith("'sad cat in a party hat': ")
    assert "party hat" in said.partition(": ")[2]
    (found,) = json.loads((tmp_path / "morph.json").read_text())
    assert (found["prompt"], found["endpoint"]) == ("sad cat in a party hat", 1)
    assert found["extra"] == ["party hat"]
    first, _, last = (np.asarray(frame).astype(int) for frame in _frames(tmp_path / "morph.gif"))
    assert np.abs(first - last).mean() > 2


def test_a_morph_between_labels_leaves_no_json(tmp_path: Path) -> None:
    flags = ["--frames", "2", "--out", str(tmp_path / "morph.gif")]
    infer.main(["--interpolate", "sob", "joy", *flags])
    assert [path.name for path in tmp_path.iterdir()] == ["morph.gif"]


def _frames(path: Path) -> list[Image.Image]:
    with Image.open(path) as animation:
        return [frame.convert("RGB") for frame in ImageSequence.Iterator(animation)]
