"""The art of an installed package as a style: sound, found again, and as its own renderer draws it."""

import importlib.util
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emojax.avatar.styles import __main__ as program
from emojax.avatar.styles import check, style
from emojax.avatar.styles.composition import compose, label_map
from emojax.avatar.styles.imports import options
from emojax.avatar.styles.imports.avataaars_tags import DEFAULTS, TAGS
from emojax.avatar.styles.style import Style
from emojax.core.errors import UserError
from emojax.data.faces.labels import CLASSES
from emojax.media import svg

package = pytest.importorskip("python_avatars")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("styles") / "avataaars"
    program.main(["import", "python_avatars", "--out", str(out)])
    return out


@pytest.fixture(scope="module")
def avataaars(folder: Path) -> Style:
    return style.load(folder)


def test_every_drawing_of_the_table_is_there(avataaars: Style) -> None:
    check.check(avataaars)
    for part, listed in TAGS.items():
        assert set(avataaars.parts[part].variants) == set(listed)


def test_eyes_and_brows_have_their_sides(avataaars: Style) -> None:
    labels = label_map(avataaars, {"hair": "no_hair"})
    for name in ("eye", "brow"):
        left = np.nonzero(labels == CLASSES.index(f"left {name}"))[1]
        right = np.nonzero(labels == CLASSES.index(f"right {name}"))[1]
        assert right.max() < 153 < left.min()


def original(options: dict[str, Any]) -> str:
    """What the package itself draws for options."""
    arguments = {}
    for name, value in options.items():
        enum, _, member = value.partition(".")
        arguments[name] = value if value.startswith("#") else getattr(getattr(package, enum), member)
    return str(package.Avatar(style=package.AvatarStyle.TRANSPARENT, **arguments).render())


def test_options_are_drawn_by_the_packages_own_renderer(folder: Path, avataaars: Style) -> None:
    choice = {**DEFAULTS, "hair": "bob", "mouth": "smile", "glasses": "round", "clothes": "hoodie"}
    colors = avataaars.colors({"hair": "#b58143", "skin": "#edb98a", "cloth": "#5199e4"})
    theirs = original(options.of(folder, choice, colors)["options"])
    for color in ("#b58143", "#edb98a", "#5199e4"):
        assert color in theirs
    for part in ("Bob", "Smile", "Lennon-Glasses", "Hoodie"):
        assert part in theirs
    ours = compose(avataaars, choice, colors)
    for color in ("#b58143", "#edb98a", "#5199e4"):
        assert color in ours


def test_an_avatar_has_the_colours_where_they_belong(avataaars: Style) -> None:
    colors = avataaars.colors({"hair": "#ff0000", "skin": "#00ff00", "cloth": "#0000ff"})
    text = compose(avataaars, {**DEFAULTS, "hair": "bob"}, colors)
    side = avataaars.canvas[2]
    pixels = svg.rasterize(text.encode(), size=round(side), background="white", name="a")
    labels = label_map(avataaars, {**DEFAULTS, "hair": "bob"}, size=round(side), whole=True)
    for name, color in (("hair", [255, 0, 0]), ("skin", [0, 255, 0]), ("cloth", [0, 0, 255])):
        shown = pixels[labels == CLASSES.index(name)]
        assert (np.abs(shown.astype(int) - color).max(-1) < 90).mean() > 0.8, name


def test_hats_hide_hair(avataaars: Style) -> None:
    labels = label_map(avataaars, {"hair": "straight_1", "hat": "winter_hat_1"})
    assert not (labels == CLASSES.index("hair")).any()
    assert (labels == CLASSES.index("hat")).any()


def test_a_hat_is_the_top_and_hair_where_there_is_none(folder: Path) -> None:
    worn = options.of(folder, {"hair": "bob", "hat": "turban"}, {})
    assert worn == {"renderer": "python_avatars", "options": {"top": "HatType.TURBAN"}}
    bare = options.of(folder, {"hair": "bob", "hat": "none"}, {"skin": "#ffffff"})["options"]
    assert bare == {"top": "HairType.BOB", "skin_color": "#ffffff"}


def test_every_option_is_one_of_the_package(folder: Path) -> None:
    stored = json.loads((folder / "renderer.json").read_text())
    for asked in stored["parts"].values():
        for value in asked["values"].values():
            enum, _, member = value.partition(".")
            assert hasattr(getattr(package, enum), member), value


def test_a_style_that_is_not_imported_has_no_options() -> None:
    with pytest.raises(UserError, match="imported styles"):
        options.of(style.find("flat"), {}, {})


def test_nobodys_folder_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    with pytest.raises(UserError, match="choose another folder"):
        program.main(["import", "python_avatars", "--out", str(tmp_path / "mine")])


def test_a_package_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(UserError, match="pip install python-avatars"):
        program.main(["import", "python_avatars", "--out", str(tmp_path / "a")])
