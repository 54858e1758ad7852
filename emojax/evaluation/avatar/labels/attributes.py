"""Whether avatars wear and show what the faces do, judged by labels that people made by eye."""

import dataclasses
from collections.abc import Collection, Mapping
from typing import Final

from emojax.avatar.result import Avatar
from emojax.core.errors import UserError
from emojax.evaluation.avatar.labels.agreement import Agreement, agreement
from emojax.evaluation.avatar.labels.annotations import Annotations


@dataclasses.dataclass(frozen=True)
class Attribute:
    """One question to labels and avatars.

    Attributes:
      column: of the labels.
      words: for each word of that column its class; None where the question does not arise, and the face is
        left out.
      key: of `Avatar.attributes`; "" if it is the question's name.
      other: the class of avatars whose word is none of `words`, or one that they leave out; None where that
        cannot be.
    """

    column: str
    words: Mapping[str, str | None]
    key: str = ""
    other: str | None = None

    @property
    def classes(self) -> list[str]:
        """The classes, each once."""
        found = [word for word in self.words.values() if word is not None]
        return list(dict.fromkeys([*found, *([self.other] if self.other is not None else [])]))

    def of_avatar(self, value: str | bool) -> str:
        """The class of what an avatar shows."""
        word = value if isinstance(value, str) else "yes" if value else "no"
        if word in self.classes:
            return word
        # What labels leave out, such as ears that are hidden, avatars show as nothing.
        return self.words.get(word) or self.other or (self.classes[0] if word in self.words else word)


def _classes(
    key: str, text: str, *, left_out: str = "", column: str = "", other: str | None = None
) -> Attribute:
    """A question whose classes are written as ``name: word word, name: word``."""
    words: dict[str, str | None] = {}
    for name, _, listed in (item.strip().partition(": ") for item in text.split(",")):
        words |= dict.fromkeys((listed or name).split(), name)
    return Attribute(column or key, words | dict.fromkeys(left_out.split()), key, other)


def _yes_no(*, yes: str, no: str, left_out: str = "") -> dict[str, str | None]:
    words: dict[str, str | None] = dict.fromkeys(no.split(), "no")
    return words | dict.fromkeys(yes.split(), "yes") | dict.fromkeys(left_out.split())


_OPEN: Final = "teeth_smile open_smile open_neutral open_wide grimace"
_CLOSED: Final = "closed_neutral closed_smile closed_frown pout"
_SMILING: Final = "closed_smile teeth_smile open_smile"
_NOT_SMILING: Final = "closed_neutral closed_frown open_neutral open_wide pout grimace"

ATTRIBUTES: Final[Mapping[str, Attribute]] = {
    "glasses": Attribute("glasses", _yes_no(no="none", yes="clear sun", left_out="on_head")),
    "hat": Attribute("headwear", _yes_no(no="none", yes="cap beanie brimmed headband scarf other")),
    "mouth_open": Attribute("mouth", _yes_no(no=_CLOSED, yes=_OPEN)),
    "smile": Attribute("mouth", _yes_no(no=_NOT_SMILING, yes=_SMILING)),
    "hair_length": Attribute(
        "hair_length",
        {
            "bald": "none",
            "buzz": "short",
            "short": "short",
            "medium": "medium",
            "long": "long",
            "hidden": None,
        },
    ),
    "hair_texture": _classes(
        "hair_texture", "straight, wavy, curly: curly coily", left_out="unclear", other="none"
    ),
    "tied": _classes(
        "hair_arrangement",
        "loose: loose half_up, tied: tied_back up",
        left_out="braids slicked_back spiky locs cropped none",
        other="neither",
    ),
    "fringe": _classes("fringe", "none, side: side wispy, full"),
    "facial_hair": _classes(
        "facial_hair", "none, stubble, moustache, goatee: goatee van_dyke, beard: short_beard full_beard"
    ),
    "eyewear": _classes("eyewear", "none, clear, sun", left_out="on_head", column="glasses"),
    "headwear": _classes("headwear", "none, cap, beanie, brimmed, headband, scarf, other"),
    "mouth": _classes(
        "mouth",
        "closed: closed_neutral closed_frown pout, smile: closed_smile, "
        "teeth: teeth_smile open_smile grimace, parted: open_neutral open_wide",
    ),
    "brows": _classes("brows", "neutral, raised, frown, worried"),
    "lipstick": _classes("lipstick", "no, natural, strong"),
    "eye_makeup": _classes("eye_makeup", "no, some, strong"),
    "lines": _classes("lines", "none, some, marked"),
    "earrings": _classes("earrings", "none, stud, drop", left_out="hidden"),
}
"""By question: the class of each word of the labels and of the avatar's.

Yes and no are the avatar's true and false. Hair is tied or loose where it is long enough to be either. Teeth
that show count as an open mouth, as they do in the styles' tags. Glasses pushed up into the hair are no
glasses before the eyes, but neither are they none.
"""


@dataclasses.dataclass(frozen=True)
class Compared:
    """One attribute, of all faces that have an avatar and a label.

    Attributes:
      column: of the labels.
      left_out: faces whose label avatars have no word for.
      avatar: labels to avatars.
      second: the first labelling to the second, in the avatar's words: what is the same question to two
        people. None without a second labelling.
      at_ceiling: whether the avatar's balanced accuracy is not below the second labelling's: it cannot be
        distinguished from a perfect one. None without a second labelling.
    """

    column: str
    left_out: int
    avatar: Agreement
    second: Agreement | None
    at_ceiling: bool | None


def columns() -> dict[str, Collection[str]]:
    """The columns of labels that are needed, and the words of each."""
    return {attribute.column: tuple(attribute.words) for attribute in ATTRIBUTES.values()}


def compare(annotations: Annotations, avatars: Mapping[str, Avatar], *, seed: int) -> dict[str, Compared]:
    """Compares labelled faces with their avatars.

    Args:
      annotations: read with `columns`.
      avatars: by the photo's name. Those without labels are left out.
      seed: of the bootstrap.

    Returns:
      By attribute.

    Raises:
      UserError: no face has both an avatar and labels.
    """
    labelled = {name: a.attributes() for name, a in avatars.items() if name in annotations.first}
    if not labelled:
        raise UserError(
            f"--labels {annotations.source}: labels none of the {len(avatars)} photos with an avatar; the "
            "first column holds photos' names without suffix"
        )
    by_face = {
        face: {
            name: a.of_avatar(shown[a.key or name])
            for name, a in ATTRIBUTES.items()
            if (a.key or name) in shown
        }
        for face, shown in labelled.items()
    }
    return {name: _compare(name, annotations, by_face, seed) for name in ATTRIBUTES}


def compare_words(
    annotations: Annotations, faces: Mapping[str, Mapping[str, str | bool]], *, seed: int
) -> dict[str, Compared]:
    """Compares labelled faces with what was read off their photos.

    Args:
      annotations: read with `columns`.
      faces: by the photo's name, the keys and words of `emojax.avatar.summary.as_document`.
      seed: of the bootstrap.
    """
    by_face = {
        face: {name: a.of_avatar(shown[a.key or name]) for name, a in ATTRIBUTES.items()}
        for face, shown in faces.items()
        if face in annotations.first
    }
    return {name: _compare(name, annotations, by_face, seed) for name in ATTRIBUTES}


def _compare(
    name: str, annotations: Annotations, by_face: Mapping[str, Mapping[str, str]], seed: int
) -> Compared:
    attribute = ATTRIBUTES[name]
    column, classes = attribute.column, attribute.classes
    first = {face: attribute.words[row[column]] for face, row in annotations.first.items()}
    pairs = [(word, each[name]) for face, each in by_face.items() if (word := first[face]) is not None]
    avatar = agreement([a for a, _ in pairs], [b for _, b in pairs], classes=classes, seed=seed)
    second = None
    if annotations.second is not None:
        again = [
            (word, other)
            for face, row in annotations.second.items()
            if (word := first.get(face)) is not None and (other := attribute.words[row[column]]) is not None
        ]
        second = agreement([a for a, _ in again], [b for _, b in again], classes=classes, seed=seed)
    return Compared(column, len(by_face) - len(pairs), avatar, second, _at_ceiling(avatar, second))


def _at_ceiling(avatar: Agreement, second: Agreement | None) -> bool | None:
    if second is None or avatar.balanced_accuracy is None or second.balanced_accuracy is None:
        return None
    return avatar.balanced_accuracy.value >= second.balanced_accuracy.value
