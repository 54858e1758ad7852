"""Predicts how long a training step takes on accelerators that are not at hand, from public figures of chips.

python -m emojax.benchmark.cost_model docs/scaling.json
python -m emojax.benchmark.cost_model docs/scaling.json --measured docs/benchmark/gan.json

What a step needs is counted in the traced program: arithmetic, memory traffic, kernels, and messages between
devices. A chip's step then takes

    max(arithmetic / rate, traffic / bandwidth) + kernels · time of a kernel + messages

Each device has the recipe's batch, so the global batch grows with the devices. With ``--measured``, the first
two terms are also computed with the rates of a benchmark's report, beside the step that was measured there.
"""

import functools
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

import jax
import jax.numpy as jnp

from emojax.benchmark import report
from emojax.benchmark.chips import CHIPS, SYSTEMS, System
from emojax.benchmark.recipes import load_recipe
from emojax.benchmark.workloads import gan, parser
from emojax.core.files import replacing
from emojax.core.runtime import OneLineParser, local_path, run_program


class Step(NamedTuple):
    """What one device does in a step.

    Attributes:
      images: of its share of the batch.
      gflop: arithmetic in 10⁹ operations.
      gbyte: memory traffic in 10⁹ bytes: of products, convolutions and sums their inputs and results;
        elementwise work is assumed to be fused into them, but for the optimizer's.
      kernels: the number of these, and one for each parameter's update.
      messages: all-reduces that wait for one another; compilers join those that do not.
      message_mb: 10⁶ bytes of all all-reduces together.
      bfloat16: whether products are in bfloat16.
    """

    images: int
    gflop: float
    gbyte: float
    kernels: int
    messages: int
    message_mb: float
    bfloat16: bool


_HEAVY: Final = ("conv_general_dilated", "dot_general", "reduce_sum", "reduce_max")
_ADAM: Final = 7
"""Numbers that Adam moves for each parameter: it reads value, gradient and two moments and writes three."""
_AVERAGE: Final = 2
"""Likewise for a moving average."""


def count(
    step: Callable[..., Any], state: Any, batch: Any, *, images: int, gflop: float, bfloat16: bool = False
) -> Step:
    """Counts what a step does, by tracing it as a device of a mapped axis.

    Args:
      step: ``(state, batch, axis_name) -> (state, metrics)``.
      state: abstract arrays.
      batch: abstract arrays, of one device.
      images: of the batch.
      gflop: of the step.
      bfloat16: whether its products are in bfloat16.
    """
    traced = jax.make_jaxpr(functools.partial(step, axis_name="data"), axis_env=[("data", 2)])(state, batch)
    heavy, sent = [], []
    for equation in equations(traced.jaxpr):
        arrays = [v.aval for v in (*equation.invars, *equation.outvars) if hasattr(v.aval, "shape")]
        if equation.primitive.name in _HEAVY:
            heavy.append(sum(a.size * a.dtype.itemsize for a in arrays))
        elif equation.primitive.name.startswith("psum"):
            sent.append(sum(v.aval.size * v.aval.dtype.itemsize for v in equation.invars))
    trained = parameters(state)
    updates = sum(leaf.size * 4 * (_ADAM + _AVERAGE) for leaf in trained)
    return Step(
        images=images,
        gflop=gflop,
        gbyte=(sum(heavy) + updates) / 1e9,
        kernels=len(heavy) + len(trained),
        messages=max(_depths(traced.jaxpr, [0] * len(traced.jaxpr.invars)), default=0),
        message_mb=sum(sent) / 1e6,
        bfloat16=bfloat16,
    )


def equations(jaxpr: Any) -> Iterator[Any]:
    """All equations of a program, those of inner programs included."""
    for equation in jaxpr.eqns:
        yield equation
        for inner in _inner(equation):
            yield from equations(inner)


def _inner(equation: Any) -> list[Any]:
    """The programs in an equation; of alternatives the last.

    Where a layer has a form for CPUs, the last alternative is the one for all other devices.
    """
    if equation.primitive.name == "cond":
        return [equation.params["branches"][-1].jaxpr]
    values = (getattr(value, "jaxpr", value) for value in equation.params.values())
    return [value for value in values if hasattr(value, "eqns")]


def _depths(jaxpr: Any, given: Sequence[int]) -> list[int]:
    """For each result, how many all-reduces wait for one another before it, from those of the arguments."""
    depth: dict[Any, int] = dict(zip(jaxpr.invars, given, strict=True))
    for equation in jaxpr.eqns:
        before = [
            0 if hasattr(v, "val") else depth.get(v, 0) for v in equation.invars
        ]  # a literal has a value
        found = [max(before, default=0) + equation.primitive.name.startswith("psum")] * len(equation.outvars)
        for inner in _inner(equation):
            # A condition's first argument chooses the program.
            arguments = before[len(before) - len(inner.invars) :]
            if len(arguments) < len(inner.invars):
                arguments = [max(before, default=0)] * len(inner.invars)
            results = _depths(inner, arguments)
            same = len(results) == len(equation.outvars)
            found = results if same else [max(results, default=0)] * len(equation.outvars)
        depth |= dict(zip(equation.outvars, found, strict=True))
    return [0 if hasattr(v, "val") else depth.get(v, 0) for v in jaxpr.outvars]


def parameters(state: Any) -> list[Any]:
    """The parameters of a GAN's or another task's state."""
    networks = [state.generator, state.discriminator] if hasattr(state, "generator") else [state.network]
    return [leaf for network in networks for leaf in jax.tree.leaves(network.params)]


def predict(step: Step, system: System) -> dict[str, float]:
    """Milliseconds of a step by term and in all, and images a second of all devices."""
    chip, n = CHIPS[system.chip], system.devices
    arithmetic = step.gflop / (chip.bfloat16_tflops if step.bfloat16 else chip.tflops)
    memory = 1e3 * step.gbyte / chip.gbps
    kernels = step.kernels * chip.kernel_us / 1e3
    # Of an all-reduce each device sends and receives 2 (n - 1) / n of the bytes (Patarasuk and Yuan, 2009,
    # "Bandwidth optimal all-reduce algorithms for clusters of workstations").
    sent = 2 * (n - 1) / n * step.message_mb / chip.link_gbps
    messages = (n > 1) * step.messages * system.message_us / 1e3 + sent
    total = max(arithmetic, memory) + kernels + messages
    return {
        "arithmetic_ms": arithmetic,
        "memory_ms": memory,
        "kernels_ms": kernels,
        "messages_ms": messages,
        "ms": total,
        "images_per_second": 1e3 * n * step.images / total,
    }


def gan_step(config: Mapping[str, Any]) -> Step:
    """The step of a GAN's recipe."""
    import ml_collections

    from emojax.core import rng
    from emojax.training import tasks

    images = {"images": gan.random_images(config["data"]["size"])}
    task = tasks.make_task(ml_collections.ConfigDict(config)).for_data(images)
    state = jax.eval_shape(task.init, rng.root(0))
    draw = functools.partial(task.batch, key=rng.root(0))
    batch = jax.eval_shape(draw, images, jnp.zeros((), jnp.int32))
    return count(task.step, state, batch, images=config["batch_size"], gflop=gan.gflop(config))


def parser_step(config: Mapping[str, Any]) -> Step:
    """The step of a face parser's recipe; its gradients cost twice the forward pass."""
    import ml_collections

    from emojax.core import rng
    from emojax.training import tasks
    from emojax.training.parser.batches import STRIDES

    task = tasks.make_task(ml_collections.ConfigDict(config))
    state = jax.eval_shape(task.init, rng.root(0))
    size, B = config["data"]["train_size"], config["batch_size"]
    batch = {
        "images": jax.ShapeDtypeStruct((B, size, size, 3), jnp.float32),
        "labels": [jax.ShapeDtypeStruct((B, size // s, size // s), jnp.int32) for s in STRIDES],
    }
    small = {**config, "data": {**config["data"], "size": size}}
    half = config["dtype"] == "bfloat16"
    return count(task.step, state, batch, images=B, gflop=3 * B * parser.gflop(small), bfloat16=half)


STEPS: Final[Mapping[str, tuple[str, Callable[[Mapping[str, Any]], Step]]]] = {
    "gan": ("dcgan", gan_step),
    "parser": ("bisenet", parser_step),
}
"""By name, the recipe and what counts its step."""


def check(measured: report.Report) -> list[dict[str, Any]]:
    """The larger of the two terms at a benchmark's own rates, beside what it measured, of emojax's rows."""
    found = []
    for row in measured.rows:
        condition = measured.conditions[row.condition]
        if row.variant == "emojax" and row.compiled_gflop_per_step and row.compiled_gbyte_per_step:
            arithmetic = 1e3 * row.compiled_gflop_per_step / condition.matrix_gflops
            memory = 1e3 * row.compiled_gbyte_per_step / condition.memory_gbps
            found.append(
                {
                    "name": row.name,
                    "condition": row.condition,
                    "arithmetic_ms": arithmetic,
                    "memory_ms": memory,
                    "predicted_ms": max(arithmetic, memory),
                    "measured_ms": row.ms_per_step,
                }
            )
    return found


def predictions(steps: Mapping[str, Step], measured: Sequence[report.Report] = ()) -> dict[str, Any]:
    """All that `SYSTEMS` would take, with what it follows from."""
    return {
        "chips": {name: chip._asdict() for name, chip in CHIPS.items()},
        "systems": {name: system._asdict() for name, system in SYSTEMS.items()},
        "steps": {name: step._asdict() for name, step in steps.items()},
        "predictions": {
            name: {key: predict(step, system) for key, system in SYSTEMS.items()}
            for name, step in steps.items()
        },
        "checks": [row for each in measured for row in check(each)],
    }


def main(argv: list[str] | None = None) -> None:
    """Counts, predicts and writes the figures.

    Raises:
      UserError: a report cannot be read.
    """
    flags = OneLineParser(prog="python -m emojax.benchmark.cost_model", description=__doc__)
    flags.add_argument("out", type=local_path, help="JSON file to write")
    flags.add_argument("--measured", type=local_path, nargs="*", default=[], metavar="FILE", help="reports")
    args = flags.parse_args(argv)
    measured = [report.read(path) for path in args.measured]
    steps = {name: make(load_recipe(recipe)) for name, (recipe, make) in STEPS.items()}
    with replacing(args.out) as temporary:
        temporary.write_text(json.dumps(predictions(steps, measured), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    run_program(main)
