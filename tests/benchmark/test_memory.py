"""Micro-batches shrink the memory of a step; nets that compute activations again keep fewer."""

import json
from pathlib import Path

import pytest
from support import small_parts

from emojax.benchmark import memory


def test_figures_are_of_the_step_and_of_each_net(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    recipe = small_parts.config(**{"loss.r1_weight": 0.0}).to_dict()
    monkeypatch.setattr(memory, "load_recipe", {memory.RECIPE: recipe}.get)
    memory.main([str(tmp_path / "memory.json")])
    found = json.loads((tmp_path / "memory.json").read_text())
    assert found["images"] == 8
    assert 0 < found["step_mb"]["4"] < found["step_mb"]["1"]
    plain, again = found["kept_mb"]["plain"], found["kept_mb"]["remat"]
    assert plain.keys() == again.keys() == {"generator", "discriminator"}
    assert all(0 < again[net] < plain[net] for net in plain)
    # The images, at least, and at most every layer's input and result twice.
    images = 8 * 16 * 16 * 3 * 4 / 1e6
    assert images <= again["discriminator"] < plain["discriminator"] < 10 * images
