"""Weight files made to cost memory or time, or to give wrong results silently, are refused."""

import json
import os
import struct
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest
from safetensors.numpy import save_file

from emojax import weights
from emojax.core.errors import UserError
from emojax.emoji import generate
from emojax.weights import face_parser, untrusted_files


def write(path: Path, header: Any, data: bytes = b"") -> Path:
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)
    return path


def entry(dtype: str, shape: list[int], size: int) -> dict[str, Any]:
    return {"dtype": dtype, "shape": shape, "data_offsets": [0, size]}


@pytest.mark.parametrize(
    ("dtype", "bits"),
    [("F8_E4M3", 8), ("F8_E5M2", 8), ("F8_E8M0", 8), ("F6_E2M3", 6), ("F6_E3M2", 6), ("F4", 4), ("C64", 64)],
)
def test_types_that_numpy_lacks_are_named(dtype: str, bits: int, tmp_path: Path) -> None:
    path = write(tmp_path / "a.safetensors", {"w": entry(dtype, [8], bits)}, bytes(bits))
    for read in (weights.load, weights.read_metadata, weights.read_safetensors):
        with pytest.raises(UserError, match=f"'w' is {dtype} "):
            read(path)


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16", "int64", "int8", "uint64", "bool"])
def test_types_that_numpy_has_are_read(dtype: str, tmp_path: Path) -> None:
    save_file({"w": np.ones(3, dtype)}, tmp_path / "a.safetensors")
    stored, _ = weights.read_safetensors(tmp_path / "a.safetensors")
    np.testing.assert_array_equal(stored["w"], np.ones(3, dtype), strict=True)


def test_headers_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.safetensors"
    save_file({"a": np.ones(1), "b": np.ones((1,) * 8)}, path)
    for name, bound, reason in [
        ("_MAX_HEADER", struct.unpack("<Q", path.read_bytes()[:8])[0], "a header of over"),
        ("_MAX_ARRAYS", 2, "holds 2 arrays"),
        ("_MAX_AXES", 8, "'b' is F64 with 8 axes"),
        ("MAX_BYTES", path.stat().st_size, "larger than"),
    ]:
        with monkeypatch.context() as patch:
            patch.setattr(untrusted_files, name, bound)
            weights.load(path)
            patch.setattr(untrusted_files, name, bound - 1)
            with pytest.raises(UserError, match=reason):
                weights.load(path)


def test_another_nets_arrays_are_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_file({"a": np.ones(3, np.float32)}, tmp_path / "a.safetensors")
    monkeypatch.setattr(untrusted_files.Contents, "read", lambda *_: pytest.fail("read an array"))
    with pytest.raises(UserError, match="another net's"):
        weights.load(tmp_path / "a.safetensors", expect={"a": jax.ShapeDtypeStruct((4,), np.float32)})


def test_a_pipe_is_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.safetensors")
    for read in (weights.load, weights.read_metadata, weights.read_safetensors):
        with pytest.raises(UserError, match="not a regular file"):
            read(tmp_path / "a.safetensors")


def test_a_negative_variance_is_refused_as_its_root_is_no_number(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    for var, refused in ((0.0, False), (-1e-9, True)):
        save_file({"batch_stats/bn/var": np.array([1.0, var]), "params/var_a": np.array([-1.0])}, path)
        if refused:
            with pytest.raises(UserError, match=r"variances below 0 in 1 \(batch_stats/bn/var\)"):
                weights.load(path)
        else:
            weights.load(path)


@pytest.mark.parametrize("weight", ["NaN", "Infinity", "1e999", "0", "-1", '"1"', "[1]"])
def test_class_weights_that_are_no_weights_are_refused(weight: str, tmp_path: Path) -> None:
    metadata = weights.read_metadata(weights.shipped("bisenet"))
    config = json.loads(metadata["config"])
    config["loss"]["class_weights"] = [1.0] * 19
    metadata["config"] = json.dumps(config).replace("1.0", weight, 1)
    assert weight in metadata["config"]
    weights.save(tmp_path / "a.safetensors", {"params": {"a": np.ones(1)}}, metadata=metadata)
    with pytest.raises(UserError, match=r"a\.safetensors"):
        face_parser._read_metadata(tmp_path / "a.safetensors")


@pytest.mark.parametrize(
    ("widths", "side", "attention", "fits"),
    [
        ((512, 256, 128, 64), 4, 32, True),
        ((16,) * 7, 4, 45, True),
        ((17,) * 7, 4, 0, False),
        ((8, 8, 8, 4096), 4, 0, False),
        ((16,), 4, 46, False),
        ((1,), 1024, 0, True),
        ((1,), 1025, 0, False),
    ],
)
def test_what_a_generator_computes_is_bounded(
    widths: tuple[int, ...], side: int, attention: int, fits: bool
) -> None:
    if fits:
        generate.check_activations(widths, side, attention)
    else:
        with pytest.raises(ValueError, match="values for one image"):
            generate.check_activations(widths, side, attention)


def test_a_small_file_of_a_net_with_large_layers_is_refused(tmp_path: Path) -> None:
    config = {"generator_widths": [8, 8, 8, 4096], "latent_size": 8, "first_size": 4}
    metadata = {"format": "emojax.generator.1", "config": json.dumps({"model": config})}
    weights.save(tmp_path / "a.safetensors", {"a": np.ones(1)}, metadata=metadata)
    with pytest.raises(UserError, match="values for one image"):
        generate.load(tmp_path / "a.safetensors")
