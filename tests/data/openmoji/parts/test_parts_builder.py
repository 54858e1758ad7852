"""Recombined faces on disk are those that are composed on the device."""

from pathlib import Path

import jax
import numpy as np
import pytest
from support import part_faces

from emojax.core import rng
from emojax.core.errors import UserError
from emojax.data.openmoji.parts import collecting, composing, layers
from emojax.data.openmoji.parts.builder import MixedConfig, MixedOpenMoji
from emojax.data.openmoji.parts.composing import Distribution
from emojax.data.openmoji.parts.part_set import SLOTS
from emojax.media import image


@pytest.fixture(scope="module")
def openmoji(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return part_faces.write_faces(tmp_path_factory.mktemp("faces") / "openmoji")


def _rows(openmoji: Path, folder: Path, **changes: object) -> tuple[MixedOpenMoji, list[dict]]:  # type: ignore[type-arg]
    config = MixedConfig(**{"count": 70, "size": 32, "background": "white", **changes})  # type: ignore[arg-type]
    builder = MixedOpenMoji(config=config, data_dir=folder, openmoji_dir=openmoji)
    builder.download_and_prepare()
    return builder, list(builder.as_data_source(split="train"))


def test_faces_on_disk_are_those_of_their_parts(openmoji: Path, tmp_path: Path) -> None:
    builder, rows = _rows(openmoji, tmp_path)
    assert len(rows) == 70
    parts = collecting.load(openmoji)
    assert builder.info.metadata["digest"] == parts.digest
    tables = jax.device_put(composing.tables(parts, layers.load(parts, 32)))
    chosen, amounts = (np.stack([row[name] for row in rows]) for name in ("parts", "amounts"))
    composed = composing.on((255, 255, 255), jax.jit(composing.compose)(tables, chosen, amounts))
    assert (
        np.abs(image.to_uint8(np.asarray(composed)) - np.stack([r["image"] for r in rows]).astype(int)).max()
        <= 1
    )
    names = [*builder.info.metadata["part_names"], ""]
    for row in rows:
        assert [row[slot].decode() for slot in SLOTS] == [names[n] for n in row["parts"]]
        assert (
            not parts.held_out[row["parts"][1], row["parts"][2]]
            if max(row["parts"][1:3]) < len(parts.parts)
            else True
        )
    # The last of them is a function of the seed and its index.
    how = Distribution(own=0.0)
    alone, _ = jax.jit(composing.draw, static_argnums=2)(tables, rng.at(rng.root(0), "mixed", 69), how)
    np.testing.assert_array_equal(alone, rows[69]["parts"])


def test_more_faces_begin_with_fewer_and_other_seeds_are_others(openmoji: Path, tmp_path: Path) -> None:
    few, more, others = (
        [row["amounts"] for row in _rows(openmoji, tmp_path, **changes)[1]]
        for changes in ({"count": 3}, {"count": 5}, {"count": 3, "seed": 1})
    )
    np.testing.assert_array_equal(few, more[:3])
    assert not np.array_equal(few, others)


@pytest.mark.parametrize(
    "wrong", [{"count": 0}, {"count": 1_000_001}, {"seed": -1}, {"size": 7}, {"pairs": "some"}]
)
def test_other_configurations_are_refused(wrong: dict) -> None:  # type: ignore[type-arg]
    with pytest.raises(UserError, match=next(iter(wrong))):
        MixedConfig(**wrong)
