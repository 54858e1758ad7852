"""Reading PyTorch checkpoints as NumPy arrays, without PyTorch and without executing them.

There are three formats: the zip archive of PyTorch 1.6 and newer; the sequence of pickles and raw
storages of PyTorch 0.1.10 to 1.5, in which the public face parser is published; and safetensors.
"""

import io
import math
import os
import struct
import zipfile
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from emojax.core import untrusted
from emojax.core.errors import UserError
from emojax.core.zips import open_zip
from emojax.ports.pickles import RefusedError, Storage, Tensor, read_pickle
from emojax.weights import MAX_BYTES, read_safetensors

_MAX_PICKLE_BYTES = 2**24
_MAX_DIRECTORY_BYTES = 2**21
"""Of the list of members of a zip. A ResNet-50's has 20,000; longer ones take memory before they are
refused."""
_LEGACY_MAGIC = 0x1950A86A20F9469CFC6C
_LEGACY_PROTOCOL = 1001
_LEGACY_START = b"\x80\x02\x8a\x0a" + _LEGACY_MAGIC.to_bytes(10, "little")
_DAMAGE = (
    ValueError, TypeError, KeyError, IndexError, OverflowError, struct.error,
    EOFError, zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError,
)  # fmt: skip


def read_state_dict(path: str | os.PathLike[str]) -> dict[str, np.ndarray]:
    """Reads a file written by ``torch.save(model.state_dict(), path)`` or safetensors.

    Returns:
      Read-only arrays by parameter name, in the file's shapes and dtypes.

    Raises:
      UserError: the file is missing, too large, damaged or of an unknown format; or it has something
        other than the tensors of a plain state_dict, which the message names.
    """
    try:
        with untrusted.open_file(path, most=MAX_BYTES) as file:
            start = file.read(264)
        if start.startswith(b"PK\x03\x04"):
            return _state_dict(path, *_read_zip(path))
        if start.startswith(_LEGACY_START):
            return _state_dict(path, *_read_legacy(untrusted.read_bytes(path, most=MAX_BYTES)))
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror or error}") from error
    except RefusedError as error:
        raise UserError(
            f"{path} is refused: it has {error}, and only tensors are read; "
            "save the model's state_dict() alone, or use a safetensors file"
        ) from error
    except _DAMAGE as error:
        reason = str(error)[:200]
        raise UserError(f"{path} is damaged or no PyTorch checkpoint ({reason}); fetch it again") from error
    if start[8:9] == b"{":
        return read_safetensors(path)[0]
    if start[257:262] == b"ustar":
        raise UserError(
            f"{path} is in PyTorch's oldest format, a tar archive, which is not read; "
            "torchvision publishes the same weights anew (resnet50-0676ba61.pth)"
        )
    raise UserError(
        f"{path} is neither a PyTorch checkpoint nor safetensors; give a .pth or .safetensors file"
    )


def _read_zip(path: str | os.PathLike[str]) -> tuple[Any, dict[str, bytes]]:
    """The unpickled object and the bytes of each of its storages."""
    with (
        untrusted.open_file(path, most=MAX_BYTES) as file,
        open_zip(file, directory_bytes=_MAX_DIRECTORY_BYTES) as archive,
    ):
        entries = {entry.filename: entry for entry in archive.infolist()}
        pickles = [name for name in entries if name == "data.pkl" or name.endswith("/data.pkl")]
        if len(pickles) != 1:
            raise ValueError("a zip archive without a checkpoint's data.pkl")
        root = pickles[0].removesuffix("data.pkl")

        def read(name: str, limit: int) -> bytes:
            entry = entries[root + name]
            # PyTorch never compresses. Refusing compression bounds what is read by the file's size.
            if entry.compress_type != zipfile.ZIP_STORED or entry.file_size > limit:
                raise ValueError(f"{entry.filename} is compressed or too large")
            return archive.read(entry)

        if root + "byteorder" in entries and read("byteorder", 16) != b"little":
            raise ValueError("saved on a big-endian machine")
        loaded = read_pickle(io.BytesIO(read("data.pkl", _MAX_PICKLE_BYTES)))
        left = MAX_BYTES
        contents = {}
        for key in _storages(loaded):
            contents[key] = read(f"data/{key}", left)
            left -= len(contents[key])
    return loaded, contents


def _read_legacy(data: bytes) -> tuple[Any, dict[str, memoryview]]:
    """As `_read_zip`. Magic number, protocol, system, object and keys are pickles; the storages follow."""
    stream = io.BytesIO(data[:_MAX_PICKLE_BYTES])
    magic, protocol, system = (read_pickle(stream) for _ in range(3))
    if magic != _LEGACY_MAGIC or protocol != _LEGACY_PROTOCOL or system["little_endian"] is not True:
        raise ValueError("an unknown header")
    loaded, keys = read_pickle(stream), read_pickle(stream)
    storages = _storages(loaded)
    contents = {}
    position = stream.tell()
    for key in keys:
        if not isinstance(key, str):
            raise TypeError("a storage key that is no text")
        (count,) = struct.unpack_from("<q", data, position)
        if count != storages[key].size:
            raise ValueError(f"storage {key} has {count} elements, not {storages[key].size}")
        position += 8
        contents[key] = memoryview(data)[position : position + count * storages[key].dtype.itemsize]
        position += count * storages[key].dtype.itemsize
    return loaded, contents


def _storages(loaded: Any) -> dict[str, Storage]:
    """The storages of a state_dict's tensors, by key.

    Raises:
      RefusedError: it is not a state_dict.
    """
    if not isinstance(loaded, dict) or not loaded:
        raise RefusedError("no state_dict")
    for name, value in loaded.items():
        if not isinstance(name, str) or not isinstance(value, Tensor):
            raise RefusedError(f"'{str(name)[:80]}', a {type(value).__name__}, beside the tensors")
    return {tensor.storage.key: tensor.storage for tensor in loaded.values()}


def _state_dict(
    path: str | os.PathLike[str], loaded: dict[str, Tensor], contents: Mapping[str, bytes | memoryview]
) -> dict[str, np.ndarray]:
    arrays = {}
    for name, tensor in loaded.items():
        try:
            arrays[name] = _view(tensor, contents[tensor.storage.key])
        except (ValueError, TypeError, KeyError) as error:
            raise UserError(f"{path} is damaged at '{name[:80]}' ({error}); fetch it again") from error
    return arrays


def _view(tensor: Tensor, content: bytes | memoryview) -> np.ndarray:
    """The tensor as an array, after a check that all elements are within its storage."""
    storage, shape, stride = tensor.storage, tensor.shape, tensor.stride
    numbers = (tensor.offset, *shape, *stride)
    if len(shape) != len(stride) or len(shape) > 8 or not all(type(n) is int and n >= 0 for n in numbers):
        raise ValueError("an impossible shape, stride or offset")
    if len(content) != storage.size * storage.dtype.itemsize:
        raise ValueError(f"{len(content)} bytes for {storage.size} elements of {storage.dtype}")
    count = math.prod(shape)
    last = tensor.offset + sum((n - 1) * step for n, step in zip(shape, stride, strict=True))
    # The first bound is for strides of zero, by which one number could fill any shape.
    if count > storage.size or (count and last >= storage.size):
        raise ValueError("elements outside the storage")
    if not count:
        return np.zeros(shape, storage.dtype)
    flat = np.frombuffer(content, storage.dtype)[tensor.offset :]
    strides = [step * storage.dtype.itemsize for step in stride]
    return np.lib.stride_tricks.as_strided(flat, shape, strides, writeable=False)
