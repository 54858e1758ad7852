"""Whether one person stays one person: how often avatars of two photos of somebody agree.

What is compared does not change with the light, the smile or the day: the variants of `PARTS`, and the
colours of `SLOTS`. Beside it stands how often two people agree, because a style with one nose always does.
"""

import dataclasses
import io
import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image
from tqdm import tqdm

from emojax.avatar.faces.files import photos_in
from emojax.avatar.pipeline import AvatarMaker
from emojax.avatar.result import Avatar
from emojax.core.errors import UserError
from emojax.media import image
from emojax.media.color import parse_hex, srgb_to_lab

PARTS: Final = ("hair", "head", "nose", "brows", "facial_hair")
SLOTS: Final = ("skin", "hair")

MONK_SCALE: Final = (
    *("#f6ede4", "#f3e7db", "#f7ead0", "#eadaba", "#d7bd96"),
    *("#a07e56", "#825c43", "#604134", "#3a312a", "#292420"),
)
"""Ten tones of skin, the lightest first (Monk, 2019, "Monk Skin Tone Scale")."""

TOGETHER: Final = 3
"""Photos of which one avatar is made by voting. A choice: with more, people with few photos have no pair."""

_GAIN: Final = 0.2
_TINT: Final = 0.1
_QUALITY: Final = 35
_CUT: Final = 0.04
"""How photos are changed: by which share values rise or fall, and red and blue do against each other; JPEG's
quality; the share of each side that is cut off. Choices, not fits: reports with others cannot be compared."""


def _lit(gains: Sequence[float]) -> Callable[[np.ndarray], np.ndarray]:
    def apply(photo: np.ndarray) -> np.ndarray:
        return np.clip(np.rint(photo * np.asarray(gains)), 0, 255).astype(np.uint8)

    return apply


def _compressed(photo: np.ndarray) -> np.ndarray:
    stream = io.BytesIO()
    Image.fromarray(photo).save(stream, "JPEG", quality=_QUALITY)
    return np.asarray(Image.open(stream))


def _cropped(photo: np.ndarray) -> np.ndarray:
    down, right = (round(_CUT * side) for side in photo.shape[:2])
    return np.ascontiguousarray(photo[down : len(photo) - down, right : photo.shape[1] - right])


CHANGES: Final[Mapping[str, Callable[[np.ndarray], np.ndarray]]] = {
    "brighter": _lit([1 + _GAIN] * 3),
    "darker": _lit([1 - _GAIN] * 3),
    "warmer": _lit([1 + _TINT, 1, 1 - _TINT]),
    "cooler": _lit([1 - _TINT, 1, 1 + _TINT]),
    "compressed": _compressed,
    "cropped": _cropped,
}
"""What is done to a whole photo, ``uint8[H, W, 3]``."""


@dataclasses.dataclass(frozen=True)
class Agreement:
    """How often two avatars agree.

    Attributes:
      pairs: how many pairs were compared.
      parts: by part of `PARTS` the share of them that have the same variant.
      colors: by slot of `SLOTS` the share that have the same colour of the style's palette.
      tone: the share whose skin is nearest, by lightness, to the same tone of `MONK_SCALE`: of a palette with
        more colours than that, two may show one tone.
    """

    pairs: int
    parts: dict[str, float]
    colors: dict[str, float]
    tone: float


@dataclasses.dataclass(frozen=True)
class Consistency:
    """What was measured of a maker on photos of several people.

    Attributes:
      style: of the maker.
      people: how many.
      photos: how many photos of them.
      no_face: on how many no face was found.
      one_person: two photos of one person.
      strangers: photos of two people.
      voted: avatars of two sets of `TOGETHER` photos of one person; None if nobody has two sets.
      changed: by change of `CHANGES` a photo and the same photo, changed.
    """

    style: str
    people: int
    photos: int
    no_face: int
    one_person: Agreement
    strangers: Agreement
    voted: Agreement | None
    changed: dict[str, Agreement]


def load(folder: Path) -> list[list[np.ndarray]]:
    """The photos of each person: of each folder in `folder` that holds some.

    Raises:
      UserError: there are not two people with two photos each, or a photo cannot be read.
    """
    if not folder.is_dir():
        raise UserError(f"{folder}: no such folder; name one that holds a folder of photos of each person")
    inside = [path for path in sorted(folder.iterdir()) if path.is_dir() and not path.name.startswith(".")]
    people = [[image.read_photo(photo) for photo in photos_in(person)] for person in inside]
    if len(people) < 2 or any(len(photos) < 2 for photos in people):
        raise UserError(
            f"{folder}: needs a folder of each of two people or more, with two photos or more in it"
        )
    return people


def judge(maker: AvatarMaker, people: Sequence[Sequence[np.ndarray]]) -> Consistency:
    """Makes avatars of all photos, and compares them.

    Args:
      maker: of avatars.
      people: photos of each person, as of `load`.

    Raises:
      UserError: faces are found of no two photos of anybody, or of one person only.
    """
    found = [maker.make(photos) for photos in tqdm(people, "people", disable=None, leave=False)]
    made = [[each for each in own if isinstance(each, Avatar)] for own in found]
    of_one = list(itertools.chain.from_iterable(itertools.combinations(own, 2) for own in made))
    of_two = [
        pair for one, other in itertools.combinations(made, 2) for pair in itertools.product(one, other)
    ]
    if not of_one or not of_two:
        raise UserError("faces are found on too few photos: give two people with two photos of a face each")
    return Consistency(
        style=maker.style.name,
        people=len(people),
        photos=sum(map(len, people)),
        no_face=sum(map(len, people)) - sum(map(len, made)),
        one_person=_agreement(of_one),
        strangers=_agreement(of_two),
        voted=_voted(maker, people),
        changed={name: _changed(maker, people, found, change) for name, change in CHANGES.items()},
    )


def tone(avatar: Avatar) -> int:
    """Which tone of `MONK_SCALE` is as light as an avatar's skin."""
    skin = srgb_to_lab(parse_hex(avatar.colors["skin"]))
    scale = srgb_to_lab(np.stack([parse_hex(color) for color in MONK_SCALE]))
    return int(np.argmin(np.abs(scale[:, 0] - skin[0])))


def _voted(maker: AvatarMaker, people: Sequence[Sequence[np.ndarray]]) -> Agreement | None:
    pairs: list[tuple[Avatar, Avatar]] = []
    for photos in people:
        sets = [photos[i : i + TOGETHER] for i in range(0, len(photos) - TOGETHER + 1, TOGETHER)]
        avatars = []
        for each in sets:
            try:
                avatars.append(maker.make_together(each)[0])
            except UserError:  # no face on any
                continue
        pairs += itertools.combinations(avatars, 2)
    return _agreement(pairs) if pairs else None


def _changed(
    maker: AvatarMaker,
    people: Sequence[Sequence[np.ndarray]],
    before: Sequence[Sequence[Avatar | UserError]],
    change: Callable[[np.ndarray], np.ndarray],
) -> Agreement:
    pairs = []
    for photos, own in zip(people, before, strict=True):
        after = maker.make([change(photo) for photo in photos])
        pairs += [
            (a, b) for a, b in zip(own, after, strict=True) if isinstance(a, Avatar) and isinstance(b, Avatar)
        ]
    return _agreement(pairs)


def _agreement(pairs: Sequence[tuple[Avatar, Avatar]]) -> Agreement:
    return Agreement(
        pairs=len(pairs),
        parts={part: _share(a.parts[part].id == b.parts[part].id for a, b in pairs) for part in PARTS},
        colors={slot: _share(a.colors[slot] == b.colors[slot] for a, b in pairs) for slot in SLOTS},
        tone=_share(tone(a) == tone(b) for a, b in pairs),
    )


def _share(same: Iterable[bool]) -> float:
    each = list(same)
    return round(sum(each) / max(len(each), 1), 4)
