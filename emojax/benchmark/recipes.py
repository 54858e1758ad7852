"""Recipes that ship, as what workers are sent."""

import runpy
from typing import Any

from emojax.core import recipes


def load_recipe(name: str) -> dict[str, Any]:
    """The fields of a recipe, ``NAME`` or ``NAME:VARIANT``, as nested dicts."""
    recipes.make_importable()
    path, *variant = recipes.find(name).split(":")
    fields: dict[str, Any] = runpy.run_path(path)["get_config"](*variant).to_dict()
    return fields
