"""Reads and writes weights as safetensors files; the weights that ship are in this folder.

A nested dict of arrays is stored under '/'-joined names. The format holds arrays and strings only, so an
untrusted file can be wrong but cannot execute code.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jax
import numpy as np
import safetensors
from safetensors.numpy import save_file

from emojax.core.errors import UserError
from emojax.core.files import replacing
from emojax.weights.untrusted_files import MAX_BYTES as MAX_BYTES
from emojax.weights.untrusted_files import Contents, Entry


def shipped(name: str) -> Path:
    """Path of the weight file ``name`` that ships with emojax.

    Raises:
      UserError: there is none; the message lists those there are.
    """
    files = {file.stem: file for file in Path(__file__).parent.glob("*.safetensors")}
    if name not in files:
        there = ", ".join(sorted(files)) or "none"
        raise UserError(f"no weights named '{name}' are installed with emojax; there are: {there}")
    return files[name]


def is_shipped(path: str | os.PathLike[str]) -> bool:
    """Whether a file ships with emojax, so that tests have checked that it fits its net."""
    return Path(path).resolve().parent == Path(__file__).resolve().parent


def save(
    path: str | os.PathLike[str],
    variables: Mapping[str, Any],
    *,
    metadata: Mapping[str, str],
    half: bool = False,
) -> None:
    """Writes a nested dict of arrays. If writing fails, an existing file is left as it was.

    Args:
      path: the file to write.
      variables: nested dicts with string keys and arrays as leaves.
      metadata: strings stored with them, for `read_metadata`.
      half: store kernels as float16, which halves the file. Vectors stay float32: they are small, and
        running variances may exceed float16's range.

    Raises:
      UserError: a number is not finite (as stored), or ``path`` cannot be written.
    """
    flat: dict[str, np.ndarray] = {}
    for name, leaf in flatten(variables).items():
        array = np.asarray(leaf, order="C")
        if half and array.ndim > 1 and array.dtype == np.float32:
            with np.errstate(over="ignore"):
                array = array.astype(np.float16)
        flat[name] = array
    _check_values(path, flat)
    try:
        with replacing(path) as temporary:
            save_file(flat, temporary, metadata=dict(metadata))
    except (OSError, safetensors.SafetensorError) as error:
        raise UserError(f"{path} cannot be written: {error}") from error


def load(path: str | os.PathLike[str], *, expect: Any | None = None) -> tuple[dict[str, Any], dict[str, str]]:
    """Reads what `save` wrote; float16 comes back as float32.

    Args:
      path: a safetensors file.
      expect: nested dict of `jax.ShapeDtypeStruct` (such as `abstract_variables` returns); names, shapes
        and dtypes must be equal to it. None accepts anything.

    Returns:
      The nested dict of NumPy arrays, and the metadata.

    Raises:
      UserError: ``path`` is missing, too large, truncated or not safetensors; holds a number that
        is not finite; or differs from ``expect``.
    """
    contents = Contents(path)
    if expect is not None:
        _check_expected(path, contents.entries, flatten(expect))
    flat = {name: contents.read(name) for name in contents.entries}
    flat = {
        name: array.astype(np.float32) if array.dtype == np.float16 else array for name, array in flat.items()
    }
    _check_values(path, flat)
    return nest(flat, path), contents.metadata


def read_metadata(path: str | os.PathLike[str]) -> dict[str, str]:
    """The strings stored with the arrays, without reading the arrays; errors as in `load`."""
    return Contents(path).metadata


def read_safetensors(path: str | os.PathLike[str]) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """The arrays of any safetensors file by name, as stored, and its metadata; errors as in `load`."""
    contents = Contents(path)
    return {name: contents.read(name) for name in contents.entries}, contents.metadata


def flatten(tree: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """``{"a": {"b": leaf}}`` to ``{"a/b": leaf}``, the inverse of `nest`.

    Raises:
      ValueError: a key contains the separator '/'.
    """
    flat: dict[str, Any] = {}
    for key, value in tree.items():
        if "/" in key:
            raise ValueError(f"'{prefix}{key}' has the separator '/' in it")
        flat |= flatten(value, f"{prefix}{key}/") if isinstance(value, Mapping) else {prefix + key: value}
    return flat


def nest(flat: Mapping[str, Any], source: object) -> dict[str, Any]:
    """``{"a/b": leaf}`` to ``{"a": {"b": leaf}}``.

    Raises:
      UserError: a name has an empty component, or is both an array and a prefix of others; the message
        begins with ``source``.
    """
    tree: dict[str, Any] = {}
    for name, leaf in flat.items():
        *folders, last = name.split("/")
        node = tree
        for folder in folders:
            node = node.setdefault(folder, {})
            if not isinstance(node, dict):
                raise UserError(
                    f"{source}: the array '{name}' is inside another array; emojax wrote no such file"
                )
        if last in node or not all([*folders, last]):
            raise UserError(f"{source}: an array is called '{name}'; emojax wrote no such file")
        node[last] = leaf
    return tree


def summarize(names: list[str], first: int = 3) -> str:
    """``['a', 'b', 'c', 'd']`` to ``4 (a, b, c, ...)``; names, which a file may make long, are cut."""
    listed = [name[:160] for name in sorted(names)[:first]]
    return f"{len(names)} ({', '.join(listed)}{', ...' if len(names) > first else ''})"


def _check_values(path: object, flat: Mapping[str, np.ndarray]) -> None:
    bad = [name for name, array in flat.items() if not np.isfinite(array).all()]
    if bad:
        raise UserError(f"{path}: weights that are not finite in {summarize(bad)}; train or convert again")
    # The square root of a running variance is taken.
    bad = [name for name, array in flat.items() if name.endswith("/var") and (array < 0).any()]
    if bad:
        raise UserError(f"{path}: variances below 0 in {summarize(bad)}; train or convert again")


def _check_expected(
    path: object, found: Mapping[str, Entry], expected: Mapping[str, jax.ShapeDtypeStruct]
) -> None:
    dtypes = {name: "float32" if entry.dtype == "float16" else entry.dtype for name, entry in found.items()}
    different = [
        f"{name} is {dtypes[name]}{list(found[name].shape)}, not {leaf.dtype}{list(leaf.shape)}"
        for name, leaf in expected.items()
        if name in found and (found[name].shape != leaf.shape or dtypes[name] != str(leaf.dtype))
    ]
    problems = {
        "missing": [name for name in expected if name not in found],
        "unknown": [name for name in found if name not in expected],
        "different": different,
    }
    listed = [f"{problem} {summarize(names)}" for problem, names in problems.items() if names]
    if listed:
        raise UserError(f"{path} holds another net's weights: {'; '.join(listed)}")
