"""JSON into msgspec types, with errors that name the field, its value and what it must be.

msgspec says that ``$.palettes[...][0].hex`` does not match a pattern. An author of a style needs to know
which palette, what stands there, and what to write instead; so an error is looked up in the content, and
the ``description`` of the type at that place says what it must be. The same descriptions are in the
published JSON Schema. `Id`, `Text`, `Tag` and `Hex` are types with such descriptions.
"""

import json
import re
import typing
from typing import Annotated, Any, Final, TypeVar

import msgspec
from msgspec import Meta

from emojax.core.errors import UserError

_T = TypeVar("_T")

_ID: Final = "[a-z0-9][a-z0-9_-]{0,47}"
ID: Final = re.compile(_ID)
"""Ids become file names and SVG ids: nothing that a path, a URL or an attribute would interpret."""

_MAX_TEXT: Final = 200
"""Characters of a text: a bound on what an untrusted file can cost, far above what names need. A lower one
would refuse real styles, a higher one only make refusals slower."""

# ``$`` also matches before a final line break in Python, though not in JSON Schema's dialect.
Id = Annotated[
    str, Meta(pattern=rf"^{_ID}$(?!\n)", description="an id of 1 to 48 characters: a-z, 0-9, _ and -")
]
Text = Annotated[
    str, Meta(min_length=1, max_length=_MAX_TEXT, description=f"a text of 1 to {_MAX_TEXT} characters")
]
Tag = Annotated[bool | Text, Meta(description=f"true, false or a text of 1 to {_MAX_TEXT} characters")]
Hex = Annotated[str, Meta(pattern=r"^#[0-9a-fA-F]{6}$(?!\n)", description="a colour, written as #rrggbb")]

_MAX_QUOTE: Final = 60
"""Characters of a wrong value that an error quotes. Shorter, long ids are cut; longer, a wrong list fills
the terminal."""

_ERROR: Final = re.compile(r"(?P<reason>.*?)(?: - at (?P<key>`key` in )?`\$(?P<path>.*)`)?", re.DOTALL)
_STEP: Final = re.compile(r"\.(?P<field>\$?\w+)|\[(?P<index>\d+)\]|(?P<item>\[\.\.\.\])")
_FIELD: Final = re.compile(r"Object (missing required|contains unknown) field `(.*)`", re.DOTALL)


def convert(content: Any, wanted: type[_T], name: str) -> _T:
    """Checks the content of a JSON document against a type.

    Args:
      content: of `untrusted.parse_json`.
      wanted: a `msgspec.Struct`, whose annotations may carry ``Meta(description="a ...")``.
      name: what errors call the file.

    Raises:
      UserError: "<name>: <field> is <value>; it must be <description>", or which field is lacking or unknown.
    """
    try:
        return msgspec.convert(content, wanted)
    except msgspec.ValidationError as error:
        raise UserError(f"{name}: {_explain(str(error), content, wanted)}") from error


def _explain(message: str, content: Any, hint: Any) -> str:
    """A message of msgspec's in terms of the content."""
    match = _ERROR.fullmatch(message)
    assert match is not None
    where = ""
    for step in _STEP.finditer(match["path"] or ""):
        if step["field"]:
            where += f".{step['field']}"
            content, hint = content[step["field"]], _field_hints(_plain(hint))[step["field"]]
        elif step["index"]:
            where += f"[{step['index']}]"
            content, hint = content[int(step["index"])], _item_hint(_plain(hint), int(step["index"]))
        else:
            _, value_hint = typing.get_args(_plain(hint))
            key = next(key for key, value in content.items() if not _fits(value, value_hint))
            where += f".{key}"
            content, hint = content[key], value_hint
    where = where.removeprefix(".") or "the file"
    if match["key"]:
        key_hint, _ = typing.get_args(_plain(hint))
        key = next(key for key in content if not _fits(key, key_hint))
        return f"{where} has the name {_quote(key)}; it must be {_describe(key_hint)}"
    if field := _FIELD.fullmatch(match["reason"]):
        if field[1] == "missing required":
            return f"{where} lacks {field[2]!r}; add it"
        known = ", ".join(_field_hints(_plain(hint)))
        return f"{where} has the unknown {field[2][:_MAX_QUOTE]!r}; it can have {known}"
    return f"{where} is {_quote(content)}; it must be {_describe(hint)}"


def _fits(value: Any, hint: Any) -> bool:
    try:
        msgspec.convert(value, hint)
    except msgspec.ValidationError:
        return False
    return True


def _quote(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _MAX_QUOTE else f"{text[:_MAX_QUOTE]}..."


def _plain(hint: Any) -> Any:
    """The type without ``Annotated`` and without ``None``."""
    if typing.get_origin(hint) is typing.Annotated:
        return _plain(typing.get_args(hint)[0])
    options = [each for each in typing.get_args(hint) if each is not type(None)]
    return _plain(options[0]) if type(None) in typing.get_args(hint) else hint


def _field_hints(struct: type) -> dict[str, Any]:
    hints = typing.get_type_hints(struct, include_extras=True)
    return {field.encode_name: hints[field.name] for field in msgspec.structs.fields(struct)}


def _item_hint(array: Any, index: int) -> Any:
    arguments = typing.get_args(array)
    return arguments[index] if typing.get_origin(array) is tuple else arguments[0]


def _describe(hint: Any) -> str:
    """What a value of that type is, in words."""
    if typing.get_origin(hint) is typing.Annotated:
        described = [m.description for m in typing.get_args(hint)[1:] if getattr(m, "description", None)]
        if described:
            return str(described[-1])
    plain = _plain(hint)
    if plain is bool:
        return "true or false"
    if typing.get_origin(plain) is typing.Literal:
        return f"one of {', '.join(json.dumps(each) for each in typing.get_args(plain))}"
    return "an object {...}"
