"""OpenMoji in memory, for training.

    smileys = emoji.load("smileys", size=64)
    smileys.images     # uint8[108, 64, 64, 3]

The drawings are downloaded and rasterised once, as the data set of `emojax.data.openmoji.builder`. Its
contents are cached as one NumPy file too, which is read in milliseconds: importing tensorflow-datasets
takes longer than reading the data.
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

_MAX_CACHED_BYTES: Final = 2**26
"""Bytes of images up to which they are cached as a NumPy file. With more, a large cache would be doubled to
save a small share of the loading time; with less, small sets would start slowly."""


def load(subset: str, *, size: int, background: str = "black", openmoji_dir: Path | None = None) -> EmojiSet:
    """Reads a subset; the first time it is prepared in the cache.

    Args:
      subset: "smileys" (the 108 of emoji-GAN papers), "faces", "people", "hands", "animals" or "all".
      size: side of the images in pixels, 8 to 512.
      background: a CSS colour.
      openmoji_dir: a folder of drawings instead of the pinned OpenMoji, see `source.locate`.

    Raises:
      UserError: an argument is out of range, the drawings cannot be downloaded, or one of them, which
        the message names, is unsafe or damaged.
    """
    name = set_name(subset, size, background)
    # Caches are keyed by the digest, so that different drawings never share one.
    digest = source.locate(openmoji_dir).digest if openmoji_dir is not None else source.DIGEST
    path = cache_dir() / "emoji" / digest[:16] / f"{name}-{RELEASE}.npz"
    cached = _read(path)
    if cached is not None:
        return cached
    # Imported here, because it takes seconds and is not needed with a cache.
    from emojax.data.openmoji import builder

    config = builder.OpenMojiConfig(subset=subset, size=size, background=background)
    emoji = builder.load(config, digest, openmoji_dir)
    if emoji.images.nbytes <= _MAX_CACHED_BYTES:
        with contextlib.suppress(OSError):  # without a cache the next start is slower
            _write(path, emoji)
    return emoji


def _write(path: Path, emoji: EmojiSet) -> None:
    texts = {name: value for name, value in vars(emoji).items() if not isinstance(value, np.ndarray)}
    with replacing(path) as temporary:
        np.savez(temporary, images=emoji.images, labels=emoji.labels, texts=np.array(json.dumps(texts)))


def _read(path: Path) -> EmojiSet | None:
    """What `_write` wrote. A damaged file is removed; None if there is none."""
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
    """Lists of JSON as tuples."""
    return tuple(map(_frozen, value)) if isinstance(value, list) else value
