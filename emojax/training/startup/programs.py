"""Traced programs kept on disk, so that a start need not trace what it traced the last time.

Tracing a GAN's step takes Python longer than XLA takes to load it compiled. So the trace is kept as
`jax.export` writes it: as StableHLO, which holds no code of ours or Python's. XLA compiles it, or
finds it compiled in its own cache, which goes by what the program says.

What is kept is found by a digest of everything that a trace depends on. Something else under the
same digest cannot be told, so nothing is left out for being unlikely to change.
"""

import contextlib
import dataclasses
import functools
import hashlib
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import einops
import flax
import jax
import jaxlib
import optax
from jax import export

import emojax
from emojax.core.files import replacing
from emojax.training.engine.state import AugmentedGanState, GanState, Network
from emojax.training.gan.adaptive import Strength

_LIBRARIES: Final = (jax, jaxlib, flax, optax, einops)
"""What takes part in a trace besides emojax itself."""

_DIGEST_BYTES: Final = hashlib.sha256().digest_size


@dataclasses.dataclass(frozen=True)
class Kept:
    """The programs of one run.

    Attributes:
      folder: where programs are kept.
      digest: of what they depend on, see `digest`.
    """

    folder: Path
    digest: str

    def jit(self, name: str, function: Any, *args: Any, donate_argnums: tuple[int, ...] = ()) -> Any:
        """`function` by way of what is kept of it, which is made if missing or damaged.

        Args:
          name: of the function among those of the run.
          function: jitted; its arguments and results are trees that `jax.export` can keep.
          args: its arguments, or their `jax.ShapeDtypeStruct` with shardings.
          donate_argnums: which of them are given away; `function`'s own say is not kept.

        Returns:
          A jitted function that computes the same, to be called with such arguments.
        """
        path = self.folder / f"{name}-{self.digest}"
        program = _read(path)
        if program is None:
            program = export.export(function)(*args)
            with contextlib.suppress(OSError):  # a cache that cannot be written makes the next start slower
                _write(path, program)
        return jax.jit(program.call, donate_argnums=donate_argnums)


def digest(facts: Mapping[str, Any]) -> str:
    """Of what a trace depends on: code, libraries, settings of JAX, and `facts`.

    Args:
      facts: what else the run's programs depend on; compared as ``repr`` gives it.
    """
    found = hashlib.sha256()
    # Ours are read, since an editor or a checkout may leave a file's times as they were. Libraries
    # are too long for that, and are installed rather than edited.
    for path in _sources(Path(emojax.__file__).parent):
        found.update(path.encode() + Path(path).read_bytes())
    for library in _LIBRARIES:
        found.update(repr(library.__version__).encode())
        for path in _sources(Path(str(library.__file__)).parent):
            stat = os.stat(path)
            found.update(f"{path} {stat.st_size} {stat.st_mtime_ns}\n".encode())
    environment = {name: value for name, value in os.environ.items() if name.startswith("FLAX_")}
    settings = (sys.version, sorted(jax.config.values.items()), environment)
    found.update(repr((settings, sorted(facts.items()))).encode())
    return found.hexdigest()


def _sources(folder: Path) -> Iterator[str]:
    for root, folders, files in os.walk(folder):
        folders.sort()
        yield from (os.path.join(root, file) for file in sorted(files) if file.endswith(".py"))


def _write(path: Path, program: export.Exported) -> None:
    _name_trees()
    content = bytes(program.serialize())
    with replacing(path) as temporary:
        temporary.write_bytes(hashlib.sha256(content).digest() + content)


def _read(path: Path) -> export.Exported | None:
    """What `_write` wrote; None where that is missing or damaged."""
    _name_trees()
    try:
        written = path.read_bytes()
    except OSError:
        return None
    expected, content = written[:_DIGEST_BYTES], written[_DIGEST_BYTES:]
    if hashlib.sha256(content).digest() != expected:
        return None
    return export.deserialize(bytearray(content))


@functools.cache
def _name_trees() -> None:
    """Gives the trees of a GAN's state names that a file may use for them."""
    for node in (GanState, AugmentedGanState, Network, Strength):
        export.register_pytree_node_serialization(
            node,
            serialized_name=f"emojax.{node.__name__}",
            serialize_auxdata=_no_auxdata,
            deserialize_auxdata=lambda _: (),
        )
    for node in (optax.ScaleByAdamState, optax.EmptyState):
        export.register_namedtuple_serialization(node, serialized_name=f"optax.{node.__name__}")


def _no_auxdata(auxdata: Any) -> bytes:
    assert auxdata == ()
    return b""
