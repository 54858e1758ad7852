"""Copy-paste augmentation: what is pasted, where, and what of the recipient is never covered."""

import jax
import numpy as np
import pytest

from emojax.data.faces.labels import CLASSES
from emojax.training.augment.copy_paste import ACCESSORIES, paste_accessory

S = 64
SKIN, HAIR, HAT, EYEGLASSES, EARRING, NECK, NECKLACE, CLOTH = (
    CLASSES.index(name)
    for name in ("skin", "hair", "hat", "eyeglasses", "earring", "neck", "necklace", "cloth")
)
paste = jax.jit(paste_accessory, static_argnums=2)


def _face(grey: int) -> np.ndarray:
    """Hair above row 20, skin down to row 50, then neck and from row 58 cloth; ``uint8[1, S, S, 4]``."""
    face = np.full((1, S, S, 4), grey, np.uint8)
    face[..., 3] = SKIN
    face[:, :20, :, 3] = HAIR
    face[:, 50:, :, 3] = NECK
    face[:, 58:, :, 3] = CLOTH
    return face


def _assert_pasted(got: np.ndarray, recipient: np.ndarray, donor: np.ndarray, where: np.ndarray) -> None:
    np.testing.assert_array_equal(got, np.where(where[None, ..., None], donor, recipient))


def test_a_hat_comes_with_the_background_above_it_that_hides_hair() -> None:
    recipient, donor = _face(100), _face(7)
    recipient[:, :4, :, 3] = CLASSES.index("background")
    recipient[:, 4:6, :, 3] = HAT  # the recipient's own
    donor[:, :8, :, 3] = CLASSES.index("background")
    donor[:, 8:16, 10:50, 3] = HAT
    where = np.zeros((S, S), bool)
    where[8:16, 10:50] = True
    where[4:8, 10:50] = True  # hair, and the recipient's hat; above them is background in both
    _assert_pasted(np.asarray(paste(recipient, donor, "hat")), recipient, donor, where)


def test_what_is_below_a_hat_stays() -> None:
    recipient, donor = _face(100), _face(7)
    donor[:, 8:12, :, 3] = HAT
    donor[:, 12:, :, 3] = CLASSES.index("background")
    where = np.zeros((S, S), bool)
    where[8:12] = True
    _assert_pasted(np.asarray(paste(recipient, donor, "hat")), recipient, donor, where)


def test_glasses_go_anywhere_and_take_nothing_with_them() -> None:
    recipient, donor = _face(100), _face(7)
    donor[:, :10, :, 3] = CLASSES.index("background")
    donor[:, 18:30, 5:20, 3] = EYEGLASSES
    where = np.zeros((S, S), bool)
    where[18:30, 5:20] = True
    _assert_pasted(np.asarray(paste(recipient, donor, "eyeglasses")), recipient, donor, where)


@pytest.mark.parametrize(
    ("name", "label", "rows"),
    [("earring", EARRING, [*range(16, 20), *range(50, 62)]), ("necklace", NECKLACE, [*range(50, 62)])],
)
def test_jewellery_is_never_pasted_on_a_face(name: str, label: int, rows: list[int]) -> None:
    """The donor's goes from hair over skin and neck to cloth."""
    recipient, donor = _face(100), _face(7)
    donor[:, 16:62, 30:34, 3] = label
    where = np.zeros((S, S), bool)
    where[rows, 30:34] = True
    _assert_pasted(np.asarray(paste(recipient, donor, name)), recipient, donor, where)


def test_what_jewellery_never_covers_is_known() -> None:
    face = {*("skin", "left brow", "right brow", "left eye", "right eye", "eyeglasses", "nose")}
    face |= {"mouth", "upper lip", "lower lip"}
    assert {name: set(never) for name, never in ACCESSORIES.items()} == {
        "hat": set(),
        "eyeglasses": set(),
        "earring": face,
        "necklace": face | {"hair"},
    }


def test_a_donor_without_the_accessory_gives_nothing() -> None:
    recipient, donor = _face(100), _face(7)
    for name in ACCESSORIES:
        np.testing.assert_array_equal(paste(recipient, donor, name), recipient)
