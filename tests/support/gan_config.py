"""A small configuration of the GAN task, for the benchmark's tests."""

import ml_collections

from configs.dcgan import get_config


def gan_config(
    size: int = 16, width: int = 8, batch_size: int = 4, *, classes: int = 0
) -> ml_collections.ConfigDict:
    """The published networks with fewer features, for small images.

    Args:
      size: of the images, in pixels.
      width: features of the discriminator's first layer, doubled from layer to layer.
      batch_size: images in a batch.
      classes: number of classes, -1 for one for each image, 0 for an unconditional net.
    """
    small = get_config()
    small.model.update({"num_classes": classes, "embedding_size": 50})
    widths = tuple(width * 2**i for i in range((size // 4).bit_length() - 1))
    small.data.size, small.batch_size = size, batch_size
    small.model.discriminator_widths, small.model.generator_widths = widths, widths[::-1]
    return small
