"""The emoji tab: what is drawn for a wish, which parts are kept, and the files."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from emojax.core.errors import UserError
from emojax.data.openmoji.parts.part_set import SLOTS
from emojax.emoji.parts import find_part
from emojax.media import grids
from emojax.studio import emojis, packs
from emojax.studio.emojis import Wish


def test_the_first_of_a_description_has_the_likeliest_parts(engine: Any) -> None:
    drawn = emojis.draw(engine, Wish("face with heart eyes and a party hat", count=3, seed=5))
    parts = engine.generator.part_set
    row = dict(zip(SLOTS, drawn.samples.chosen[0].tolist(), strict=True))
    assert parts.parts[row["eyes"]].name == "hearts"
    assert "party hat" in drawn.said


def test_unknown_words_are_said(engine: Any) -> None:
    assert "Not understood: " in emojis.draw(engine, Wish("smiling face zyxwvut", count=1)).said


def test_parts_are_drawn_as_chosen(engine: Any) -> None:
    drawn = emojis.draw(engine, Wish(chosen={"eyes": "stars", "mouth": "tongue"}, count=5))
    parts = engine.generator.part_set
    eyes, mouth = (find_part(parts, *each) for each in (("eyes", "stars"), ("mouth", "tongue")))
    assert set(drawn.samples.chosen[:, SLOTS.index("eyes")]) == {eyes}
    assert set(drawn.samples.chosen[:, SLOTS.index("mouth")]) == {mouth}


def test_another_seed_draws_others_and_the_same_the_same(engine: Any) -> None:
    wish = Wish(chosen={"eyes": "stars"}, count=6)
    first = emojis.draw(engine, wish).samples.chosen
    assert (emojis.draw(engine, wish).samples.chosen == first).all()
    other = Wish(chosen={"eyes": "stars"}, count=6, seed=1)
    assert (emojis.draw(engine, other).samples.chosen != first).any()


def test_locked_parts_stay_and_others_change(engine: Any) -> None:
    drawn = emojis.draw(engine, Wish("crying face with heart eyes", count=6))
    made = emojis.others(engine, drawn, 2, locked=["eyes"], seed=3)
    at = SLOTS.index("eyes")
    assert set(made.samples.chosen[:, at]) == {drawn.samples.chosen[2, at]}
    assert len({tuple(row) for row in made.samples.chosen}) > 1
    with pytest.raises(UserError, match="click one"):
        emojis.others(engine, drawn, 6, locked=[], seed=0)


def test_further_extras_are_kept_where_extras_are(engine: Any) -> None:
    drawn = emojis.draw(engine, Wish("face with a party hat and tears", count=1))
    assert drawn.further[0]
    made = emojis.others(engine, drawn, 0, locked=["extra"], seed=3)
    assert made.further == drawn.further
    assert emojis.others(engine, drawn, 0, locked=["eyes"], seed=3).further == ((),)


@pytest.mark.parametrize("sharp", [True, False])
def test_pictures_have_the_size_and_ground_that_was_asked_for(engine: Any, sharp: bool) -> None:
    drawn = emojis.draw(engine, Wish(label="grinning", count=2))
    black = emojis.pictures(engine, drawn, sharp=sharp, transparent=False)
    assert black.shape == (2, 256, 256, 3)
    assert black[:, 0, 0].max() < 16  # the net's black is nearly so
    clear = emojis.large(engine, drawn, 1, sharp=sharp, transparent=True)
    assert clear.shape == (512, 512, 4)
    assert (clear[0, 0, 3], clear[256, 256, 3]) == (0, 255)


@pytest.mark.parametrize(
    "wish",
    [Wish("x" * 301), Wish("!!!"), Wish(count=0), Wish(count=17), Wish(seed=-1), Wish(label="no such emoji")],
)
def test_wrong_wishes_are_one_line(engine: Any, wish: Wish) -> None:
    with pytest.raises(UserError):
        emojis.draw(engine, wish)


def test_a_morph_begins_and_ends_with_what_was_named(engine: Any) -> None:
    found, said = emojis.frames(engine, "heart eyes", "grinning", 0)
    assert found.shape[0] == emojis.FRAMES
    assert "→" in said
    first = engine.generator.own(0, [0], [engine.generator.part_set.labels.find("heart eyes")])
    drawn = engine.generator.draw(first.latents, first.classes)[0]
    assert (found[0] == grids.upscale(drawn, 3)).all()
    with pytest.raises(UserError, match="which two"):
        emojis.frames(engine, " ", "grinning", 0)


def test_a_pack_is_what_messengers_take(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (2, 300, 300, 4), np.uint8)  # the worst to compress
    noise[..., 3] = 255
    path = tmp_path / "pack.zip"
    packs.write(path, list(noise), ["Heart eyes!", "é"], title="Mine", licence="CC0")
    with zipfile.ZipFile(path) as bundle:
        names = bundle.namelist()
        assert names == ["01-Heart-eyes.webp", "02-emoji.webp", "tray.png", "pack.json"]
        for name in names[:2]:
            data = bundle.read(name)
            assert len(data) <= 100_000
            with Image.open(io.BytesIO(data)) as picture:
                assert (picture.format, picture.size, picture.mode) == ("WEBP", (512, 512), "RGBA")
                assert picture.getpixel((2, 2))[3] == 0
        assert json.loads(bundle.read("pack.json"))["licence"] == "CC0"
        with Image.open(io.BytesIO(bundle.read("tray.png"))) as tray:
            assert tray.size == (96, 96)
    with pytest.raises(UserError, match="choose fewer"):
        packs.write(path, [noise[0]] * 31, ["a"] * 31, title="", licence="")
