"""The pictures of the avatar tab: styles side by side, parts to click, colours, and how it came about."""

import base64
import html
import io
import re
from collections.abc import Sequence
from typing import Final

import numpy as np
from PIL import Image

from emojax.avatar import explain
from emojax.avatar.result import Avatar
from emojax.avatar.styles.composition import view_box
from emojax.data.faces.labels import colorize
from emojax.media import grids, image, svg
from emojax.media.color import parse_hex, to_hex
from emojax.studio import words
from emojax.studio.sitting import NAME, PAPER, Look, Sitting

Captioned = tuple[np.ndarray, str]
"""A picture ``uint8[H, W, 3]`` and what is written below it."""

_TILE: Final = 128  # pixels
_SWATCH: Final = 56
_LABELS: Final = 306
_RGBA: Final = re.compile(
    r"rgba?\(\s*([\d.]{1,9})\s*,\s*([\d.]{1,9})\s*,\s*([\d.]{1,9})\s*(?:,[^)]{0,20})?\)"
)
_FEW: Final = 8
"""Pictures of a part type where not all are asked for: two rows on a phone. With more, the choice that suits
the
face is hard to see among them."""

_CLOSE_UPS: Final = {
    **dict.fromkeys(("brows", "eyes", "nose", "mouth", "makeup", "lines"), (53.0, 88.0, 200.0)),
    "facial_hair": (43.0, 100.0, 220.0),
    "glasses": (43.0, 68.0, 220.0),
}
"""x, y and side, in units of the face frame, of the square that pictures of small parts show."""


def styles(sitting: Sitting) -> list[Captioned]:
    """The avatar in every style, as edited."""
    return [(look.picture, words.plain(name)) for name, look in sitting.looks.items()]


def big(sitting: Sitting | None) -> str:
    """HTML of the avatar that is worked on, with words for those who cannot see it."""
    if sitting is None:
        return '<div class="avatar-empty">Your avatar appears here.</div>'
    drawing = base64.b64encode(sitting.look.svg().encode()).decode()
    words_of = html.escape(described(sitting.look.avatar))
    # As an image a drawing runs no code and loads nothing, whoever made its style.
    return f'<img class="avatar" alt="{words_of}" src="data:image/svg+xml;base64,{drawing}">'


def described(avatar: Avatar) -> str:
    """One sentence about what an avatar shows."""
    shown = avatar.attributes()
    hair = words.plain(avatar.choice.get("hair", "no"))
    worn = [name for name, key in (("glasses", "glasses"), ("a hat", "hat")) if shown.get(key)]
    beard = shown.get("facial_hair", "none")
    worn += [] if beard == "none" else [f"a {words.plain(str(beard))}"]
    with_what = f", with {' and '.join(worn)}" if worn else ""
    smile = "smiling" if shown.get("smile") else words.plain(str(shown.get("mouth", "")))
    return f"Avatar in the style {avatar.style.name}: hair {hair}, mouth {smile}{with_what}"


def part_types(look: Look) -> list[tuple[str, str]]:
    """Words for and names of the part types that have something to choose from."""
    present = look.found.style.parts
    return [
        (word, part)
        for part, word in words.PARTS.items()
        if part in present and len(present[part].variants) > 1
    ]


def variants(look: Look, part: str, *, everything: bool) -> list[str]:
    """Ids to choose from: the present one, what came next on the photo, and on request all the others."""
    present = look.avatar.parts[part].id
    found = look.found.parts[part]
    near = [present, found.id, *(name for name, _ in found.alternatives)]
    listed = list(look.found.style.parts[part].variants)
    if not everything and len(near) < _FEW:  # what is not compared has no runners-up
        near += listed
    chosen = list(dict.fromkeys([*near, *listed] if everything else near))
    return chosen if everything else chosen[:_FEW]


def alternatives(look: Look, part: str, names: Sequence[str]) -> list[Captioned]:
    """The avatar with each of these variants, close to where they differ."""
    window = _CLOSE_UPS.get(part)
    # Below a hat all hair would look the same.
    bare = {"hat": look.found.style.parts["hat"].default} if part == "hair" else {}
    canvas = look.found.style.canvas
    found = []
    for name in names:
        drawing = look.with_parts({**bare, part: name}).svg(background=PAPER)
        drawing = drawing.replace(view_box(canvas), view_box(window or canvas), 1)
        found.append((_drawn(drawing, _TILE), words.plain(name)))
    return found


def slots(look: Look) -> list[tuple[str, str]]:
    """Words for and names of the slots whose colour may be chosen."""
    palettes = look.found.style.palettes
    return [(word, slot) for slot, word in words.COLORS.items() if slot in palettes]


def swatches(look: Look, slot: str) -> list[Captioned]:
    """A style's colours for a slot."""
    return [(_plain_square(color.hex), words.plain(color.id)) for color in look.found.style.palettes[slot]]


def label_map(sitting: Sitting) -> list[Captioned]:
    """The face as it was cut out, and the parts that were found on it."""
    found = sitting.look.found
    return [
        (grids.fit_square(found.crop.pixels, _LABELS), "your face"),
        (grids.fit_square(colorize(found.labels), _LABELS), "the parts that were found"),
    ]


def why(sitting: Sitting) -> np.ndarray:
    """Each part of the face beside the drawn one: ``uint8[H, W, 3]``."""
    return explain.picture(sitting.look.found, image.decode_photo(NAME, sitting.data))


def _drawn(drawing: str, size: int) -> np.ndarray:
    return svg.rasterize(drawing.encode(), size=size, background=PAPER, name="avatar")


def _plain_square(color: str) -> np.ndarray:
    rgb = np.rint(255 * parse_hex(color)).astype(np.uint8)
    return np.full((_SWATCH, _SWATCH, 3), rgb, np.uint8)


def as_hex(color: str) -> str:
    """A colour of a browser's picker, ``#rrggbb`` or ``rgba(r, g, b, a)``, as ``#rrggbb``.

    Raises:
      UserError: it is neither.
    """
    found = _RGBA.fullmatch(str(color).strip())
    return (
        to_hex(np.array([float(each) for each in found.groups()]) / 255)
        if found
        else to_hex(parse_hex(color))
    )


def png(pixels: np.ndarray) -> bytes:
    """``uint8[H, W, C]`` as the bytes of a PNG."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, format="PNG")
    return buffer.getvalue()


def as_text(text: str) -> str:
    """Text that may quote strangers, such that Markdown takes nothing in it for markup."""
    return "".join(f"&#{ord(c)};" if c in "<>&[]()*_`#!|\\~^$\"'" else c for c in text)
