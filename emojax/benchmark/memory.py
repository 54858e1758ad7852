"""What micro-batches and computing activations again save, in a step that is compiled but not run.

python -m emojax.benchmark.memory docs/memory.json
"""

import json
from collections.abc import Mapping
from typing import Any, Final

import jax
import jax.numpy as jnp
from flax import linen as nn

from emojax.benchmark.recipes import load_recipe
from emojax.core import rng
from emojax.core.extras import importing
from emojax.core.files import replacing
from emojax.core.runtime import OneLineParser, local_path, run_program
from emojax.models.emoji_parts import placing

with importing(__name__):
    import ml_collections

    from emojax.training import tasks
    from emojax.training.devices import parallel
    from emojax.training.emoji_parts import config as part_config

RECIPE: Final = "parts:64"

_GROUPS: Final = (7, 61, 60, 25, 9)
"""Parts of each kind in OpenMoji 17, so that no data is needed; others change the first layer alone."""

_MICRO_BATCHES: Final = (1, 4)


def inputs(config: ml_collections.ConfigDict) -> dict[str, jax.ShapeDtypeStruct]:
    """The shapes of a batch."""
    images, model = config.batch_size, config.model
    shapes = {
        "images": (images, config.data.size, config.data.size, 3),
        "latents": (images, placing.AMOUNTS),
        "classes": (images, model.num_classes),
    }
    return {name: jax.ShapeDtypeStruct(shape, jnp.float32) for name, shape in shapes.items()}


def step_bytes(config: ml_collections.ConfigDict) -> int:
    """Bytes of all intermediate results of the compiled step on one device of this machine."""
    task = tasks.make_task(config)
    plan = parallel.make_plan("jit", config.batch_size, micro_batches=config.run.accumulate)
    steps = parallel.compile_steps(plan, lambda batch, step: batch, task.step, 1)
    state = jax.eval_shape(task.init, rng.root(config.seed))
    return int(steps.lower(state, inputs(config)).compile().memory_analysis().temp_size_in_bytes)


def kept_bytes(net: nn.Module, *inputs: Any, **options: Any) -> int:
    """Bytes that a net's gradient needs of the pass before, on any machine, besides the net's variables.

    Args:
      net: of images, latents or texts.
      inputs: arrays or their abstract values.
      options: of its call, such as ``train=True``.
    """
    variables = jax.eval_shape(lambda key, *x: net.init(key, *x, **options), jax.random.key(0), *inputs)
    others = {name: tree for name, tree in variables.items() if name != "params"}

    def gradient(params: Any, others: Any, *inputs: Any) -> Any:
        def results(params: Any) -> Any:
            return net.apply({"params": params, **others}, *inputs, **options, mutable=["batch_stats"])[0]

        return jax.vjp(results, params)[1]

    # The function that `jax.vjp` returns is a pytree of what it keeps.
    kept = jax.tree.leaves(jax.eval_shape(gradient, variables["params"], others, *inputs))
    shapes = {x.shape for x in jax.tree.leaves(variables)}
    return sum(x.size * x.dtype.itemsize for x in kept if x.shape not in shapes)


def measured(recipe: Mapping[str, Any]) -> dict[str, Any]:
    """Megabytes of the step by the number of micro-batches, and of what each net keeps."""
    config = ml_collections.ConfigDict(recipe)
    config.model.groups, config.model.num_classes = _GROUPS, sum(_GROUPS)
    batch, steps, kept = inputs(config), {}, {}
    for config.run.accumulate in _MICRO_BATCHES:
        steps[str(config.run.accumulate)] = step_bytes(config) / 1e6
    for config.run.remat in (False, True):
        frozen = ml_collections.FrozenConfigDict(config)
        generator, discriminator = part_config.generator(frozen), part_config.discriminator(frozen)
        kept["remat" if config.run.remat else "plain"] = {
            "generator": kept_bytes(generator, batch["latents"], batch["classes"], train=True) / 1e6,
            "discriminator": kept_bytes(discriminator, batch["images"], batch["classes"], train=True) / 1e6,
        }
    return {
        "recipe": RECIPE,
        "images": config.batch_size,
        "platform": jax.devices()[0].platform,
        "jax": jax.__version__,
        "step_mb": steps,
        "kept_mb": kept,
    }


def main(argv: list[str] | None = None) -> None:
    """Compiles, counts and writes the figures."""
    flags = OneLineParser(prog="python -m emojax.benchmark.memory", description=__doc__)
    flags.add_argument("out", type=local_path, help="JSON file to write")
    args = flags.parse_args(argv)
    with replacing(args.out) as temporary:
        temporary.write_text(json.dumps(measured(load_recipe(RECIPE)), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    run_program(main)
