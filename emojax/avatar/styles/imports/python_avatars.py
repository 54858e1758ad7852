"""The art of python_avatars (avataaars, by Pablo Stanley) as a style; that package must be installed.

Its drawings are 264 by 280 units, each part in a corner of its own that the package's template places. Here
every part is moved into the face frame and labelled, so that it can be compared with faces.
"""

import importlib
import importlib.util
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from xml.etree.ElementTree import Element

from emojax.avatar.styles.imports.avataaars_tags import DEFAULTS, PALETTES, TAGS
from emojax.avatar.styles.imports.folder import Drawing, Imported
from emojax.avatar.styles.imports.translate import Translation
from emojax.core import untrusted
from emojax.core.errors import UserError

PACKAGE: Final = "python_avatars"
_SCALE: Final = 1.45
"""Units of the face frame in one of the drawings: its eyes are 52 apart, those of the frame 74. Larger, hair
leaves
the frame of photos, and cannot be compared; smaller, faces are small in it."""

_RIGHT, _DOWN = 153 - 132 * _SCALE, 146 - 112 * _SCALE
_PLACE: Final = f"translate({_RIGHT:g} {_DOWN:g}) scale({_SCALE:g})"
_CANVAS: Final = (round(_RIGHT) - 11, round(_DOWN), 406)

_FOLDERS: Final[Mapping[str, tuple[str, float, float]]] = {
    "hair": ("top/hair", 0, 0),
    "hat": ("top/hat", 0, 0),
    "brows": ("eyebrows", 76, 82),
    "eyes": ("eyes", 76, 90),
    "nose": ("nose", 104, 122),
    "mouth": ("mouth", 78, 134),
    "facial_hair": ("facial_hair", 49, 72),
    "glasses": ("accessories", 62, 85),
    "clothes": ("clothes", 0, 170),
}
"""By part type the folder of its drawings, and where the template places them."""

_LAYERS: Final = {
    "head": 20,
    "ears": 25,
    "clothes": 30,
    "mouth": 40,
    "nose": 45,
    "eyes": 50,
    "brows": 55,
    "hair": 70,
    "hat": 72,
    "facial_hair": 75,
    "glasses": 80,
}
_SLOTS: Final = {
    "hair": {"Hair-Color": "hair"},
    "hat": {"Fabric-Color": "hat"},
    "facial_hair": {"Facial-Hair-Color": "beard"},
    "clothes": {"Fabric-Color": "cloth"},
}
_CLASSES: Final = {
    "hair": "hair",
    "hat": "hat",
    "facial_hair": "skin",
    "glasses": "eyeglasses",
    "clothes": "cloth",
}
_OPTIONS: Final = {
    "hair": ("top", "HairType"),
    "hat": ("top", "HatType"),
    "brows": ("eyebrows", "EyebrowType"),
    "eyes": ("eyes", "EyeType"),
    "nose": ("nose", "NoseType"),
    "mouth": ("mouth", "MouthType"),
    "facial_hair": ("facial_hair", "FacialHairType"),
    "glasses": ("accessory", "AccessoryType"),
    "clothes": ("clothing", "ClothingType"),
}
_COLORS: Final = {
    "skin": "skin_color",
    "hair": "hair_color",
    "beard": "facial_hair_color",
    "cloth": "clothing_color",
    "hat": "hat_color",
}
_MIDDLE: Final = 56
"""Column between both eyes in drawings of eyes and brows."""

MAX_BYTES: Final = 200_000


def read() -> Imported:
    """The style of the installed package.

    Raises:
      UserError: it is not installed, or lacks drawings.
    """
    found = importlib.util.find_spec(PACKAGE)
    if found is None or not found.submodule_search_locations:
        raise UserError(f"{PACKAGE} is not installed: pip install python-avatars, then import again")
    art = Path(next(iter(found.submodule_search_locations))) / "avatar_parts"
    drawings: dict[str, dict[str, Drawing]] = {"head": {"default": _head(art)}, "ears": {"default": _ears()}}
    for part, listed in TAGS.items():
        drawings[part] = {}
        for name, tags in listed.items():
            folder, right, down = _FOLDERS[part]
            path = art / folder / f"{name}.svg"
            if name == "none":
                drawings[part][name] = Drawing([], [], tags)
            elif path.is_file():  # versions of the package differ in their parts
                drawings[part][name] = _drawing(path, part, (right, down), tags)
    for part, name in DEFAULTS.items():
        if name not in drawings[part]:
            raise UserError(f"{art}: lacks the {part} {name}; install another version of python-avatars")
    return Imported(
        manifest={
            "name": "avataaars",
            "version": "1.0",
            "licence": "MIT (python_avatars); art free for personal and commercial use",
            "author": "Pablo Stanley; imported by emojax",
            "canvas": list(_CANVAS),
            "palettes": PALETTES,
            "follows": {"brows": "hair", "beard": "hair"},
        },
        layers={part: {"front": _LAYERS[part]} for part in drawings},
        defaults=DEFAULTS,
        drawings=drawings,
        renderer={"renderer": PACKAGE, "parts": _renderer_parts(drawings), "colors": _COLORS},
    )


def _renderer_parts(drawings: Mapping[str, Mapping[str, Drawing]]) -> dict[str, Any]:
    """For each part type the argument of ``python_avatars.Avatar``, and its value for each variant."""
    package = importlib.import_module(PACKAGE)
    found = {}
    for part, (option, enum) in _OPTIONS.items():
        names = {member.value or "none": f"{enum}.{member.name}" for member in getattr(package, enum)}
        values = {name: names[name] for name in drawings[part] if name in names}
        found[part] = {"option": option, "values": values}
    return found


def _drawing(path: Path, part: str, corner: tuple[float, float], tags: Mapping[str, Any]) -> Drawing:
    """A part of the package in the face frame, with labels."""
    data = untrusted.read_bytes(path, most=MAX_BYTES)
    translation = Translation(data, f"{path.parent.name}/{path.name}", _SLOTS.get(part, {}))
    shapes = translation.drawn()
    if part in ("eyes", "brows"):
        placed = _sides(shapes, translation.clips, part, corner)
    else:
        label = _CLASSES.get(part) or _label(part, tags)
        placed = [_placed(shapes, corner, label)]
    if part == "hat":
        # Hats come with no hair, which would stick out of them: what is kept of it is outside the picture.
        placed.append(Element("path", {"d": "M-900 -900h1v1z", "data-keep": "hair", "fill": "none"}))
    if part == "nose":
        placed.insert(0, _shape("ellipse", "nose", cx="153", cy="182", rx="21", ry="29"))
    return Drawing(placed, translation.clips, tags)


def _label(part: str, tags: Mapping[str, Any]) -> str:
    """Of a mouth or nose: lines of closed mouths are lips, and open ones are seen inside."""
    return part if part == "nose" else "mouth" if tags["open"] else "lower-lip"


def _placed(shapes: list[Element], corner: tuple[float, float], label: str) -> Element:
    outer = Element("g", {"transform": _PLACE, "data-class": label})
    inner = Element("g", {"transform": f"translate({corner[0]:g} {corner[1]:g})"}) if any(corner) else outer
    if inner is not outer:
        outer.append(inner)
    inner.extend(shapes)
    return outer


def _sides(
    shapes: list[Element], clips: list[Element], part: str, corner: tuple[float, float]
) -> list[Element]:
    """Both eyes or brows, each half of the drawing with the label of its side: left is the person's left."""
    found = []
    for side, start in (("right", _MIDDLE - 200), ("left", _MIDDLE)):
        name = f"half-{side}"
        clip = Element("clipPath", {"id": name})
        clip.append(Element("rect", {"x": f"{start}", "y": "-100", "width": "200", "height": "300"}))
        clips.append(clip)
        placed = _placed(shapes, corner, f"{side}-{part[:-1]}")
        placed[0].set("clip-path", f"url(#{name})")
        found.append(placed)
    return found


def _head(art: Path) -> Drawing:
    """The template's body, whose face is a capsule; what is outside that is neck, but for the ears."""
    path = art / "styles" / "transparent.svg"
    translation = Translation(
        untrusted.read_bytes(path, most=MAX_BYTES), f"styles/{path.name}", {"Skin-Color": "skin"}
    )
    body = _placed(translation.drawn(), (0, 0), "neck")
    x, y = _RIGHT + 76 * _SCALE, _DOWN + 36 * _SCALE
    face = Element(
        "rect",
        {
            **{"x": f"{x:g}", "y": f"{y:g}", "width": f"{112 * _SCALE:g}", "height": f"{150 * _SCALE:g}"},
            **{"rx": f"{56 * _SCALE:g}", "fill": "#d0c6ac", "data-fill": "skin", "data-class": "skin"},
            "data-outline": "",
        },
    )
    return Drawing([body, face], translation.clips, {})


def _ears() -> Drawing:
    """The ears are drawn with the body; these shapes say which of it they are."""
    top, height = f"{_DOWN + 98 * _SCALE:g}", f"{38 * _SCALE:g}"
    shapes = [
        _shape(
            "rect",
            f"{side}-ear",
            x=f"{_RIGHT + x * _SCALE:g}",
            y=top,
            width=f"{10 * _SCALE:g}",
            height=height,
        )
        for side, x in (("right", 66), ("left", 188))
    ]
    return Drawing(shapes, [], {})


def _shape(tag: str, label: str, **geometry: str) -> Element:
    """A shape that is labelled and not seen."""
    return Element(tag, {**geometry, "fill": "#000000", "opacity": "0", "data-class": label})
