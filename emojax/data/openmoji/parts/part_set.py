"""Parts of faces by number, the emoji that they are from, and which of them go together; as JSON, too."""

import base64
import dataclasses
import functools
from typing import Annotated, Final, Literal

import msgspec
import numpy as np

from emojax.core.errors import UserError
from emojax.data.openmoji.labels import Label, LabelTable
from emojax.data.openmoji.parts.anatomy import Layer

Kind = Literal["base", "eyes", "mouth", "extra", "whole"]
KINDS: Final[tuple[Kind, ...]] = ("base", "eyes", "mouth", "extra", "whole")
"""What a part may be: one of the four that a face is composed of, or a whole drawing that does not come
apart."""

SLOTS: Final = ("base", "eyes", "mouth", "extra")
"""Columns of a choice of parts. A whole drawing takes the base's place, and then there is nothing else."""

YELLOW: Final = "#fcea2b"
"""OpenMoji's skin where no tone is chosen."""

MAX_PARTS: Final = 2_000
_MAX_JSON: Final = 2**24  # bytes; the smileys' are 0.3 MB

_Text = Annotated[str, msgspec.Meta(max_length=300)]
_Markup = Annotated[str, msgspec.Meta(max_length=100_000)]
_Number = Annotated[float, msgspec.Meta(ge=-72, le=72)]
_Index = Annotated[int, msgspec.Meta(ge=0, lt=MAX_PARTS)]

_YELLOW_SHARE: Final = 0.62
"""Of faces that are yellow; the other bases share the rest. OpenMoji's own are yellow nine times of ten, and
its reds, blues and greens would be seen too rarely to be learned."""

_NO_EXTRA: Final = 0.55
"""Share of faces without an extra; two of three of OpenMoji's have none."""

_NO_MOUTH: Final = 0.02


@dataclasses.dataclass(frozen=True, eq=False)
class Part:
    """One thing to put into a face.

    Attributes:
      kind: see `KINDS`.
      name: short, and no other part's of the kind.
      markup: SVG of each layer that it has, where OpenMoji draws it.
      outlines: SVG of the face's outline, if the part brings one: with gaps that the part fills.
      shift: units of 72 to the right and down that bring it from there into a face around (36, 36).
      middle: of its box, after that.
      room: 0 to 1, how much of the usual movements it may make before it leaves the face.
      skinned: whether it has skin, so that it fits yellow faces only.
      mirrors: whether its mirror image is as good; that of writing is not.
      sources, hexcodes: the emoji that have it, by shortcode and by code points; it is drawn as in the first.
      words: all that OpenMoji says of these.
    """

    kind: Kind
    name: _Text
    markup: dict[Layer, _Markup]
    outlines: _Markup
    shift: tuple[_Number, _Number]
    middle: tuple[_Number, _Number]
    room: Annotated[float, msgspec.Meta(ge=0, le=1)]
    skinned: bool
    mirrors: bool
    sources: tuple[_Text, ...]
    hexcodes: tuple[_Text, ...]
    words: tuple[_Text, ...]

    @property
    def outlined(self) -> bool:
        """Whether it brings the face's outline."""
        return bool(self.outlines) or self.kind == "whole"

    @property
    def color(self) -> str:
        """Of a base: the first colour that it is filled with."""
        return self.markup["color"].lower().partition('fill="')[2].partition('"')[0]

    @property
    def plain(self) -> bool:
        """Of a base: whether it is a disc of one colour."""
        return not self.outlined and self.markup["color"].count("<") == 1

    @property
    def members(self) -> str:
        """SVG of all layers, from the bottom up, without the outline."""
        return "".join(self.markup.get(layer, "") for layer in ("behind", "color", "line"))

    def placed(self, markup: str) -> str:
        """Markup of this part, in a face around (36, 36)."""
        if not markup or not any(self.shift):
            return markup
        return f'<g transform="translate({self.shift[0]:.4f} {self.shift[1]:.4f})">{markup}</g>'


@dataclasses.dataclass(frozen=True, eq=False)
class Face:
    """An emoji as a choice of parts.

    Attributes:
      label: what the emoji is called.
      parts: the number of its part of each kind that it has.
      offsets: by how many units, right and down, these lie off where the part itself does.
    """

    label: Label
    parts: dict[Kind, _Index]
    offsets: dict[Kind, tuple[_Number, _Number]]


@dataclasses.dataclass(frozen=True, eq=False)
class PartSet:
    """Parts by number; those of a kind follow each other, in the order of `KINDS`.

    Attributes:
      parts: P of them.
      faces: the emoji that they are from.
      fits: ``bool[P, P]``, whether two parts may be in one face.
      held_out: ``bool[P, P]``, true for pairs of eyes and mouth that are never trained on.
      digest: of the drawings.
    """

    parts: tuple[Part, ...]
    faces: tuple[Face, ...]
    fits: np.ndarray
    held_out: np.ndarray
    digest: str

    def numbers(self, kind: str) -> list[int]:
        """The parts of a kind."""
        return [i for i, part in enumerate(self.parts) if part.kind == kind]

    @functools.cached_property
    def counts(self) -> tuple[int, ...]:
        """How many parts there are of each of `KINDS`."""
        return tuple(len(self.numbers(kind)) for kind in KINDS)

    @functools.cached_property
    def weights(self) -> np.ndarray:
        """``float32[4, P]``, how often parts of each slot are drawn where all fit.

        A row sums to at most 1; what is missing is the share of faces with nothing in the slot.
        """
        found = np.zeros((len(SLOTS), len(self.parts)), np.float32)
        for slot, kind in enumerate(SLOTS):
            numbers = self.numbers(kind)
            found[slot, numbers] = 1.0 / max(len(numbers), 1)
        found[SLOTS.index("mouth")] *= 1 - _NO_MOUTH
        found[SLOTS.index("extra")] *= 1 - _NO_EXTRA
        bases = self.numbers("base")
        plain = [
            i
            for i in bases
            if self.parts[i].color == YELLOW and self.parts[i].markup["color"].count("<") == 1
        ]
        for i in bases if plain else ():
            rest = (1 - _YELLOW_SHARE) / max(len(bases) - 1, 1)
            found[0, i] = _YELLOW_SHARE if i == plain[0] else rest
        return found

    @functools.cached_property
    def labels(self) -> LabelTable:
        """What the faces are called, in their order."""
        return LabelTable(tuple(face.label for face in self.faces))

    def to_json(self) -> str:
        """An object; `from_json` reads it."""
        fields = {
            "parts": self.parts,
            "faces": self.faces,
            "fits": _packed(self.fits),
            "held_out": _packed(self.held_out),
            "digest": self.digest,
        }
        return msgspec.json.encode(fields).decode()

    @classmethod
    def from_json(cls, text: str, *, source: object) -> "PartSet":
        """What `to_json` gave, from a file that nobody vouches for.

        Raises:
          UserError: it is something else; the message begins with `source`.
        """
        try:
            if len(text) > _MAX_JSON:
                raise ValueError(f"more than {_MAX_JSON:,} characters")
            stored = msgspec.json.decode(text, type=_Stored)
            count = len(stored.parts)
            kinds = [KINDS.index(part.kind) for part in stored.parts]
            if kinds != sorted(kinds):
                raise ValueError("parts are not in the order of their kinds")
            for face in stored.faces:
                if any(stored.parts[number].kind != kind for kind, number in face.parts.items()):
                    raise ValueError(f"{face.label.shortcode} names a part that is of another kind")
            # What is printed, from a stranger's file, is checked where labels are.
            LabelTable.from_json(LabelTable(tuple(f.label for f in stored.faces)).to_json(), source=source)
            fits, held_out = _unpacked(stored.fits, count), _unpacked(stored.held_out, count)
        except (ValueError, IndexError, KeyError, RecursionError) as error:
            raise UserError(f"{source}: its parts cannot be read ({error}); export it again") from error
        return cls(tuple(stored.parts), tuple(stored.faces), fits, held_out, stored.digest)


class _Stored(msgspec.Struct, forbid_unknown_fields=True):
    parts: Annotated[list[Part], msgspec.Meta(min_length=1, max_length=MAX_PARTS)]
    faces: Annotated[list[Face], msgspec.Meta(max_length=MAX_PARTS)]
    fits: str
    held_out: str
    digest: _Text


def _packed(table: np.ndarray) -> str:
    return base64.b64encode(np.packbits(table).tobytes()).decode()


def _unpacked(text: str, count: int) -> np.ndarray:
    bits = np.unpackbits(np.frombuffer(base64.b64decode(text, validate=True), np.uint8))
    if len(bits) != -(-count * count // 8) * 8:
        raise ValueError("a table is not of the parts' size")
    return bits[: count * count].reshape(count, count).astype(bool)
