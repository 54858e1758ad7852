"""Writes ports.npz: what the PyTorch references give for random weights, for machines without PyTorch.

``python tests/goldens/make_ports.py``. The file holds the references' key names and shapes and
their outputs; weights and images are drawn anew by `checkpoints` from the seeds given here.
"""

import json
import sys
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent), str(HERE.parents[1])]

from ports.support.checkpoints import random_images, random_state  # noqa: E402
from ports.support.references import fill, run, shapes  # noqa: E402

from emojax.benchmark.peers.torch_bisenet import BiSeNet  # noqa: E402
from emojax.benchmark.peers.torch_resnet import ResNet50  # noqa: E402


def main() -> None:
    # Small enough a file, and the size test_parity.py compiles once for both of its ResNet-50 tests.
    bisenet, resnet50 = BiSeNet(width=16), ResNet50()
    for module in (bisenet, resnet50):
        fill(module, random_state(shapes(module), seed=1))
    # Every third pixel: an error anywhere in the upsampling moves these too.
    stages = run(bisenet, random_images(1, 64, 96, seed=2))
    arrays = {f"bisenet/{name}": stage[:, ::3, ::3] for name, stage in stages.items()}
    arrays["resnet50/features"] = run(resnet50, random_images(1, 64, 96, seed=2)[:, :61, :93])
    arrays["bisenet/shapes"] = np.array(json.dumps(shapes(bisenet)))
    arrays["resnet50/shapes"] = np.array(json.dumps(shapes(resnet50)))
    np.savez_compressed(HERE / "ports.npz", **arrays)


if __name__ == "__main__":
    main()
