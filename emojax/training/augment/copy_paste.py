"""Copy-paste augmentation: accessories cut from other faces are pasted on a face, with their labels.

Few faces of a data set wear any: pasted, they are seen on many faces (Ghiasi et al., 2021, "Simple Copy-Paste
is a Strong Data Augmentation Method for Instance Segmentation", section 3).
"""

import jax
import jax.numpy as jnp

from emojax.data.faces.labels import CLASSES

HAIR, HAT = (CLASSES.index(name) for name in ("hair", "hat"))

_FACE = ("skin", *(f"{side} {part}" for part in ("brow", "eye") for side in ("left", "right")), "nose")
_FACE += ("eyeglasses", "mouth", "upper lip", "lower lip")

ACCESSORIES: dict[str, tuple[str, ...]] = {
    "hat": (),
    "eyeglasses": (),
    # Where the recipient's head is turned further than the donor's, they would be pasted on a cheek.
    "earring": _FACE,
    "necklace": (*_FACE, "hair"),
}
"""Labels that copy-paste augmentation may paste, and labels of the recipient that each never covers."""


def paste_accessory(recipients: jax.Array, donors: jax.Array, name: str) -> jax.Array:
    """Pastes one accessory of each donor on its recipient, at the same place.

    Args:
      recipients: ``uint8[B, S, S, 4]`` from `faces.pack`, aligned faces.
      donors: ``uint8[B, S, S, 4]``, faces aligned alike; one for each recipient.
      name: of the accessory, a key of `ACCESSORIES`. With a hat the donor's background above it is pasted
        where the recipient's hair would stick out.

    Returns:
      The recipients with the donors' accessories, ``uint8[B, S, S, 4]``.
    """
    donor, recipient = donors[..., 3], recipients[..., 3]
    label = CLASSES.index(name)
    never = jnp.asarray([CLASSES.index(place) for place in ACCESSORIES[name]], recipient.dtype)
    pasted = (donor == label) & ~jnp.isin(recipient, never)
    if label == HAT:
        above_hat = jnp.cumsum(pasted[:, ::-1], axis=1)[:, ::-1] > 0
        pasted |= above_hat & (donor == 0) & ((recipient == HAIR) | (recipient == HAT))
    return jnp.where(pasted[..., None], donors, recipients)
