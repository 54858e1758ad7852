"""The one reader of safetensors files: what a file may hold is checked before an array is made of it."""

import os
import struct
from typing import Any, Final, NamedTuple

import numpy as np
import safetensors

from emojax.core import untrusted
from emojax.core.errors import UserError

MAX_BYTES: Final = 2**28
"""Size limit of a weight file. Lower than 100 MB it refuses ResNet-50 in float32; higher, float16 that is
read as float32, converted and folded takes gigabytes."""

_MAX_HEADER: Final = 4 * 2**20
"""Bytes of names, shapes and metadata. A face parser with its configuration has 40,000. Smaller, nets of many
arrays are refused; larger, metadata that open a list with each character take gigabytes."""

_MAX_ARRAYS: Final = 10_000
_MAX_AXES: Final = 8

_DTYPES: Final = {
    "F64": "float64", "F32": "float32", "F16": "float16", "BF16": "bfloat16",
    "I64": "int64", "I32": "int32", "I16": "int16", "I8": "int8",
    "U64": "uint64", "U32": "uint32", "U16": "uint16", "U8": "uint8", "BOOL": "bool",
}  # fmt: skip


class Entry(NamedTuple):
    """An array that is in a file: its shape, and its type as NumPy calls it."""

    shape: tuple[int, ...]
    dtype: str


class Contents:
    """An open file.

    Attributes:
      entries: by name of the array.
      metadata: the strings stored with them.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        """Opens a file and reads its header.

        Raises:
          UserError: it is missing, no regular file, too large, truncated, not safetensors, or has more
            arrays, axes or metadata than nets have, or arrays of a type that NumPy lacks.
        """
        self._path = path
        with untrusted.open_file(path, most=MAX_BYTES) as file:
            start = file.read(8)
        if len(start) == 8 and struct.unpack("<Q", start)[0] > _MAX_HEADER:
            raise UserError(
                f"{path} is no whole safetensors file (a header of over {_MAX_HEADER >> 20} MB); fetch or "
                "convert it again"
            )
        try:
            self._file: Any = safetensors.safe_open(path, framework="numpy")
            self.metadata = dict(self._file.metadata() or {})
            slices = {name: self._file.get_slice(name) for name in self._file.keys()}  # noqa: SIM118
            found = {name: (tuple(each.get_shape()), each.get_dtype()) for name, each in slices.items()}
        except (OSError, safetensors.SafetensorError) as error:
            reason = " ".join(str(error).split())[:200]
            raise UserError(
                f"{path} is no whole safetensors file ({reason}); fetch or convert it again"
            ) from error
        if len(found) > _MAX_ARRAYS:
            raise UserError(f"{path} holds {len(found):,} arrays, and nets have up to {_MAX_ARRAYS:,}")
        self.entries: dict[str, Entry] = {}
        for name, (shape, dtype) in found.items():
            if dtype not in _DTYPES or len(shape) > _MAX_AXES:
                raise UserError(
                    f"{path}: '{name[:80]}' is {dtype} with {len(shape)} axes, which no net has; store it "
                    "as float32"
                )
            self.entries[name] = Entry(shape, _DTYPES[dtype])

    def read(self, name: str) -> np.ndarray:
        """An array as it is stored; UserError if it cannot be read."""
        try:
            array: np.ndarray = self._file.get_tensor(name)
        except Exception as error:  # the library raises many types
            raise UserError(
                f"{self._path}: '{name[:80]}' cannot be read ({error}); fetch it again"
            ) from error
        return array
