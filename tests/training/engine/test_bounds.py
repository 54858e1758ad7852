"""Every number of every recipe has bounds, and they hold at their edges."""

import importlib
import math
from pathlib import Path
from typing import Any

import ml_collections
import pytest

from emojax.core.errors import UserError
from emojax.training import tasks
from emojax.training.engine import bounds
from emojax.training.engine.bounds import BOUNDS

RECIPES = [
    path.stem
    for path in (Path(__file__).parents[3] / "configs").glob("*.py")
    if "def get_config(" in path.read_text(encoding="utf-8")
]


def _config(name: str) -> ml_collections.ConfigDict:
    return importlib.import_module(f"configs.{name}").get_config()  # type: ignore[no-any-return]


def _numbers(config: ml_collections.ConfigDict) -> dict[str, Any]:
    def is_number(value: Any) -> bool:
        if isinstance(value, tuple | list):
            return all(isinstance(each, int | float) for each in value)
        return isinstance(value, int | float) and not isinstance(value, bool)

    return {name: value for name, value in bounds.fields(config) if is_number(value)}


@pytest.mark.parametrize("name", RECIPES)
def test_every_number_of_a_recipe_has_bounds_and_is_within(name: str) -> None:
    config = _config(name)
    assert not [field for field in _numbers(config) if bounds.find(field) is None]
    bounds.check(config)


def test_no_bound_is_of_a_field_that_is_gone() -> None:
    known = {
        name.rpartition(".")[2] if "optimizer." in name else name
        for recipe in RECIPES
        for name in _numbers(_config(recipe))
    }
    assert set(BOUNDS) - known <= {"run.accumulate"}


def _nested(name: str, value: Any) -> dict[str, Any]:
    group, _, last = name.rpartition(".")
    return {group: {last: value}} if group else {name: value}


@pytest.mark.parametrize("name", BOUNDS)
def test_bounds_hold_at_their_edges(name: str) -> None:
    low, high, whole = BOUNDS[name]
    field = name if "." in name or name in _OWN else f"some_optimizer.{name}"
    for value in (low, high):
        value = int(value) if whole else value
        bounds.check(_nested(field, value))
        bounds.check(_nested(field, (value, value)))
    below, above = (
        (int(low) - 1, int(high) + 1)
        if whole
        else (math.nextafter(low, -math.inf), math.nextafter(high, math.inf))
    )
    wrong = [below, above, math.nan, math.inf, -math.inf, 2**63, 10**400, "1", None, True, [1, None], {1}]
    for value in [*wrong, *([low + 0.5] if whole else [])]:
        with pytest.raises(UserError, match=rf"^config\.{field} is .* from .* to ") as error:
            bounds.check(_nested(field, value))
        assert len(str(error.value)) < 160


_OWN = {
    *("seed", "epochs", "steps", "batch_size", "run_length", "average_decay", "sharpness"),
    *("validation_strength", "dice"),
}


@pytest.mark.parametrize("name", ["dcgan", "bisenet", "parts", "autoencoder", "features"])
@pytest.mark.parametrize("seed", [-1, 2**32, 2**63, 2**64])
def test_every_task_checks_its_numbers(name: str, seed: int) -> None:
    config = _config(name).to_dict() | {"seed": seed}
    with pytest.raises(
        UserError, match=r"config\.seed is -?\d+: it must be a whole number from 0 to 4294967295"
    ):
        tasks.make_task(config)
