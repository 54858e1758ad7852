"""What the machine can do: its rate of matrix products, and its memory bandwidth."""

from emojax.benchmark.timing import Program
from emojax.benchmark.workloads import devices


def matrix_program() -> Program:
    """Large square float32 matrix products, at the precision that JAX uses for convolutions by default."""
    devices.configure_jax()
    import jax

    size, products = (2048, 1) if jax.default_backend() == "cpu" else (8192, 10)
    # Scaled so that repeated products neither overflow nor vanish.
    a = jax.random.normal(jax.random.key(0), (size, size)) / size**0.5

    @jax.jit
    def multiply(a: jax.Array, x: jax.Array) -> jax.Array:
        for _ in range(products):
            x = a @ x
        return x

    def call() -> None:
        jax.block_until_ready(multiply(a, a))

    return Program(call, products, {"gflop": 2 * size**3 / 1e9})


def bandwidth_program() -> Program:
    """A weighted sum of two arrays that no cache holds: two numbers read and one written for each element.

    McCalpin, "Memory Bandwidth and Machine Balance in Current High Performance Computers", 1995: the triad
    of STREAM.
    """
    devices.configure_jax()
    import jax
    import jax.numpy as jnp

    # 128 MB an array on CPU: smaller, and the caches of a server hold them; larger, and a small machine
    # has no room for three.
    count = 2**25 if jax.default_backend() == "cpu" else 2**28
    x, y = jnp.ones(count), jnp.full(count, 2.0)

    @jax.jit
    def triad(x: jax.Array, y: jax.Array) -> jax.Array:
        return x + 0.5 * y

    def call() -> None:
        jax.block_until_ready(triad(x, y))

    return Program(call, 1, {"gbyte": 3 * 4 * count / 1e9})
