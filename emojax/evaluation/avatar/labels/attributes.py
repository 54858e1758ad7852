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
    """One of `Avatar.attributes` and the labels that it is compared with.

    Attributes:
      column: of the labels.
      words: for each word of that column the avatar's word; None where avatars have no word for it, and the
        face is left out.
    """

    column: str
    words: Mapping[str, str | None]

    @property
    def classes(self) -> list[str]:
        """The avatar's words, each once."""
        return list(dict.fromkeys(word for word in self.words.values() if word is not None))


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
    "facial_hair": Attribute(
        "facial_hair",
        {
            "none": "none",
            "stubble": "stubble",
            "moustache": "moustache",
            "goatee": "goatee",
            "van_dyke": "goatee",
            "short_beard": "beard",
            "full_beard": "beard",
        },
    ),
}
"""By name in `Avatar.attributes`: what each word of the labels is in the avatar's words. Yes and no are the
avatar's true and false. Teeth that show count as an open mouth, as they do in the styles' tags. Glasses
pushed up into the hair are no glasses before the eyes, but neither are they none."""


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
    by_face = {
        name: {key: _word(value) for key, value in avatar.attributes().items()}
        for name, avatar in avatars.items()
        if name in annotations.first
    }
    if not by_face:
        raise UserError(
            f"--labels {annotations.source}: labels none of the {len(avatars)} photos with an avatar; the "
            "first column holds photos' names without suffix"
        )
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


def _word(value: str | bool) -> str:
    return value if isinstance(value, str) else "yes" if value else "no"
