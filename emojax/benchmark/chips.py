"""Public figures of accelerators, for `cost_model`."""

from typing import Final, NamedTuple


class Chip(NamedTuple):
    """Public figures of a chip, and two assumptions.

    Attributes:
      tflops: 10¹² operations a second of matrix products at JAX's default precision for float32.
      bfloat16_tflops: likewise of bfloat16.
      gbps: 10⁹ bytes a second from memory.
      link_gbps: 10⁹ bytes a second to other chips, in one direction, all links together.
      kernel_us: assumed: microseconds that a kernel takes at least, with what lies between two of them.
    """

    tflops: float
    bfloat16_tflops: float
    gbps: float
    link_gbps: float
    kernel_us: float


CHIPS: Final = {
    # NVIDIA's data sheet of the H100 SXM: TF32 and bfloat16 without sparsity, HBM3, NVLink in one direction.
    # Kernels run as a CUDA graph, some 2 microseconds each.
    "h100": Chip(494.7, 989.4, 3350.0, 450.0, 2.0),
    # Cloud TPU's page of v5e: float32 products are one bfloat16 pass; 1,600 Gbit/s between chips, both ways.
    "v5e": Chip(197.0, 197.0, 819.0, 100.0, 1.0),
}


class System(NamedTuple):
    """Several chips.

    Attributes:
      chip: a key of `CHIPS`.
      devices: how many.
      message_us: assumed: microseconds of an all-reduce of nothing. Eight GPUs meet in one switch; on a torus
        of TPUs a message passes every chip of a row and of a column, there and back, a microsecond each.
    """

    chip: str
    devices: int
    message_us: float


SYSTEMS: Final = {
    "h100_1": System("h100", 1, 0.0),
    "h100_8": System("h100", 8, 15.0),
    "v5e_16": System("v5e", 16, 12.0),
    "v5e_256": System("v5e", 256, 32.0),
}
