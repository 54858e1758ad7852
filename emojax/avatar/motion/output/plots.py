"""A frame beside its avatar, and for each part type both embeddings: the face's in pink, the avatar's in
purple."""

import functools
from collections.abc import Mapping, Sequence
from typing import Final

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

PINK: Final = (224, 49, 116)
PURPLE: Final = (98, 54, 201)
_PAPER: Final = (255, 255, 255)
_INK: Final = (52, 50, 60)
_GREY: Final = (150, 146, 158)
_RULE: Final = (226, 223, 232)

WIDTH: Final = 1280
_TOP: Final = 400
"""Rows of frame and avatar. Fewer: faces are small. More: graphs are."""

_CELL: Final = (256, 150)
_COLUMNS: Final = 5
_HEADING: Final = 34
_PAD: Final = 14
_POINTS: Final = 96
"""Points of a graph, each the mean of as many of the vector's numbers. More: a graph of 2048 numbers is a
smear. Fewer: hills of embeddings of 64 are cut."""


class Page:
    """The layout of all frames of one clip.

    Attributes:
      height: of the pictures, whose width is `WIDTH`.
    """

    def __init__(self, extractors: Sequence[str], parts: Sequence[str]) -> None:
        """
        Args:
          extractors: names, each of which gets a block of graphs.
          parts: names of the graphs of a block; the last is the skin's colour.
        """
        self._extractors, self._parts = extractors, parts
        rows = -(-len(parts) // _COLUMNS)
        self._block = _HEADING + rows * _CELL[1]
        self.height = _TOP + len(extractors) * self._block
        self.height += self.height % 2
        page = Image.new("RGB", (WIDTH, self.height), _PAPER)
        draw = ImageDraw.Draw(page)
        for n, name in enumerate(extractors):
            y = _TOP + n * self._block
            draw.text((_PAD, y + 8), name, _INK, ImageFont.load_default(17))
            x = _PAD + 150
            for word, color in (("face", PINK), ("avatar", PURPLE)):
                draw.line((x, y + 18, x + 26, y + 18), color, 3)
                draw.text((x + 34, y + 8), word, color, ImageFont.load_default(16))
                x += 120
            for k, part in enumerate(parts):
                left, top = self._cell(n, k)
                draw.text((left + _PAD, top + 4), part.replace("_", " "), _INK, ImageFont.load_default(16))
        self._page = np.asarray(page)

    def _cell(self, block: int, index: int) -> tuple[int, int]:
        x = index % _COLUMNS * _CELL[0]
        return x, _TOP + block * self._block + _HEADING + index // _COLUMNS * _CELL[1]

    def draw(
        self,
        frame: np.ndarray,
        avatar: np.ndarray,
        graphs: Sequence[Mapping[str, "Graph"]],
        *,
        found: bool,
    ) -> np.ndarray:
        """The picture of one frame.

        Args:
          frame: ``uint8[H, W, 3]``.
          avatar: ``uint8[S, S, 3]``.
          graphs: for each extractor, by part.
          found: whether the frame shows the face.

        Returns:
          ``uint8[height, WIDTH, 3]``.
        """
        page = self._page.copy()
        side = _TOP - 2 * _PAD
        right = WIDTH - 2 * _PAD - side
        _paste(page, _fitted(frame, right - 2 * _PAD, side), (right // 2 + _PAD // 2, _TOP // 2))
        _paste(page, _fitted(avatar, side, side), (right + side // 2, _TOP // 2))
        if not found:
            _write(page, "no face", (2 * _PAD, 2 * _PAD), PINK, 20)
        for n, block in enumerate(graphs):
            for k, part in enumerate(self._parts):
                if part in block:
                    self._graph(page, block[part], self._cell(n, k))
                else:
                    left, top = self._cell(n, k)
                    _write(page, "not seen", (left + _CELL[0] - _PAD - 62, top + 4), _GREY, 15)
        return page

    def _graph(self, page: np.ndarray, graph: "Graph", corner: tuple[int, int]) -> None:
        left, top = corner
        text = f"{graph.similarity:.2f}"
        _write(page, text, (left + _CELL[0] - _PAD - 34, top + 4), _INK, 16)
        box = (left + _PAD, top + 28, _CELL[0] - 2 * _PAD, _CELL[1] - 36)
        middle = box[1] + box[3] // 2
        cv2.line(page, (box[0], middle), (box[0] + box[2], middle), _RULE, 1)
        for values, color in ((graph.avatar, PURPLE), (graph.face, PINK)):
            if values is not None:
                _curve(page, binned(values) / max(graph.scale, 1e-6), box, color)


class Graph:
    """Two embeddings of one part.

    Attributes:
      face, avatar: ``float[D]``; None where there is none.
      similarity: of both.
      scale: the number that reaches the graph's upper edge.
    """

    def __init__(
        self, face: np.ndarray | None, avatar: np.ndarray | None, similarity: float, scale: float
    ) -> None:
        self.face, self.avatar, self.similarity, self.scale = face, avatar, similarity, scale


def binned(values: np.ndarray) -> np.ndarray:
    """``float[D]`` as means of neighbours, `_POINTS` of them at most."""
    if len(values) <= _POINTS:
        return values
    edges = np.linspace(0, len(values), _POINTS + 1).astype(int)
    return np.add.reduceat(values, edges[:-1]) / np.diff(edges)


def _curve(
    page: np.ndarray, heights: np.ndarray, box: tuple[int, int, int, int], color: tuple[int, int, int]
) -> None:
    x = box[0] + np.linspace(0, box[2], len(heights))
    y = box[1] + box[3] / 2 - np.clip(heights, -1, 1) * (box[3] / 2 - 2)
    points = np.rint(np.stack([x, y], -1) * 16).astype(np.int32)
    cv2.polylines(page, [points], False, color, 2, cv2.LINE_AA, 4)


def _fitted(pixels: np.ndarray, width: int, height: int) -> np.ndarray:
    scale = min(width / pixels.shape[1], height / pixels.shape[0])
    size = (max(1, round(pixels.shape[1] * scale)), max(1, round(pixels.shape[0] * scale)))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return cv2.resize(pixels, size, interpolation=method)


def _paste(page: np.ndarray, pixels: np.ndarray, middle: tuple[int, int]) -> None:
    height, width = pixels.shape[:2]
    x, y = middle[0] - width // 2, middle[1] - height // 2
    page[y : y + height, x : x + width] = pixels


def _write(
    page: np.ndarray, text: str, corner: tuple[int, int], color: tuple[int, int, int], size: int
) -> None:
    ink = _letters(text, size)[..., None].astype(np.float32) / 255
    x, y = corner
    under = page[y : y + ink.shape[0], x : x + ink.shape[1]]
    under[:] = np.rint(under * (1 - ink) + np.asarray(color, np.float32) * ink).astype(np.uint8)


@functools.lru_cache(maxsize=1024)
def _letters(text: str, size: int) -> np.ndarray:
    font = ImageFont.load_default(size)
    picture = Image.new("L", (round(font.getlength(text)) + 2, size + 6))
    ImageDraw.Draw(picture).text((0, 0), text, 255, font)
    return np.asarray(picture)
