"""Every key of a checkpoint is accounted for, or the port fails with all that is wrong."""

import json
import re
import subprocess
import sys
from pathlib import Path

import jax
import numpy as np
import pytest
from ports.support.checkpoints import random_state
from safetensors.numpy import save_file

from emojax.core.errors import UserError
from emojax.models.bisenet import BiSeNet
from emojax.models.resnet import abstract_variables
from emojax.ports import PORTS
from emojax.ports.__main__ import main
from emojax.ports.table import Rule, batch_norm, convert, kernel

RULES = [*kernel("conv", "a/conv"), *batch_norm("norm", "a"), Rule(r"fc\..*", None)]
KEYS = {"conv.weight": (5, 4, 3, 2)} | {
    f"norm.{name}": (5,) for name in ("weight", "bias", "running_mean", "running_var")
}
EXPECT = {
    "params": {"a": {"conv": {"kernel": (3, 2, 4, 5)}, "bn": {"scale": (5,), "bias": (5,)}}},
    "batch_stats": {"a": {"bn": {"mean": (5,), "var": (5,)}}},
}
EXPECT = jax.tree.map(
    lambda shape: jax.ShapeDtypeStruct(shape, np.float32),
    EXPECT,
    is_leaf=lambda node: isinstance(node, tuple),
)


def state(**changes):
    return random_state(KEYS, seed=0) | {"norm.num_batches_tracked": np.array(3)} | changes


def test_names_layouts_and_statistics_are_carried_over():
    given = state(**{"fc.weight": np.zeros((2, 2))})
    variables = convert(given, RULES, EXPECT, source="x")
    kernel = variables["params"]["a"]["conv"]["kernel"]
    assert kernel[2, 1, 3, 4] == given["conv.weight"][4, 3, 2, 1]
    np.testing.assert_array_equal(variables["params"]["a"]["bn"]["scale"], given["norm.weight"])
    np.testing.assert_array_equal(variables["batch_stats"]["a"]["bn"]["var"], given["norm.running_var"])
    assert jax.tree.all(jax.tree.map(lambda leaf, want: leaf.dtype == want.dtype, variables, EXPECT))


@pytest.mark.parametrize("dtype", ["float16", "float64", "bfloat16"])
def test_other_floating_points_become_float32(dtype):
    given = {name: array.astype(jax.numpy.dtype(dtype)) for name, array in state().items()}
    variables = convert(given, RULES, EXPECT, source="x")
    assert {leaf.dtype for leaf in jax.tree.leaves(variables)} == {np.dtype(np.float32)}


def test_keys_of_a_net_that_was_trained_on_several_devices_are_those_of_the_net():
    wrapped = {f"module.{key}": array for key, array in state().items()}
    found, expected = (convert(each, RULES, EXPECT, source="x") for each in (wrapped, state()))
    jax.tree.map(np.testing.assert_array_equal, found, expected)
    with pytest.raises(UserError, match="unused"):
        convert(wrapped | {"conv.weight": state()["conv.weight"]}, RULES, EXPECT, source="x")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"extra.weight": np.zeros(1)}, r"unused 1 \(extra.weight\)"),
        (
            {"norm.weight": np.zeros(6, np.float32)},
            r"misshaped 1 \(norm.weight is float32\[6\], not float\[5\]\)",
        ),
        ({"conv.weight": np.zeros(5, np.float32)}, "misshaped 1"),
        ({"norm.weight": np.zeros(5, np.int8)}, "misshaped 1 .*int8"),
        ({"norm.bias": np.full(5, np.nan, np.float32)}, r"not finite 1 \(norm.bias\)"),
    ],
)
def test_a_key_that_does_not_fit_is_an_error(changes, message):
    with pytest.raises(UserError, match=message):
        convert(state(**changes), RULES, EXPECT, source="x")


def test_two_keys_for_one_variable_are_an_error_even_if_equal():
    rules = [*kernel("(?:conv|old)", "a/conv"), *RULES]
    given = state()
    given["old.weight"] = given["conv.weight"]
    with pytest.raises(UserError, match=r"duplicate 1 \(old.weight for params/a/conv/kernel\)") as caught:
        convert(given, rules, EXPECT, source="x")
    assert "unused" not in str(caught.value)
    assert "missing" not in str(caught.value)


def test_the_first_rule_that_matches_a_whole_key_is_applied():
    rules = [Rule(r"norm\.bias", "params/a/bn/scale", lambda array: array + 1), Rule("norm", None), *RULES]
    given = state()
    del given["norm.weight"]
    given["b.bias"] = np.full(5, 7.0, np.float32)
    rules.append(Rule(r"(.)\.(bias)", r"params/a/\1n/\2"))
    variables = convert(given, rules, EXPECT, source="x")["params"]["a"]["bn"]
    np.testing.assert_array_equal(variables["scale"], given["norm.bias"] + 1)
    np.testing.assert_array_equal(variables["bias"], np.full(5, 7.0))


def test_a_missing_key_is_an_error_and_all_problems_come_at_once():
    given = state(other=np.zeros(1), **{"norm.bias": np.zeros(1, np.float32)})
    del given["norm.running_var"], given["conv.weight"]
    with pytest.raises(UserError) as caught:
        convert(given, RULES, EXPECT, source="some.pth")
    for part in ("some.pth", "missing 2", "batch_stats/a/bn/var", "unused 1 (other)", "misshaped 1"):
        assert part in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", sorted(PORTS))
def test_every_rule_is_used_and_no_two_match_one_key(name):
    with np.load(Path(__file__).parents[1] / "goldens" / "ports.npz") as golden:
        keys = json.loads(str(golden[f"{name}/shapes"]))
    for key in keys:
        assert sum(bool(re.fullmatch(rule.pattern, key)) for rule in PORTS[name].rules) == 1, key
    for rule in PORTS[name].rules:
        assert any(re.fullmatch(rule.pattern, key) for key in keys), rule


def test_command_line_refuses_in_one_line_and_writes_nothing(tmp_path):
    variables = len(jax.tree.leaves(abstract_variables(BiSeNet())))
    wrong, out = tmp_path / "resnet50.safetensors", tmp_path / "out.safetensors"
    save_file(
        {"conv1.weight": np.zeros((64, 3, 7, 7), np.float32), "fc.bias": np.zeros(1000, np.float32)}, wrong
    )
    command = [sys.executable, "-m", "emojax.ports", "bisenet", str(wrong), "--out", str(out)]
    refused = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True)
    message = refused.stderr
    assert refused.returncode == 2
    assert message.startswith("emojax: ")
    assert message.count("\n") == 1
    for part in (str(wrong), f"missing {variables} (", "unused 2 (conv1.weight, fc.bias)"):
        assert part in message
    with pytest.raises(UserError, match=r"absent\.pth"):
        main(["resnet50", str(tmp_path / "absent.pth"), "--out", str(out)])
    assert list(tmp_path.iterdir()) == [wrong]
