"""Tables that map a checkpoint's keys to a Flax model's variables, and their application."""

import dataclasses
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import numpy as np

from emojax.core.errors import UserError
from emojax.weights import flatten, nest, summarize

_WRAPPER: Final = "module."

Transform = Callable[[np.ndarray], np.ndarray]


@dataclasses.dataclass(frozen=True)
class Rule:
    """The variable for all keys that match a pattern.

    Attributes:
      pattern: regular expression that a checkpoint's key must match as a whole.
      path: '/'-joined name of the variable, with the pattern's groups as ``\\1``; None ignores the key.
      transform: applied to the array.
    """

    pattern: str
    path: str | None
    transform: Transform = np.asarray


def kernel_layout(array: np.ndarray) -> np.ndarray:
    """PyTorch's ``[out, in, height, width]`` to Flax's ``[height, width, in, out]``.

    An array of another rank is returned as it is; `convert` reports its shape.
    """
    return array.transpose(2, 3, 1, 0) if array.ndim == 4 else array


def kernel(key: str, path: str) -> list[Rule]:
    """Rules for a convolution without bias.

    Args:
      key: pattern of the checkpoint's keys, without their last part.
      path: of the variables, without collection and last part.
    """
    return [Rule(rf"{key}\.weight", f"params/{path}/kernel", kernel_layout)]


def batch_norm(key: str, path: str) -> list[Rule]:
    """Rules for a batch normalisation with its running statistics; arguments as in `kernel`."""
    return [
        Rule(rf"{key}\.weight", f"params/{path}/bn/scale"),
        Rule(rf"{key}\.bias", f"params/{path}/bn/bias"),
        Rule(rf"{key}\.running_mean", f"batch_stats/{path}/bn/mean"),
        Rule(rf"{key}\.running_var", f"batch_stats/{path}/bn/var"),
        # The number of training steps, which only PyTorch's cumulative averages need.
        Rule(rf"{key}\.num_batches_tracked", None),
    ]


def convert(
    state: Mapping[str, np.ndarray], rules: Sequence[Rule], expect: Mapping[str, Any], *, source: object
) -> dict[str, Any]:
    """Converts a state_dict to the variables of a Flax model.

    Args:
      state: a checkpoint's keys and arrays.
      rules: the model's table; the first rule that matches a key is applied.
      expect: nested dict of `jax.ShapeDtypeStruct`, the model's variables.
      source: name of the checkpoint, for error messages.

    Returns:
      Nested dict of float32 arrays with the structure and shapes of ``expect``.

    Raises:
      UserError: a variable is missing or has two keys, a key is unused, or an array has a wrong shape,
        is not of floating point or is not finite. One line counts all of these and names the first few.
    """
    expected = flatten(expect)
    flat: dict[str, np.ndarray] = {}
    problems: dict[str, list[str]] = {
        name: [] for name in ("missing", "unused", "duplicate", "misshaped", "not finite")
    }
    # Where a net was trained on several devices, PyTorch's DataParallel has put its name before all keys.
    wrapped = bool(state) and all(key.startswith(_WRAPPER) for key in state)
    for key, array in state.items():
        path, transform = _variable(key.removeprefix(_WRAPPER) if wrapped else key, rules)
        if path is None:
            continue
        if path not in expected:
            problems["unused"].append(key)
            continue
        if path in flat:
            problems["duplicate"].append(f"{key} for {path}")
            continue
        value = transform(array)
        flat[path] = value
        # "V" is bfloat16, which NumPy itself does not have.
        if value.shape != expected[path].shape or value.dtype.kind not in "fV":
            shapes = f"{value.dtype}{list(value.shape)}, not float{list(expected[path].shape)}"
            problems["misshaped"].append(f"{key} is {shapes}")
        elif not np.isfinite(value).all():
            problems["not finite"].append(key)
    problems["missing"] = [path for path in expected if path not in flat]
    found = [f"{problem} {summarize(names)}" for problem, names in problems.items() if names]
    if found:
        raise UserError(
            f"{source} does not fit this model: {'; '.join(found)}; check that it is the right net's"
        )
    # Copied only after all checks: in a hostile file many keys can share one large storage.
    with np.errstate(over="ignore"):  # what does not fit float32 is refused when it is written
        return nest({path: value.astype(np.float32, order="C") for path, value in flat.items()}, source)


def _variable(key: str, rules: Sequence[Rule]) -> tuple[str | None, Transform]:
    """Path and transform of the first rule that matches; the path "", of no variable, if none does."""
    for rule in rules:
        if match := re.fullmatch(rule.pattern, key):
            return (None if rule.path is None else match.expand(rule.path)), rule.transform
    return "", np.asarray
