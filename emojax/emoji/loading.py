"""Generators of any kind, from a work directory or an exported file."""

from pathlib import Path

from emojax import weights
from emojax.emoji import generate, parts
from emojax.emoji.generate import EmojiGenerator


def load(source: Path, *, average: bool = True) -> EmojiGenerator:
    """Reads a generator; one of faces from parts is a `parts.PartEmojiGenerator`.

    Args:
      source: ``--workdir`` of a training run, or a safetensors file that `emojax.training.export` wrote.
      average: take the moving average of the weights instead of the last step's.

    Raises:
      UserError: `source` holds no generator, is damaged, or is of another net.
    """
    if not source.is_dir():
        parted = parts.is_parted(weights.read_metadata(source))
    else:
        # Imported here: checkpoints need libraries that exported files do not.
        from emojax.training.export import read_task

        parted = read_task(source).name == "emoji_parts"
    return (parts if parted else generate).load(source, average=average)
