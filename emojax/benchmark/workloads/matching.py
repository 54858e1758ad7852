"""The workload ``match``: for each of 1,000 faces the eight nearest of 10,000 variants of a part.

``emojax`` is `matching.kernel.match` from NumPy arrays to NumPy arrays. Its baselines find the same in
NumPy: ``numpy_loop`` face by face, ``numpy_product`` by one product of all faces with all variants.
``numpy_product_only`` is that product without looking for the largest, so it does less. Vectors are random
unit vectors.
"""

from typing import Any

import numpy as np

from emojax.benchmark.timing import Program
from emojax.benchmark.workloads import devices

FACES, VARIANTS, DIMENSIONS = 1_000, 10_000, 48
"""Sizes; vectors are as long as those of the autoencoders that ship."""
NEAREST = 8
"""How many variants are found for a face, as many as `matching.choosing` asks for."""


def vectors(faces: int = FACES, variants: int = VARIANTS) -> tuple[np.ndarray, np.ndarray]:
    """Unit vectors ``float32[faces, D]`` and ``float32[variants, D]``, the same in every call."""
    rng = np.random.default_rng(0)
    drawn = [rng.normal(size=(count, DIMENSIONS)).astype(np.float32) for count in (faces, variants)]
    first, second = (x / np.linalg.norm(x, axis=1, keepdims=True) for x in drawn)
    return first, second


def emojax_program(config: dict[str, Any]) -> Program:
    """The kernel that avatars use, with one type of part."""
    devices.configure_jax()
    import jax

    from emojax.avatar.matching import kernel

    faces, library = vectors(**config)
    present = np.ones((1, len(library)), bool)

    def call() -> None:
        found = kernel.match(faces[:, None], library[None], present, k=NEAREST)
        np.asarray(found.similarity), np.asarray(found.variant)

    return Program(call, 1, devices.jax_facts(jax.devices()[0]) | _facts(faces, library))


def numpy_program(config: dict[str, Any], kind: str) -> Program:
    """The same in NumPy.

    Args:
      config: the numbers of ``faces`` and ``variants``.
      kind: ``"loop"``, ``"product"`` or ``"product_only"``.
    """
    faces, library = vectors(**config)
    call = {
        "loop": lambda: looped(faces, library),
        "product": lambda: nearest(faces @ library.T),
        "product_only": lambda: faces @ library.T,
    }[kind]

    def discarded() -> None:
        call()

    return Program(discarded, 1, {"device": "cpu", "devices": 1} | _facts(faces, library))


def looped(faces: np.ndarray, library: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """`nearest`, one face after the other."""
    rows = [nearest((library @ face)[None]) for face in faces]
    return np.concatenate([r[0] for r in rows]), np.concatenate([r[1] for r in rows])


def nearest(similarity: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The `NEAREST` largest of each row in falling order: values and indices, ``[N, NEAREST]``."""
    few = np.argpartition(similarity, -NEAREST, axis=1)[:, -NEAREST:]
    values = np.take_along_axis(similarity, few, axis=1)
    order = np.argsort(-values, axis=1)
    return np.take_along_axis(values, order, axis=1), np.take_along_axis(few, order, axis=1)


def _facts(faces: np.ndarray, library: np.ndarray) -> dict[str, Any]:
    return {"images": len(faces), "gflop": 2 * len(faces) * library.size / 1e9}
