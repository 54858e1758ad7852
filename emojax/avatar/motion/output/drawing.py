"""Draws posed avatars fast: parts are rasterised once, then moved, scaled and put together as pictures."""

import math
import re
from collections.abc import Iterator, Mapping
from typing import Final
from xml.etree.ElementTree import Element, fromstring

import cv2
import numpy as np

from emojax.avatar.motion.output.blending import premultiplied, put_over, stacked
from emojax.avatar.motion.posing import Head, Pose
from emojax.avatar.motion.sight import EXPRESSION
from emojax.avatar.reading.moves import Move
from emojax.avatar.styles.composition import compose
from emojax.avatar.styles.part import serialize
from emojax.avatar.styles.style import FRAME, Style
from emojax.media import svg

_SHARPER: Final = 2
"""How many times larger than the picture moving parts are rasterised. Smaller: scaled lines are soft. Larger:
more memory."""

_GAZE_STEP: Final = 1.25
"""Units between the positions of irises that are drawn. Smaller: more drawings. Larger: eyes jump."""

_KEPT: Final = 160
"""Drawings of moving parts that are kept. Fewer: drawn again and again. More: memory grows with the clip."""

MARGIN: Final = 0.1
"""Share of the style's canvas that is added above, and half of it on either side, for heads that move.
Smaller: hats are cut off. Larger: avatars are small."""

_NECK: Final = (286.0, 338.0)
"""Rows of the face frame between which a moving head becomes a body at rest: from the chin to the
shoulders. Higher: the chin is bent. Lower: shoulders turn like a cut-out."""

_SHOULDERS: Final = (260.0, 288.0)
"""Rows between which what is beside the neck comes to rest. Higher: jaws are bent. Lower: shoulders grow tips
when the head turns."""

_NECK_WIDTH: Final = 90.0
"""Units from the middle within which the neck moves. Narrower: necks break. Wider: shoulders bulge."""

_SVG: Final = "{http://www.w3.org/2000/svg}"
_BACK: Final = re.compile(r"-(back|front)$")


class Puppet:
    """An avatar that can be posed.

    Pixels are premultiplied inside, so that soft edges keep their colour when they are moved.
    """

    def __init__(
        self,
        style: Style,
        choice: Mapping[str, str],
        colors: Mapping[str, str],
        moves: Mapping[str, Move],
        *,
        size: int,
        margin: float = MARGIN,
    ) -> None:
        """
        Args:
          style, choice, colors, moves: as of `compose`, of the avatar at rest.
          size: side of the pictures in pixels.
          margin: see `MARGIN`.
        """
        self._style, self._colors, self._size = style, dict(colors), size
        x, y, side = style.canvas
        # The lower edge stays where it is, since shoulders are cut off there.
        x, y, side = x - margin / 2 * side, y - margin * side, (1 + margin) * side
        self._view = f"{x:g} {y:g} {side:g} {side:g}"
        self._scale = size / side
        self._corner = np.asarray([x, y])
        self._choice = dict(choice)
        self._sprites: dict[tuple[str, str, tuple[float, float]], _Sprite | None] = {}
        self._moving = [name for name in EXPRESSION if name in style.parts]
        self._layers = list(self._still_layers(moves))
        self._fixed = stacked([pixels for kind, pixels in self._layers if kind is None])
        self._share = self._head_share()
        at = np.arange(size, dtype=np.float32)
        self._grid = np.broadcast_to(at, (size, size)), np.broadcast_to(at[:, None], (size, size))

    def _head_share(self) -> np.ndarray:
        """``float32[size, size]``: how much each pixel moves with the head, 0 to 1."""
        at = (np.arange(self._size) + 0.5) / self._scale
        start, end = _NECK
        below = np.clip((at + self._corner[1] - start) / (end - start), 0.0, 1.0)[:, None]
        aside = ((at + self._corner[0] - FRAME / 2) / _NECK_WIDTH)[None, :]
        start, end = _SHOULDERS
        beside = np.clip((at + self._corner[1] - start) / (end - start), 0.0, 1.0)[:, None]
        share = (1 - below * below * (3 - 2 * below)) * np.exp(-2 * beside * aside**6)
        return share.astype(np.float32)

    def draw(self, pose: Pose) -> np.ndarray:
        """``uint8[size, size, 4]``, alpha premultiplied."""
        sprites = {name: self._placed(name, pose) for name in self._moving}
        boxes = [sprite.box for placed in sprites.values() for sprite in placed]
        picture = self._fixed
        if boxes:
            x0, y0 = (min(box[k] for box in boxes) for k in (0, 1))
            x1, y1 = (max(box[k] for box in boxes) for k in (2, 3))
            window = slice(y0, y1), slice(x0, x1)
            inside = np.zeros((y1 - y0, x1 - x0, 4), np.uint8)
            for name, pixels in self._layers:
                if name is None:
                    put_over(inside, pixels[window])
                else:
                    for sprite in sprites[name]:
                        left, top, right, bottom = sprite.box
                        put_over(inside[top - y0 : bottom - y0, left - x0 : right - x0], sprite.pixels)
            picture = picture.copy()
            picture[window] = inside
        return self._turned(picture, pose.head)

    def _still_layers(self, moves: Mapping[str, Move]) -> Iterator[tuple[str | None, np.ndarray]]:
        """What is drawn, the lowest first: names of moving parts, and pictures of what is between them."""
        root = fromstring(compose(self._style, self._choice, self._colors, moves=moves))
        definitions = [each for each in root if each.tag == f"{_SVG}defs"]
        pending: list[Element] = []
        for child in root:
            if child.tag != f"{_SVG}g":
                continue
            name = _part_of(child, self._style)
            if name not in self._moving:
                pending.append(child)
                continue
            if pending:
                yield None, self._drawn([*definitions, *pending], 1)
                pending = []
            yield name, np.zeros((0, 0, 4), np.uint8)
        if pending:
            yield None, self._drawn([*definitions, *pending], 1)

    def _drawn(self, children: list[Element], sharper: int) -> np.ndarray:
        document = Element("svg", {"xmlns": "http://www.w3.org/2000/svg", "viewBox": self._view})
        document.extend(children)
        for element in document.iter():
            element.tag = element.tag.removeprefix(_SVG)
        pixels = svg.rasterize(
            serialize(document).encode(), size=sharper * self._size, background=None, name="avatar"
        )
        return premultiplied(pixels)

    def _sprite(self, name: str, variant: str, gaze: tuple[float, float]) -> "_Sprite | None":
        key = (name, variant, gaze)
        if key not in self._sprites:
            if len(self._sprites) >= _KEPT:
                self._sprites.pop(next(iter(self._sprites)))
            choice = self._choice | {name: variant}
            root = fromstring(compose(self._style, choice, self._colors, parts=[name]))
            if any(gaze):
                for child in root:
                    if child.tag == f"{_SVG}g":
                        _look(child, *gaze)
            groups = [each for each in root if each.get("id") != "border"]
            self._sprites[key] = _Sprite.of(self._drawn(groups, _SHARPER))
        return self._sprites[key]

    def _placed(self, name: str, pose: Pose) -> "list[_Sprite]":
        gaze = (0.0, 0.0)
        if name == "eyes" and not pose.blinking:
            right, down = (_GAZE_STEP * round(value / _GAZE_STEP) for value in pose.gaze)
            gaze = (right, down)
        sprite = self._sprite(name, pose.choice.get(name, self._style.parts[name].default), gaze)
        if sprite is None:
            return []
        move = pose.moves.get(name, Move())
        middle = (FRAME / 2 - self._corner[0]) * self._scale * _SHARPER
        found = []
        for sign, half in sprite.halves(round(middle)) if move.x else ((0, sprite),):
            placed = self._warped(half, move, sign)
            if placed is not None:
                found.append(placed)
        return found

    def _warped(self, sprite: "_Sprite", move: Move, sign: int) -> "_Sprite | None":
        """A sprite at the picture's own size, transformed as `styles.transforms` does it."""
        x, y = FRAME / 2 + sign * move.x, move.y
        shift = np.asarray(
            [x - move.wide * x + move.right + sign * move.outwards, y - move.high * y + move.down]
        )
        scales = np.asarray([move.wide, move.high])
        # From a sprite's pixel to units, through the move, to a pixel of the picture.
        unit = 1 / (self._scale * _SHARPER)
        offset = np.asarray(sprite.box[:2]) * unit + 0.5 * unit + self._corner
        start = (scales * offset + shift - self._corner) * self._scale - 0.5
        gain = scales / _SHARPER
        height, width = sprite.pixels.shape[:2]
        end = start + gain * np.asarray([width - 1, height - 1])
        low = np.clip(np.floor(np.minimum(start, end)).astype(int) - 1, 0, self._size)
        high = np.clip(np.ceil(np.maximum(start, end)).astype(int) + 2, 0, self._size)
        if (high <= low).any():
            return None
        # Averaged before it shrinks, as far as whole factors go.
        matrix = np.asarray([[gain[0], 0, start[0] - low[0]], [0, gain[1], start[1] - low[1]]])
        source = cv2.GaussianBlur(sprite.pixels, (0, 0), 0.6) if gain.max() <= 0.6 else sprite.pixels
        size = tuple(int(side) for side in high - low)
        pixels = cv2.warpAffine(source, matrix, size, flags=cv2.INTER_LINEAR)
        return _Sprite(pixels, (int(low[0]), int(low[1]), int(high[0]), int(high[1])))

    def _turned(self, picture: np.ndarray, head: Head) -> np.ndarray:
        """The picture with its head moved, and less and less so from the chin to the lower edge."""
        roll = math.radians(head.roll_degrees)
        cos, sin = math.cos(roll) / head.scale, math.sin(roll) / head.scale
        # Python's numbers: with NumPy's, all that follows would be computed in twice the precision.
        px, py = ((np.asarray([FRAME / 2, FRAME * 0.62]) - self._corner) * self._scale).tolist()
        right, below = head.right * FRAME * self._scale, head.down * FRAME * self._scale
        if abs(roll) < 1e-3 and abs(head.scale - 1) < 1e-3 and max(abs(right), abs(below)) < 0.2:
            return picture.copy()
        x, y = self._grid
        across, down = x - (px + right), y - (py + below)
        # Where each pixel comes from: turned back by the roll, for the head alone.
        source_x = x + self._share * (cos * across + sin * down + px - x)
        source_y = y + self._share * (cos * down - sin * across + py - y)
        return cv2.remap(
            picture,
            source_x,
            source_y,
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_CONSTANT,
            borderValue=(0, 0, 0, 0),
        )


class _Sprite:
    """A picture, premultiplied, and where it lies: x0, y0, x1, y1 in pixels."""

    def __init__(self, pixels: np.ndarray, box: tuple[int, int, int, int]) -> None:
        self.pixels, self.box = pixels, box

    @classmethod
    def of(cls, pixels: np.ndarray) -> "_Sprite | None":
        """The part of a picture that is not transparent, with a border; None if there is none."""
        rows, columns = (np.flatnonzero(pixels[..., 3].any(axis)) for axis in (1, 0))
        if not len(rows):
            return None
        top, left = max(rows[0] - 2, 0), max(columns[0] - 2, 0)
        bottom, right = (
            min(at[-1] + 3, side) for at, side in zip((rows, columns), pixels.shape[:2], strict=True)
        )
        box = (int(left), int(top), int(right), int(bottom))
        return cls(np.ascontiguousarray(pixels[top:bottom, left:right]), box)

    def halves(self, column: int) -> "Iterator[tuple[int, _Sprite]]":
        """What is left and right of a column of the whole picture, with signs -1 and 1."""
        x0, y0, x1, y1 = self.box
        cut = min(max(column, x0), x1)
        for sign, (start, end) in ((-1, (x0, cut)), (1, (cut, x1))):
            if end - start > 2:
                part = np.ascontiguousarray(self.pixels[:, start - x0 : end - x0])
                yield sign, _Sprite(part, (start, y0, end, y1))


def _part_of(group: Element, style: Style) -> str | None:
    """Which part type a group of a composed avatar draws; None for its border."""
    for element in group.iter():
        name = _BACK.sub("", element.get("id", ""))
        if name in style.parts:
            return name
    return None


def _look(element: Element, right: float, down: float) -> None:
    """Moves irises, pupils and highlights, which are the circles and ellipses of drawn eyes."""
    for child in element:
        tag = child.tag.removeprefix(_SVG)
        if tag in ("circle", "ellipse"):
            child.set("cx", f"{float(child.get('cx', '0')) + right:g}")
            child.set("cy", f"{float(child.get('cy', '0')) + down:g}")
        elif tag != "defs":
            # Of a pair one side is the other's mirror image.
            mirrored = child.get("transform", "").replace(" ", "").startswith("matrix(-1")
            _look(child, -right if mirrored else right, down)
