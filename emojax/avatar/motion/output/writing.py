"""Writes what a film shows: a clip with sound, a folder of SVG and JSON, or frames beside embeddings."""

import dataclasses
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final
from xml.etree.ElementTree import Element, fromstring

import numpy as np

from emojax.avatar.faces.detection import Box
from emojax.avatar.matching.choosing import Part
from emojax.avatar.motion.film import Film
from emojax.avatar.motion.output.blending import on_color, straight
from emojax.avatar.motion.output.drawing import Puppet
from emojax.avatar.motion.output.plots import Graph, Page
from emojax.avatar.motion.output.vectors import Track, Verdict
from emojax.avatar.motion.posing import Head, Pose
from emojax.avatar.motion.tracking import face_of
from emojax.avatar.result import Avatar
from emojax.avatar.styles.part import serialize
from emojax.avatar.styles.style import FRAME
from emojax.core import markdown
from emojax.media.clips import Frame
from emojax.media.color import ciede2000, parse_hex, srgb_to_lab
from emojax.media.image import writing

PAPER: Final = (238, 241, 246)
"""Behind avatars in videos and GIFs, which have no soft transparency."""

_AVATAR: Final = 372
"""Side in pixels of the avatar beside a frame, about as large as it is shown."""

_COLOR_SCALE: Final = 100.0
"""Of the graph of a colour: CIELAB's lightness is 0 to 100."""

_SVG: Final = "{http://www.w3.org/2000/svg}"


def avatars(
    film: Film, poses: Sequence[Pose], *, size: int, background: str | None, clear: bool
) -> Iterator[Frame]:
    """The avatar alone, frame by frame.

    Args:
      film: what was watched.
      poses: one a moment.
      size: side in pixels.
      background: ``#rrggbb`` behind it; None is transparent if `clear`, else `PAPER`.
      clear: whether the format knows transparency.

    Yields:
      ``uint8[size, size, 3 or 4]``, each at its moment's time.
    """
    color = PAPER if background is None else _rgb(background)
    drawn = draw(film, poses, size=size)
    for moment, pixels in zip(film.watched.moments, drawn, strict=True):
        shown = straight(pixels) if clear and background is None else on_color(pixels, color)
        yield Frame(shown, moment.time)


def draw(film: Film, poses: Sequence[Pose], *, size: int) -> Iterator[np.ndarray]:
    """The avatar in each pose: ``uint8[size, size, 4]``, alpha premultiplied."""
    numbers = (track for track, moments in film.scenes() for _ in moments)
    puppet, present = None, None
    for track, each in zip(numbers, poses, strict=True):
        if puppet is None or track != present:
            avatar, present = film.identities[track].avatar, track
            puppet = Puppet(film.maker.style, avatar.choice, avatar.colors, avatar.moves, size=size)
        yield puppet.draw(each)


def beside_embeddings(
    film: Film,
    poses: Sequence[Pose],
    frames: Iterable[Frame],
    tracks: Sequence[Track],
    skins: Sequence[np.ndarray | None],
) -> Iterator[Frame]:
    """Each frame beside its avatar, and both embeddings of each part.

    Args:
      film: what was watched.
      poses: one a moment.
      frames: the clip's, once more.
      tracks: of the extractors that are compared.
      skins: of each frame the skin's CIELAB colour, where it was seen.
    """
    parts = tracks[0].library.types
    page = Page([track.extractor.name for track in tracks], [*parts, "skin colour"])
    choices = [pose.choice for pose in poses]
    faces, drawn = [track.vectors() for track in tracks], [track.drawn(choices) for track in tracks]
    scales = [[float(np.quantile(np.abs(own[:, t]), 0.999)) for t in range(len(parts))] for own in faces]
    numbers = [track for track, moments in film.scenes() for _ in moments]
    pictures = draw(film, poses, size=_AVATAR)
    moments = film.watched.moments
    for n, (moment, frame, pixels) in enumerate(zip(moments, frames, pictures, strict=False)):
        skin = _skin(skins[n], film.identities[numbers[n]].avatar)
        graphs = []
        for own, other, scale in zip(faces, drawn, scales, strict=True):
            block = {
                part: Graph(own[n, t], other[n, t], float(own[n, t] @ other[n, t]), scale[t])
                for t, part in enumerate(parts)
                if own[n, t].any() and other[n, t].any()
            }
            graphs.append(block | skin)
        shown = page.draw(frame.pixels, on_color(pixels, PAPER), graphs, found=moment.square is not None)
        yield Frame(shown, moment.time)


def _skin(seen: np.ndarray | None, avatar: Avatar) -> dict[str, Graph]:
    if seen is None or "skin" not in avatar.colors:
        return {}
    own = srgb_to_lab(parse_hex(avatar.colors["skin"]))
    alike = 1 - float(ciede2000(seen, own)) / _COLOR_SCALE
    return {"skin colour": Graph(seen, own, alike, _COLOR_SCALE)}


def write_folder(film: Film, poses: Sequence[Pose], folder: Path, *, background: str | None) -> Iterator[int]:
    """Writes ``00000.svg`` and ``00000.json`` for each frame; yields its number once both are there.

    Raises:
      UserError: the folder cannot be written.
    """
    numbers = [track for track, moments in film.scenes() for _ in moments]
    square: Box | None = None  # of a frame that was skipped that of the one before
    for n, (moment, pose, track) in enumerate(zip(film.watched.moments, poses, numbers, strict=True)):
        square = square if moment.skipped else moment.square
        avatar = avatar_of(film.identities[track].avatar, square, pose)
        document = avatar.as_json() | {
            "time": round(moment.time, 4),
            "scene": track,
            "found": square is not None,
            "blinking": pose.blinking,
            "head": {key: round(value, 4) for key, value in dataclasses.asdict(pose.head).items()},
        }
        drawing = turned(avatar.svg(background=background), pose.head)
        texts = {".svg": drawing, ".json": json.dumps(document, indent=1, ensure_ascii=False) + "\n"}
        for suffix, text in texts.items():
            with writing(folder / f"{n:05d}{suffix}") as temporary:
                temporary.write_text(text, encoding="utf-8")
        yield n


def avatar_of(base: Avatar, square: Box | None, pose: Pose) -> Avatar:
    """The avatar of one frame: the scene's, with the frame's expression, places and face."""
    changed = {name: Part(v) for name, v in pose.choice.items() if v != base.parts[name].id}
    crop = base.crop
    if square is not None:
        crop = dataclasses.replace(crop, face=face_of(square))
    return dataclasses.replace(base, parts={**base.parts, **changed}, moves=pose.moves, crop=crop)


def turned(drawing: str, head: Head) -> str:
    """An avatar's SVG with all that is drawn moved as its head is."""
    root = fromstring(drawing)
    whole = Element("g", {"id": "moved", "transform": _transform(head)})
    for child in [each for each in root if each.tag == f"{_SVG}g"]:
        root.remove(child)
        whole.append(child)
    root.append(whole)
    for element in root.iter():
        element.tag = element.tag.removeprefix(_SVG)
    root.set("xmlns", "http://www.w3.org/2000/svg")
    return serialize(root)


def _transform(head: Head) -> str:
    x, y = FRAME / 2, FRAME * 0.62
    right, down = x + head.right * FRAME, y + head.down * FRAME
    return (
        f"translate({right:.2f} {down:.2f}) rotate({head.roll_degrees:.2f}) scale({head.scale:.4f}) "
        f"translate({-x:.2f} {-y:.2f})"
    )


def _rgb(color: str) -> tuple[int, int, int]:
    red, green, blue = (round(255 * value) for value in parse_hex(color, "--background").tolist())
    return red, green, blue


def table(verdicts: Mapping[str, Mapping[str, Verdict]]) -> str:
    """A Markdown table of `vectors.judge`'s verdicts, by extractor.

    Rows are part types; columns signal by jitter, and flips per 100 still frames.
    """
    names = list(verdicts)
    parts = list(dict.fromkeys(part for found in verdicts.values() for part in found))
    header = ["part", *(f"{name}: signal / jitter" for name in names)]
    header += [f"{name}: flips per 100" for name in names]
    rows = []
    for part in parts:
        own = [verdicts[name].get(part) for name in names]
        ratios = [_number(None if each is None else each.ratio) for each in own]
        rows.append([part, *ratios, *(_number(None if each is None else each.flips) for each in own)])
    return markdown.table(header, rows)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.1f}"
