"""Reading the pickles of PyTorch checkpoints without executing them.

A pickle is a program. `pickletools` splits it into operations; the two dozen that PyTorch writes for
tensors (pickle protocol 2) are interpreted here on plain values. Nothing is imported: a few names that
describe tensors are known, and any other, such as ``os.system``, is an error.
"""

import dataclasses
import io
import pickletools
from collections.abc import Callable
from typing import Any

import ml_dtypes
import numpy as np

MAX_OPERATIONS = 200_000
"""A bound on the time and memory that a file can take. A ResNet-50 has 12,000 operations."""

_MAX_AXES = 8

STORAGE_DTYPES = {
    "FloatStorage": np.dtype("<f4"),
    "DoubleStorage": np.dtype("<f8"),
    "HalfStorage": np.dtype("<f2"),
    "BFloat16Storage": np.dtype(ml_dtypes.bfloat16),
    "LongStorage": np.dtype("<i8"),
    "IntStorage": np.dtype("<i4"),
}


class RefusedError(Exception):
    """The pickle has something that is not a tensor; the message names it."""


@dataclasses.dataclass(frozen=True)
class Storage:
    """A one-dimensional array of ``size`` elements that is stored outside the pickle under ``key``."""

    key: str
    dtype: np.dtype
    size: int


@dataclasses.dataclass(frozen=True)
class Tensor:
    """A strided view of a storage; offset and strides are in elements. Nothing is checked yet."""

    storage: Storage
    offset: int
    shape: tuple[int, ...]
    stride: tuple[int, ...]


def _tensor(storage: Any, offset: Any, shape: Any, stride: Any, *_autograd: Any) -> Tensor:
    if not isinstance(storage, Storage):
        raise ValueError("a tensor without a storage")
    # Copied from any other sequence, one long list could be the shape of every tensor.
    if not all(isinstance(each, tuple) and len(each) <= _MAX_AXES for each in (shape, stride)):
        raise ValueError("an impossible shape or stride")
    return Tensor(storage, offset, shape, stride)


def _ordered_dict(items: Any = ()) -> dict[Any, Any]:
    result: dict[Any, Any] = {}
    for key, value in items:
        _update([result], [key, value])
    # Each item is taken out, so that one long list cannot fill many dicts.
    if isinstance(items, list):
        items.clear()
    elif items:
        raise TypeError("a dict of something that is no list")
    return result


_CALLABLES: dict[str, Callable[..., Any]] = {
    "collections.OrderedDict": _ordered_dict,
    "torch._utils._rebuild_tensor_v2": _tensor,
    "torch._utils._rebuild_tensor": _tensor,  # PyTorch 0.3 and older
    "torch._utils._rebuild_parameter": lambda tensor, *_autograd: tensor,
    "torch.nn.parameter.Parameter": lambda tensor: tensor,  # PyTorch 0.3 and older
}

_CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
_LITERALS = {
    "BININT", "BININT1", "BININT2", "LONG1", "BINFLOAT", "BINUNICODE", "SHORT_BINSTRING", "BINSTRING",
}  # fmt: skip


def read_pickle(stream: io.BytesIO) -> Any:
    """Reads one pickle and leaves ``stream`` at its end.

    Returns:
      Numbers, strings, tuples, lists, dicts and `Tensor` objects.

    Raises:
      RefusedError: the pickle has something other than tensors and containers.
      ValueError, IndexError, KeyError, TypeError: the pickle is damaged.
    """
    stack: list[Any] = []
    marks: list[int] = []
    memo: dict[int, Any] = {}

    def popped(count: int) -> list[Any]:
        if count > len(stack) - (marks[-1] if marks else 0):
            raise IndexError("the pickle pops from an empty stack")
        taken = stack[len(stack) - count :]
        del stack[len(stack) - count :]
        return taken

    def marked() -> list[Any]:
        return popped(len(stack) - marks.pop()) if marks else popped(len(stack) + 1)

    argument: Any
    for count, (operation, argument, _) in enumerate(pickletools.genops(stream)):
        if count == MAX_OPERATIONS:
            raise RefusedError(f"more than {MAX_OPERATIONS:,} pickle operations")
        match operation.name:
            case "STOP":
                return popped(1)[0]
            case "PROTO":
                pass
            case "NONE" | "NEWTRUE" | "NEWFALSE":
                stack.append(_CONSTANTS[operation.name])
            case name if name in _LITERALS:
                stack.append(argument)
            case "EMPTY_TUPLE":
                stack.append(())
            case "EMPTY_LIST":
                stack.append([])
            case "EMPTY_DICT":
                stack.append({})
            case "MARK":
                marks.append(len(stack))
            case "TUPLE":
                stack.append(tuple(marked()))
            case "TUPLE1" | "TUPLE2" | "TUPLE3":
                stack.append(tuple(popped(int(operation.name[-1]))))
            case "APPEND":
                _extend(stack, popped(1))
            case "APPENDS":
                _extend(stack, marked())
            case "SETITEM":
                _update(stack, popped(2))
            case "SETITEMS":
                _update(stack, marked())
            case "BINPUT" | "LONG_BINPUT":
                memo[argument] = stack[-1]
            case "BINGET" | "LONG_BINGET":
                stack.append(memo[argument])
            case "GLOBAL":
                stack.append(_named(argument.replace(" ", ".")))
            case "REDUCE" | "NEWOBJ":
                stack.append(_called(*popped(2)))
            case "BUILD":
                # The state of a container (versions of modules) or of a parameter (its hooks) is ignored.
                popped(1)
            case "BINPERSID":
                stack.append(_storage(*popped(1)))
            case _:
                raise RefusedError(f"the pickle operation {operation.name}")
    raise ValueError("the pickle does not end")


def _named(name: str) -> Any:
    """The dtype or callable of a global name."""
    module, _, attribute = name.rpartition(".")
    if module == "torch" and attribute in STORAGE_DTYPES:
        return STORAGE_DTYPES[attribute]
    if name not in _CALLABLES:
        raise RefusedError(f"'{name[:80]}'")
    return _CALLABLES[name]


def _called(function: Any, arguments: Any) -> Any:
    # By identity: any other object on the stack is data and must not be called.
    if not any(function is known for known in _CALLABLES.values()) or not isinstance(arguments, tuple):
        raise RefusedError("a call of something that is not a tensor")
    return function(*arguments)


def _storage(identity: Any) -> Storage:
    """``("storage", dtype, key, device, elements[, view])`` as PyTorch writes it."""
    tag, dtype, key, _device, size, *view = identity
    if tag != "storage" or view not in ([], [None]):
        raise RefusedError("a persistent object that is no whole storage")
    if not (isinstance(dtype, np.dtype) and isinstance(key, str) and isinstance(size, int) and size >= 0):
        raise ValueError("a storage without a type, name or size")
    return Storage(key, dtype, size)


def _extend(stack: list[Any], values: list[Any]) -> None:
    if not isinstance(stack[-1], list):
        raise TypeError("items for something that is no list")
    stack[-1].extend(values)


def _update(stack: list[Any], values: list[Any]) -> None:
    if not isinstance(stack[-1], dict):
        raise TypeError("entries for something that is no dict")
    # Hashing a deeply nested tuple could overflow the interpreter's stack.
    if len(values) % 2 or not all(isinstance(key, str | int) for key in values[::2]):
        raise TypeError("a dict key that is neither text nor a whole number")
    stack[-1].update(zip(values[::2], values[1::2], strict=True))
