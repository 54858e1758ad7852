"""A visitor's edits: what they give is what the command line gives, and each can be undone."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emojax.avatar import demo, files
from emojax.avatar.matching.expressions import EXPRESSIONS, parts_for
from emojax.avatar.matching.words import variant_words
from emojax.core.errors import UserError
from emojax.media import image
from emojax.studio import downloads, pictures, sitting
from emojax.studio.downloads import Folder
from emojax.studio.sitting import Sitting


@pytest.fixture(scope="module")
def photo() -> np.ndarray:
    return image.read_photo(demo.PORTRAIT)


@pytest.fixture(scope="module")
def now(engine: Any) -> Sitting:
    return sitting.start(engine, demo.PORTRAIT.read_bytes())


@pytest.mark.parametrize("style", ["flat", "line", "sticker"])
def test_every_style_has_the_avatar_of_the_command_line(
    now: Sitting, engine: Any, photo: np.ndarray, style: str
) -> None:
    assert now.in_style(style).look.svg() == files.one(engine.makers[style], photo).svg()


@pytest.mark.parametrize("style", ["flat", "sticker"])
def test_another_part_gives_what_set_gives(now: Sitting, engine: Any, photo: np.ndarray, style: str) -> None:
    changed = now.in_style(style).with_part("hair", "bob").with_part("mouth", "grin")
    expected = files.one(engine.makers[style], photo, overrides={"hair": "bob", "mouth": "grin"})
    assert changed.look.svg() == expected.svg()
    assert changed.look.avatar.attributes() == expected.attributes()


def test_slots_follow_the_colour_that_was_chosen(now: Sitting) -> None:
    style = now.look.found.style
    follower = next(slot for slot, paint in style.follows.items() if paint.startswith("hair"))
    changed = now.with_color("hair", "#ff00ff").look.avatar.colors
    assert changed["hair"] == "#ff00ff"
    untouched = now.look.found.colors
    if follower not in {s for s, c in untouched.items() if s in now.look.found.measured.lab}:
        assert changed[follower] != untouched[follower]
    assert changed["skin"] == untouched["skin"]


def test_steps_are_undone_one_by_one(now: Sitting) -> None:
    first = now.with_part("hair", "bob")
    second = first.changed(background="#ffffff")
    assert second.undone().look.svg() == first.look.svg()
    assert second.undone().undone().look.svg() == now.look.svg()
    assert now.undone() is now


def test_what_changes_nothing_is_no_step(now: Sitting) -> None:
    once = now.with_part("hair", "bob")
    assert once.with_part("hair", "bob") is once


def test_a_wrong_part_changes_nothing(now: Sitting) -> None:
    with pytest.raises(UserError, match="has no hair"):
        now.with_part("hair", "no-such-hair")
    with pytest.raises(UserError, match="not a colour"):
        now.changed(background="red; drop")


@pytest.mark.parametrize("name", EXPRESSIONS)
@pytest.mark.parametrize("style", ["flat", "line", "sticker"])
def test_an_expression_shows_its_mouth(now: Sitting, style: str, name: str) -> None:
    look = now.in_style(style).with_expression(name).look
    for part, words in EXPRESSIONS[name].items():
        shown = variant_words(part, look.found.style.variant(part, look.avatar.choice[part]))[part]
        assert set(words) & set(shown), part


def test_the_photos_own_expression_comes_back(now: Sitting) -> None:
    assert now.with_expression("angry").with_expression("").look.svg() == now.look.svg()


def test_expressions_keep_make_up(now: Sitting) -> None:
    style = now.look.found.style
    given = parts_for(style, {**now.look.found.choice, "eyes": "almond-strong"}, "sleepy")
    assert style.variant("eyes", given["eyes"]).words["eye_makeup"][-1] == "strong"


def test_hostile_photos_are_refused_in_a_line(engine: Any) -> None:
    for data in (b"", b"\x89PNG\r\n\x1a\n" + b"\0" * 100, b"GIF89a", b"<svg/>"):
        with pytest.raises(UserError, match="^your photo"):
            sitting.start(engine, data)


def test_a_picture_of_nobody_is_refused(engine: Any) -> None:
    with pytest.raises(UserError, match="no face"):
        sitting.start(engine, pictures.png(np.full((200, 200, 3), 128, np.uint8)))


def test_a_single_portrait_has_one_face(engine: Any) -> None:
    assert len(sitting.faces(engine, demo.PORTRAIT.read_bytes())) == 1


def test_first_of_the_alternatives_is_the_present_one(now: Sitting) -> None:
    for part in ("hair", "mouth", "clothes"):
        few = pictures.variants(now.look, part, everything=False)
        everything = pictures.variants(now.look, part, everything=True)
        assert few[0] == everything[0] == now.look.avatar.choice[part]
        assert 1 < len(few) < len(everything)
        assert sorted(everything) == sorted(now.look.found.style.parts[part].variants)


def test_pictures_of_parts_differ(now: Sitting) -> None:
    names = pictures.variants(now.look, "mouth", everything=False)
    drawn = [pixels.tobytes() for pixels, _ in pictures.alternatives(now.look, "mouth", names)]
    assert len(set(drawn)) == len(names)


def test_downloads_are_the_avatar(now: Sitting, tmp_path: Path) -> None:
    svg, png, document = downloads.avatar(now, Folder(tmp_path), size=256, circle=True)
    assert Path(svg).read_text() == now.look.svg()
    assert '"style": "flat"' in Path(document).read_text()
    pixels = image.read_photo(png)
    assert pixels.shape == (256, 256, 3)
    assert (pixels[:20, :20] == 255).all()  # read over white: transparent


def test_a_circle_keeps_its_middle_and_clears_corners() -> None:
    cut = downloads.in_circle(np.full((64, 64, 4), 200, np.uint8))
    assert (cut[0, 0, 3], cut[32, 32, 3], cut[32, 1, 3]) == (0, 200, 200)
    assert 0 < cut[2, 20, 3] < 200 or 0 < cut[3, 20, 3] < 200


def test_old_files_are_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = Folder(tmp_path)
    old = folder.file("a.txt")
    old.write_text("a")
    monkeypatch.setattr(downloads, "_KEPT", -1.0)
    new = folder.file("a.txt")
    assert not old.exists()
    assert new.parent.is_dir()


@pytest.mark.parametrize(
    ("written", "expected"),
    [("#FFD166", "#ffd166"), ("rgba(255, 0, 10, 1)", "#ff000a"), ("rgb(1.4,2,3)", "#010203")],
)
def test_colours_of_the_browser_are_understood(written: str, expected: str) -> None:
    assert pictures.as_hex(written) == expected


def test_text_is_no_markup() -> None:
    assert "<" not in pictures.as_text("<b>[x](y)</b>")
    assert pictures.as_text("plain words, 3.") == "plain words, 3."


def test_every_face_of_a_group_is_offered_and_drawn(engine: Any, photo: np.ndarray) -> None:
    group = pictures.png(np.hstack([photo, photo[:, ::-1]]))
    offered = sitting.faces(engine, group)
    assert len(offered) == 2
    drawn = [sitting.start(engine, group, face=number).look.found for number in (0, 1)]
    assert drawn[0].crop.face.x != drawn[1].crop.face.x
    with pytest.raises(UserError, match="2 faces found"):
        sitting.start(engine, group, face=2)
