"""A checkpoint's names to ours: one table of rules per model, and every key accounted for."""

import dataclasses
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from emojax.core.errors import UserError
from emojax.weights import flatten, nest, summarize

Transform = Callable[[np.ndarray], np.ndarray]


@dataclasses.dataclass(frozen=True)
class Rule:
    """What becomes of the keys that ``pattern`` matches in full.

    Attributes:
      pattern: regular expression over a checkpoint's key.
      path: our '/'-joined name, with the pattern's groups as ``\\1``; None drops the key on purpose.
      transform: applied to the array.
    """

    pattern: str
    path: str | None
    transform: Transform = np.asarray


def kernel_layout(array: np.ndarray) -> np.ndarray:
    """PyTorch's ``[out, in, height, width]`` to ``[height, width, in, out]``.

    An array of another rank is left alone, for `convert` to report its shape.
    """
    return array.transpose(2, 3, 1, 0) if array.ndim == 4 else array


def kernel(theirs: str, ours: str) -> list[Rule]:
    """Rules for a convolution without bias; both names without their last part."""
    return [Rule(rf"{theirs}\.weight", f"params/{ours}/kernel", kernel_layout)]


def batch_norm(theirs: str, ours: str) -> list[Rule]:
    """Rules for a batch normalisation with its running statistics."""
    return [
        Rule(rf"{theirs}\.weight", f"params/{ours}/bn/scale"),
        Rule(rf"{theirs}\.bias", f"params/{ours}/bn/bias"),
        Rule(rf"{theirs}\.running_mean", f"batch_stats/{ours}/bn/mean"),
        Rule(rf"{theirs}\.running_var", f"batch_stats/{ours}/bn/var"),
        # Counts training steps; matters only to PyTorch's cumulative averages, which no net here has.
        Rule(rf"{theirs}\.num_batches_tracked", None),
    ]


def convert(
    state: Mapping[str, np.ndarray], rules: Sequence[Rule], expect: Mapping[str, Any], *, source: object
) -> dict[str, Any]:
    """Renames and lays out a state_dict as the variables of one of our models.

    Args:
      state: a checkpoint's keys and arrays.
      rules: the model's table; the first rule that matches a key decides.
      expect: nested dict of `jax.ShapeDtypeStruct` that the result must equal.
      source: what to call the checkpoint in messages.

    Returns:
      Nested dict of float32 arrays, shaped as ``expect``.

    Raises:
      UserError: any variable is missing, any key is unused, or any array has a wrong shape, is not
        of floating point or is not finite; one line counts all of them and names the first few.
    """
    expected = flatten(expect)
    flat: dict[str, np.ndarray] = {}
    problems: dict[str, list[str]] = {"missing": [], "unused": [], "misshaped": [], "not finite": []}
    for key, array in state.items():
        path, transform = _place(key, rules)
        if path is None:
            continue
        if path not in expected or path in flat:
            problems["unused"].append(key)
            continue
        value = transform(array)
        flat[path] = value
        # bfloat16 is no type of NumPy's own; its kind is "V".
        if value.shape != expected[path].shape or value.dtype.kind not in "fV":
            shapes = f"{value.dtype}{list(value.shape)}, not float{list(expected[path].shape)}"
            problems["misshaped"].append(f"{key} is {shapes}")
        elif not np.isfinite(value).all():
            problems["not finite"].append(key)
    problems["missing"] = [path for path in expected if path not in flat]
    found = [f"{kind} {summarize(names)}" for kind, names in problems.items() if names]
    if found:
        raise UserError(
            f"{source} does not fit this model: {'; '.join(found)}; check that it is the right net's"
        )
    # Copied only now: a hostile file can show one large storage under many names.
    return nest({path: value.astype(np.float32, order="C") for path, value in flat.items()}, source)


def _place(key: str, rules: Sequence[Rule]) -> tuple[str | None, Transform]:
    """Where the first rule that matches puts a key, and how; the empty path, which is nobody's, for none."""
    for rule in rules:
        if match := re.fullmatch(rule.pattern, key):
            return (None if rule.path is None else match.expand(rule.path)), rule.transform
    return "", np.asarray
