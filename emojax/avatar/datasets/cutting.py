"""From photos to stored parts: decodes the next batch while the net labels one and its parts are encoded.

The net, decoders and encoders run at the same time in threads, because all release Python's global lock.
"""

import collections
import functools
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import numpy as np
from tqdm import tqdm

from emojax.avatar.faces.crop import Labeller
from emojax.avatar.faces.portraits import Portrait, find_portraits
from emojax.avatar.reading.segments import PARTS, segment
from emojax.core.errors import UserError
from emojax.data.parts import builder
from emojax.data.parts import chunks as celeb_parts_chunks
from emojax.data.parts.chunks import Row
from emojax.data.parts.source import Photos
from emojax.media import warp

CHUNK: Final = 256
"""Photos per file of parts. Smaller, more files; larger, more work is lost when a run is interrupted."""

UNREADABLE: Final = "unreadable"
NO_FACE: Final = "no face"

_LONGEST: Final = 1600
"""Larger photos are downsampled to this side, in pixels. Smaller, faces that fill little of a photo lose
detail; larger, a batch of photos needs more memory."""

_THREADS: Final = min(4, os.cpu_count() or 1)
"""Threads that decode and encode. Fewer, the net waits for them; more than cores, they compete with it."""


def cut_all(
    photos: Photos, folder: Path, *, parser: Labeller, single: Labeller, batch_size: int
) -> list[Path]:
    """Writes the parts of all photos as `celeb_parts_chunks`, skipping chunks that exist.

    Args:
      photos: of one face each.
      folder: where the chunks go.
      parser: see `portraits.find_portraits`.
      single: likewise.
      batch_size: photos at a time.

    Returns:
      The chunks, in the photos' order.
    """
    starts = range(0, len(photos.names), CHUNK)
    chunks = {start: folder / f"{start:07d}.zip" for start in starts}
    done = sum(len(photos.names[start : start + CHUNK]) for start in starts if chunks[start].exists())
    bar = tqdm(total=len(photos.names), initial=done, unit="photo", disable=None)
    with bar, ThreadPoolExecutor(_THREADS) as pool:
        for start, path in chunks.items():
            if path.exists():
                continue
            rows: dict[str, list[Row]] = {part: [] for part in PARTS}
            skipped: dict[str, str] = {}
            names = photos.names[start : start + CHUNK]
            for batch in _read_ahead(photos, names, batch_size, pool):
                pixels = [photo for photo in batch.values() if photo is not None]
                portraits = iter(find_portraits(pixels, parser=parser, single=single))
                seen = {name: next(portraits) for name, photo in batch.items() if photo is not None}
                for name, found in zip(batch, pool.map(rows_of, batch, map(seen.get, batch)), strict=True):
                    if not found:
                        skipped[name] = UNREADABLE if batch[name] is None else NO_FACE
                    for part, row in found.items():
                        rows[part].append(row)
                bar.update(len(batch))
            celeb_parts_chunks.write(path, rows, photos=len(names), skipped=skipped)
    return list(chunks.values())


def _read_ahead(
    photos: Photos, names: Sequence[str], batch_size: int, pool: ThreadPoolExecutor
) -> Iterator[dict[str, np.ndarray | None]]:
    """Batches of photos by name, None where unreadable; one batch is decoded ahead."""
    read = functools.partial(_read, photos)
    waiting: collections.deque[tuple[Sequence[str], Iterator[np.ndarray | None]]] = collections.deque()
    for start in range(0, len(names), batch_size):
        batch = names[start : start + batch_size]
        waiting.append((batch, pool.map(read, batch)))
        if len(waiting) > 1:
            yield dict(zip(*waiting.popleft(), strict=True))
    yield dict(zip(*waiting.popleft(), strict=True))


def _read(photos: Photos, name: str) -> np.ndarray | None:
    try:
        photo = photos.read(name)
    except UserError:
        return None
    scale = _LONGEST / max(photo.shape)
    if scale >= 1:
        return photo
    height, width = (max(1, round(side * scale)) for side in photo.shape[:2])
    return warp.resize(photo, width, height)


def rows_of(name: str, portrait: Portrait | None) -> dict[str, Row]:
    """The encoded parts of a face by part; empty without a face, or if no part is visible."""
    if portrait is None:
        return {}
    cut = {part: segment(portrait.pixels, portrait.labels, part) for part in PARTS}
    return {
        part: builder.encode(name, found.image, found.labels, found.box)
        for part, found in cut.items()
        if found is not None
    }
