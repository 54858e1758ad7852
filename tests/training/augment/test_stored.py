"""Augmentations make of drawn faces what they made when the weights that ship were trained."""

import json

import numpy as np
import pytest
from goldens import make_augment

GOLDEN = json.loads(make_augment.GOLDEN.read_text())
AUGMENTATIONS = make_augment.augmentations()


@pytest.mark.parametrize("name", AUGMENTATIONS)
def test_an_augmentation_is_the_stored_one(name: str) -> None:
    """A pixel more or less is the rounding of another machine; a mean over the batch evens that out."""
    found, stored = make_augment.measure(AUGMENTATIONS[name]), np.asarray(GOLDEN[name])
    off = np.abs(found - stored)
    assert off.mean() < 5e-4
    assert np.quantile(off, 0.9) < 1e-3
    assert off.max() < 0.05
