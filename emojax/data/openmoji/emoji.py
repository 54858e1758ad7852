"""OpenMoji in memory, for training.

    faces = openmoji_set.load("smileys", size=64)
    faces.images     # uint8 [108, 64, 64, 3]

The drawings are fetched and rasterised once, as the data set of `emojax.data.openmoji.builder`. What is read
from that is kept as one file of arrays too: the next start opens it in milliseconds, where
tensorflow-datasets takes longer to import than to read.
"""

import contextlib
import json
import zipfile
from pathlib import Path
from typing import Any, Final

import numpy as np

from emojax.core.files import cache_dir, replacing
from emojax.data.openmoji import source
from emojax.data.openmoji.subset import RELEASE, EmojiSet, set_name

_MOST_ARRAYS: Final = 2**26
"""Bytes of images up to which the file of arrays is made: a larger one would double a large cache to
save a small share of the time it takes to load."""


def load(subset: str, *, size: int, background: str = "black", openmoji_dir: Path | None = None) -> EmojiSet:
    """Reads a subset, preparing it under ``cache_dir()`` the first time.

    Args:
      subset: "smileys" (the 108 of emoji-GAN papers), "faces", "people", "hands", "animals" or "all".
      size: side of the images in pixels, 8 to 512.
      background: a CSS colour that shows where the drawings do not cover.
      openmoji_dir: a folder of drawings to use instead of the pinned OpenMoji; see
        `source.locate`.

    Raises:
      UserError: an argument is out of range, the drawings cannot be had, or one of them is
        refused or broken, by its file name.
    """
    name = set_name(subset, size, background)
    # The digest keys what is prepared, so that no folder is ever taken for another.
    digest = source.locate(openmoji_dir).digest if openmoji_dir is not None else source.DIGEST
    path = cache_dir() / "emoji" / digest[:16] / f"{name}-{RELEASE}.npz"
    kept = _read(path)
    if kept is not None:
        return kept
    # Imported here: tensorflow-datasets, behind it, is what a warm start need not wait for.
    from emojax.data.openmoji import builder

    config = builder.OpenMojiConfig(subset=subset, size=size, background=background)
    found = builder.load(config, digest, openmoji_dir)
    if found.images.nbytes <= _MOST_ARRAYS:
        with contextlib.suppress(OSError):  # a cache that cannot be written makes the next start slower
            _write(path, found)
    return found


def _write(path: Path, emoji: EmojiSet) -> None:
    texts = {name: value for name, value in vars(emoji).items() if not isinstance(value, np.ndarray)}
    with replacing(path) as temporary:
        np.savez(temporary, images=emoji.images, labels=emoji.labels, texts=np.array(json.dumps(texts)))


def _read(path: Path) -> EmojiSet | None:
    """What `_write` wrote; None, and the file is gone, where that is missing or damaged."""
    try:
        with np.load(path) as arrays:
            texts: dict[str, Any] = {
                name: _frozen(value) for name, value in json.loads(str(arrays["texts"])).items()
            }
            return EmojiSet(images=arrays["images"], labels=arrays["labels"], **texts)
    except (OSError, EOFError, ValueError, KeyError, TypeError, AttributeError, zipfile.BadZipFile):
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)
        return None


def _frozen(value: Any) -> Any:
    """JSON's lists as the tuples they were."""
    return tuple(map(_frozen, value)) if isinstance(value, list) else value
