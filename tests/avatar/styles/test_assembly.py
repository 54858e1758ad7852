"""Composed avatars, element by element, and label maps of drawings whose shapes are known to the pixel."""

import dataclasses
import re
from pathlib import Path

import numpy as np
import pytest
from avatar.support import tiny_style

from emojax.avatar.reading.moves import Move
from emojax.avatar.styles import composition
from emojax.avatar.styles.composition import compose, label_map
from emojax.avatar.styles.style import Style, load
from emojax.core.errors import UserError
from emojax.data.faces.labels import CLASSES

HAIR = (
    '<defs><linearGradient id="g"><stop offset="0" stop-color="#111111" data-stop-color="hair.light"/>'
    '</linearGradient><clipPath id="unused"><path d="M0 0H9V9Z"/></clipPath></defs>'
    '<path id="lock" data-class="hair" fill="url(#g)" d="M60 0H246V80H60Z"/>'
    '<path data-layer="back" data-class="hair" fill="#332211" data-fill="hair" stroke="#000000"'
    ' d="M60 0H246V300H60Z"/>'
)
EYES = (
    '<circle data-class="right-eye" data-fill="iris" fill="#000000" cx="116" cy="146" r="9"/>'
    '<circle data-class="left-eye" data-fill="iris" fill="#000000" cx="190" cy="146" r="9"/>'
)
AVATAR = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="-57 -58 420 420">
 <title>Avatar in the style tiny</title>
 <rect id="background" x="-57" y="-58" width="420" height="420" fill="#abcdef" />
 <defs>
  <clipPath id="outline-head">
   <path d="M73 16H233V282H73Z" fill="#000000" stroke="none" />
  </clipPath>
  <clipPath id="hair-under-hat">
   <path d="M-100 40H400V400H-100Z" fill="none" stroke="none" />
  </clipPath>
  <linearGradient id="hair-g">
   <stop offset="0" stop-color="#2d3d4c" data-stop-color="hair.light" />
  </linearGradient>
 </defs>
 <g clip-path="url(#hair-under-hat)">
  <g id="hair-back">
   <path data-class="hair" fill="#102030" data-fill="hair" stroke="#000000" d="M60 0H246V300H60Z" />
  </g>
 </g>
 <g clip-path="url(#hair-under-hat)">
  <g id="hair">
   <path id="hair-lock" data-class="hair" fill="url(#hair-g)" d="M60 0H246V80H60Z" />
  </g>
 </g>
 <g id="eyes">
  <g>
   <g transform="matrix(0.5 0 0 1 55 2)">
    <circle data-class="right-eye" data-fill="iris" fill="#804020" cx="116" cy="146" r="9" />
   </g>
  </g>
  <g>
   <g transform="matrix(0.5 0 0 1 98 2)">
    <circle data-class="left-eye" data-fill="iris" fill="#804020" cx="190" cy="146" r="9" />
   </g>
  </g>
 </g>
 <g id="facial_hair">
  <g clip-path="url(#outline-head)">
   <g transform="matrix(1 0 0 1 0 4)">
    <g>
     <path data-class="skin" fill="#070d19" data-fill="beard" d="M0 220H306V300H0Z" />
    </g>
   </g>
  </g>
 </g>
 <g id="hat">
  <path data-class="hat" fill="#804020" data-fill="hat" d="M70 -20H236V40H70Z" />
 </g>
</svg>
"""
BORDER = """ <g id="border" stroke-linejoin="round" stroke-linecap="round">
  <g>
   <path d="M60 0H246V300H60Z" fill="#ffffff" stroke="#ffffff" stroke-width="15" />
  </g>
  <g>
   <path d="M60 0H246V80H60Z" fill="#ffffff" stroke="#ffffff" stroke-width="14" />
  </g>
  <g>
   <circle cx="116" cy="146" r="9" fill="none" stroke="none" stroke-width="14" />
   <circle cx="190" cy="146" r="9" fill="none" stroke="none" stroke-width="14" />
  </g>
  <g>
   <path d="M123 224H183V240H123Z" fill="none" stroke="none" stroke-width="14" />
  </g>
 </g>
"""
LABEL = {name: index for index, name in enumerate(CLASSES)}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tiny_style.write(tmp_path / "tiny")
    for part, shapes in {"hair": HAIR, "eyes": EYES}.items():
        (folder / "parts" / part / "one.svg").write_text(tiny_style.part(shapes))
    return folder


@pytest.fixture
def drawn(folder: Path) -> Style:
    return load(folder)


def _with(folder: Path, part: str, shapes: str) -> Style:
    (folder / "parts" / part / "one.svg").write_text(tiny_style.part(shapes))
    return load(folder)


def _plain(text: str) -> str:
    """An avatar without the digests at the ends of its ids."""
    return re.sub(r"-[0-9a-f]{12}(?=[)\"])", "", text)


def test_parts_are_layered_clipped_moved_coloured_and_named(drawn: Style) -> None:
    moves = {
        "eyes": Move(x=37, y=146, down=2, outwards=3, wide=0.5, high=1.0),
        "facial_hair": Move(y=250, down=4),
    }
    parts = ["hair", "eyes", "hat", "facial_hair"]
    colors = {"hair": "#102030"}
    text = compose(drawn, {}, colors, background="#ABCDEF", parts=parts, moves=moves)
    assert {len(digest) for digest in re.findall(r"-([0-9a-f]{12})[)\"]", text)} == {12}
    assert _plain(text) == AVATAR


def test_a_border_is_the_outer_shapes_widened_on_both_sides(drawn: Style) -> None:
    bordered = dataclasses.replace(drawn, border=("#ffffff", 7.0))
    text = _plain(compose(bordered, {}, {}, parts=["hair", "eyes", "mouth"]))
    assert text.count(BORDER) == 1
    assert text.replace(BORDER, "") == _plain(compose(drawn, {}, {}, parts=["hair", "eyes", "mouth"]))


def test_parts_without_shapes_leave_no_group(drawn: Style) -> None:
    assert "<g" not in compose(drawn, {}, {}, parts=["glasses", "nose"])


def test_avatars_larger_than_the_limit_are_refused(drawn: Style, monkeypatch: pytest.MonkeyPatch) -> None:
    size = len(compose(drawn, {}, {}).encode())
    monkeypatch.setattr(composition, "MAX_AVATAR_BYTES", size)
    compose(drawn, {}, {})
    monkeypatch.setattr(composition, "MAX_AVATAR_BYTES", size - 1)
    with pytest.raises(UserError, match=r"style tiny: this avatar exceeds .* bytes; simplify its parts"):
        compose(drawn, {}, {})


def _expected(size: int = 306) -> np.ndarray:
    return np.zeros((size, size), np.uint8)


def test_label_maps_have_the_topmost_class_of_each_pixel(folder: Path) -> None:
    shapes = (
        '<path data-class="nose" fill="#123456" d="M100 100H140V140H100Z"/>'
        '<path fill="#123456" d="M110 110H130V130H110Z"/>'  # decoration
        '<path data-class="skin" fill="#123456" opacity="0" d="M120 120H160V160H120Z"/>'
    )
    labels = label_map(_with(folder, "nose", shapes), {}, parts=["nose"])
    expected = _expected()
    expected[100:140, 100:140] = LABEL["nose"]
    expected[120:160, 120:160] = LABEL["skin"]
    np.testing.assert_array_equal(labels, expected)


def test_groups_hand_their_class_and_paint_down(folder: Path) -> None:
    shapes = (
        '<g data-class="nose" fill="none" stroke="#000000" stroke-width="4">'
        '<path d="M100 100H140"/><path data-class="skin" d="M100 120H140"/>'
        '<path stroke="none" d="M0 0H9V9Z"/></g>'
    )
    labels = label_map(_with(folder, "nose", shapes), {}, parts=["nose"])
    expected = _expected()
    expected[98:102, 100:140] = LABEL["nose"]
    expected[118:122, 100:140] = LABEL["skin"]
    np.testing.assert_array_equal(labels, expected)


def test_clip_paths_cut_whatever_their_class(folder: Path) -> None:
    shapes = (
        '<defs><clipPath id="c"><rect x="100" y="100" width="20" height="40"/></clipPath></defs>'
        '<path data-class="nose" clip-path="url(#c)" d="M90 90H160V130H90Z"/>'
    )
    labels = label_map(_with(folder, "nose", shapes), {}, parts=["nose"])
    expected = _expected()
    expected[100:130, 100:120] = LABEL["nose"]
    np.testing.assert_array_equal(labels, expected)


def test_label_maps_of_the_canvas_moved_parts_and_other_sizes(folder: Path) -> None:
    style = _with(folder, "nose", '<path data-class="nose" d="M100 100H140V140H100Z"/>')
    whole = label_map(style, {}, size=420, whole=True, parts=["nose"])
    expected = _expected(420)
    expected[158:198, 157:197] = LABEL["nose"]
    np.testing.assert_array_equal(whole, expected)
    moved = label_map(style, {}, parts=["nose"], moves={"nose": Move(y=120, right=5, down=-7, high=2.0)})
    expected = _expected()
    expected[73:153, 105:145] = LABEL["nose"]
    np.testing.assert_array_equal(moved, expected)
    small = label_map(style, {}, size=153, parts=["nose"])
    expected = _expected(153)
    expected[50:70, 50:70] = LABEL["nose"]
    np.testing.assert_array_equal(small, expected)


def test_mixed_pixels_take_the_label_to_their_left() -> None:
    nose, skin = composition._CODES[LABEL["nose"]], composition._CODES[LABEL["skin"]]
    mixed = (nose.astype(int) + skin) // 2
    row = np.stack([mixed, nose, mixed, mixed, skin, mixed, [200, 0, 0]]).astype(np.uint8)
    labels = composition._decode(np.stack([row, row[::-1]]))
    n, s = LABEL["nose"], LABEL["skin"]
    assert labels[0].tolist() == [mixed[0], n, n, n, s, s, s]
    assert labels[1, 2:].tolist() == [s, s, s, n, n]


def test_every_label_has_a_colour_of_its_own() -> None:
    assert len(np.unique(composition._CODES, axis=0)) == len(CLASSES)
    np.testing.assert_array_equal(composition._CODES[:, 0], np.arange(len(CLASSES)))


def test_next_to_no_mixture_of_two_colours_is_a_third_labels() -> None:
    codes = composition._CODES.astype(float)
    first, second = np.triu_indices(len(codes), 1)
    share = np.linspace(0, 1, 257)[1:-1, None, None]
    mixed = np.rint(share * codes[first] + (1 - share) * codes[second])
    hits = (mixed[..., None, :] == codes).all(-1)
    rows = np.arange(len(first))
    hits[:, rows, first] = hits[:, rows, second] = False
    assert hits.mean() * len(codes) < 0.001
