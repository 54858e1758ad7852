"""Keys are functions of seed, name and step: equal arguments, equal numbers; others, unrelated ones."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from emojax.core import rng


def _numbers(key: jax.Array) -> tuple[int, ...]:
    return tuple(np.asarray(jax.random.bits(key, (4,))).tolist())


def test_keys_are_functions_of_seed_name_and_step() -> None:
    keys = [
        rng.at(rng.root(seed), name, step)
        for seed in (0, 1)
        for name in ("latents", "shuffle", "")
        for step in (0, 1, 2**31)
    ]
    keys += [rng.root(0), rng.root(1), rng.stream(rng.root(0), "latents"), rng.stream(rng.root(1), "latents")]
    assert len({_numbers(key) for key in keys}) == len(keys)
    assert _numbers(rng.at(rng.root(1), "shuffle", 1)) == _numbers(keys[13])


def test_a_key_does_not_depend_on_the_process_or_on_compilation() -> None:
    """Hashes of str differ between processes: these numbers must not, or no run could be resumed."""
    key = rng.at(rng.root(3), "latents", 5)
    assert _numbers(key) == _numbers(jax.random.fold_in(jax.random.fold_in(jax.random.key(3), 3530432112), 5))
    compiled = jax.jit(lambda step: rng.at(rng.root(3), "latents", step))(jnp.int32(5))
    assert _numbers(compiled) == _numbers(key)


def test_a_step_of_a_stream_is_a_key_of_that_stream() -> None:
    root = rng.root(0)
    assert _numbers(rng.at(root, "a", 2)) == _numbers(jax.random.fold_in(rng.stream(root, "a"), 2))


def test_a_root_is_the_key_of_its_seed_alone() -> None:
    for seed in (0, 7, 2**32 - 1):
        assert _numbers(rng.root(seed)) == _numbers(jax.random.key(seed))
    for seed in (-1, 2**32, 2**63):
        with pytest.raises(ValueError, match="not between 0 and 4294967295"):
            rng.root(seed)


def test_numbers_do_not_depend_on_the_settings_of_the_environment() -> None:
    def numbers() -> tuple[object, ...]:
        with rng.standard_settings():
            keys = jax.random.split(rng.root(7), 3)
            drawn = jax.vmap(lambda key: jax.random.normal(key, (2,)))(keys) / 3
            return drawn.dtype, drawn.tolist(), jax.jit(lambda x: x @ x.T)(drawn).tolist()

    expected = numbers()
    with jax.enable_x64(True), jax.default_prng_impl("rbg"):
        assert numbers() == expected
    with jax.threefry_partitionable(False), jax.numpy_dtype_promotion("strict"):
        assert numbers() == expected
    with jax.default_matmul_precision("bfloat16"), jax.numpy_rank_promotion("raise"):
        assert numbers() == expected
    jax.config.update("jax_random_seed_offset", 5)
    try:
        assert numbers() == expected
    finally:
        jax.config.update("jax_random_seed_offset", 0)
