"""Weight files come back exactly, or with one line that says what is wrong."""

import jax
import numpy as np
import pytest
from safetensors.numpy import save_file

from emojax import weights
from emojax.core.errors import UserError
from emojax.models.resnet import abstract_variables
from emojax.weights import face_parser, untrusted_files

VARIABLES = {
    "params": {"conv": {"kernel": np.linspace(-1, 1, 24, dtype=np.float32).reshape(2, 3, 4)}},
    "batch_stats": {"bn": {"mean": np.full(3, 1e-3, np.float32), "var": np.full(3, 1e6, np.float32)}},
    "step": np.int32(7),
}
EXPECT = jax.eval_shape(lambda: VARIABLES)


def same(left, right) -> bool:
    return jax.tree.all(jax.tree.map(lambda a, b: a.dtype == b.dtype and np.array_equal(a, b), left, right))


def test_variables_and_metadata_come_back(tmp_path):
    path = tmp_path / "deep" / "net.safetensors"
    weights.save(path, VARIABLES, metadata={"model": "bisenet"})
    variables, metadata = weights.load(path, expect=EXPECT)
    assert same(variables, VARIABLES)
    assert metadata == weights.read_metadata(path) == {"model": "bisenet"}


def test_half_storage_halves_kernels_and_nothing_else(tmp_path):
    path = tmp_path / "net.safetensors"
    weights.save(path, VARIABLES, metadata={}, half=True)
    stored, _ = weights.read_safetensors(path)
    assert stored["params/conv/kernel"].dtype == np.float16
    variables, _ = weights.load(path, expect=EXPECT)
    kernel = VARIABLES["params"]["conv"]["kernel"]
    np.testing.assert_allclose(variables["params"]["conv"]["kernel"], kernel, atol=5e-4)
    assert same(variables["batch_stats"], VARIABLES["batch_stats"])  # 1e6 is beyond float16


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda v: v["params"].pop("conv"), r"missing 1 \(params/conv/kernel\)"),
        (lambda v: v.update(extra=np.ones(1)), r"unknown 1 \(extra\)"),
        (lambda v: v.update(step=np.float32(7)), r"step is float32\[\], not int32\[\]"),
        (
            lambda v: v["batch_stats"]["bn"].update(mean=np.ones(4, np.float32)),
            r"float32\[4\], not float32\[3\]",
        ),
    ],
)
def test_another_nets_file_is_detected(tmp_path, change, message):
    path = tmp_path / "other.safetensors"
    variables = jax.tree.map(lambda leaf: leaf, VARIABLES)
    change(variables)
    weights.save(path, variables, metadata={})
    with pytest.raises(UserError, match=rf"other\.safetensors holds another net's weights: .*{message}"):
        weights.load(path, expect=EXPECT)


@pytest.mark.parametrize("half", [False, True])
def test_what_is_not_finite_is_neither_written_nor_read(tmp_path, half):
    path = tmp_path / "net.safetensors"
    weights.save(path, VARIABLES, metadata={})
    before = path.read_bytes()
    # Finite in float32, infinite in the float16 that would be stored.
    bad = {"kernel": np.full((2, 2), 1e6 if half else np.nan, np.float32)}
    with pytest.raises(UserError, match=r"not finite in 1 \(kernel\)"):
        weights.save(path, bad, metadata={}, half=half)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]
    save_file({"kernel": np.array([np.inf])}, path)
    with pytest.raises(UserError, match="not finite"):
        weights.load(path)


def test_a_truncated_file_is_one_clear_line(tmp_path):
    path = tmp_path / "net.safetensors"
    weights.save(path, VARIABLES, metadata={})
    whole = path.read_bytes()
    for length in range(0, len(whole), 7):
        path.write_bytes(whole[:length])
        with pytest.raises(UserError, match="no whole safetensors file"):
            weights.load(path)


def test_files_of_another_kind_are_refused(tmp_path, monkeypatch):
    for name in ("a/b", "a//b", "/a", ""):
        save_file({"a": np.ones(1), name: np.ones(1)}, tmp_path / "odd.safetensors")
        with pytest.raises(UserError, match=r"odd\.safetensors"):
            weights.load(tmp_path / "odd.safetensors")
    for path in (tmp_path / "absent", tmp_path):
        with pytest.raises(UserError, match=str(path)):
            weights.load(path)
    monkeypatch.setattr(untrusted_files, "MAX_BYTES", 10)
    with pytest.raises(UserError, match="larger than 10 bytes"):
        weights.load(tmp_path / "odd.safetensors")


def test_flatten_and_nest_are_inverse():
    assert same(weights.nest(weights.flatten(VARIABLES), "x"), VARIABLES)
    with pytest.raises(ValueError, match="separator"):
        weights.flatten({"a": {"b/c": 1}})


def test_what_is_shipped_fits_its_net(tmp_path):
    path = weights.shipped("bisenet")
    assert weights.is_shipped(path)
    model, variables, _ = face_parser.load(path)
    assert same(jax.tree.map(np.zeros_like, variables), jax.tree.map(_zeros, abstract_variables(model)))
    # Elsewhere the same file is anyone's, and is checked.
    copy = tmp_path / path.name
    copy.write_bytes(path.read_bytes())
    assert not weights.is_shipped(copy)
    weights.save(copy, {"params": variables["params"]}, metadata=weights.read_metadata(path))
    with pytest.raises(UserError, match="another net's weights: missing"):
        face_parser.load(copy)


def _zeros(leaf):
    return np.zeros(leaf.shape, leaf.dtype)


def test_shipped_weights_are_found_by_name_only():
    with pytest.raises(UserError, match=r"'\.\./models/x' are installed with emojax; there are: "):
        weights.shipped("../models/x")
