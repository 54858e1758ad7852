"""Cases of logs, configurations, lists and metadata."""

import json
import os
import random
import tempfile
from pathlib import Path
from typing import Final

from support import openmoji_folder
from support.generators import LABELS

from emojax.core import untrusted
from emojax.data.openmoji.labels import LabelTable
from emojax.data.openmoji.metadata import read_metadata
from emojax.data.parts import source
from emojax.evaluation.avatar.labels import annotations
from emojax.evaluation.gan import history
from fuzz import mutation
from fuzz.running import Kind


def _attributes(rng: random.Random, path: Path) -> None:
    lines = ["2", " ".join(f"A{n}" for n in range(40)), *(f"{n}.jpg " + "1 -1 " * 20 for n in "ab")]
    if rng.random() < 0.5:
        lines = [
            "image_id," + lines[1].replace(" ", ","),
            *(line.strip().replace(" ", ",") for line in lines[2:]),
        ]
    text = "\n".join(lines) + "\n"
    path.write_bytes(mutation.encoded(mutation.of_text(rng, text)))


def _annotations(rng: random.Random, path: Path) -> None:
    text = "id,mouth,eyes\n" + "".join(f'face{n},"open",closed\n' for n in range(3))
    path.write_bytes(mutation.encoded(mutation.of_text(rng, text)))


_WORDS: Final = {"mouth": ("open",), "eyes": ("closed",)}


def _workdir(rng: random.Random, path: Path) -> None:
    path.mkdir()
    rows = [{"step": n, "d_loss": 0.5, "g_loss": 0.25, "val_kid": 0.1} for n in (1, 2, 3)]
    log = "".join(
        (mutation.of_json(rng, row) if rng.random() < 0.3 else json.dumps(row)) + "\n" for row in rows
    )
    contents = {
        "metrics.jsonl": log,
        "config.json": mutation.of_json(rng, {"task": "gan", "batch_size": 16, "model": {"a": [1]}}),
        "labels.json": mutation.of_json(rng, json.loads(LABELS.to_json())),
    }
    for name, text in contents.items():
        match rng.randrange(12):
            case 0:
                os.mkfifo(path / name)
            case 1:
                (path / name).mkdir()
            case 2:
                (path / name).symlink_to(path / name)
            case 3:
                (path / name).write_bytes(mutation.of_bytes(rng, mutation.encoded(text)))
            case _:
                (path / name).write_bytes(mutation.encoded(text))


def _read_labels(path: Path) -> None:
    LabelTable.from_json(untrusted.read_text(path / "labels.json", most=2**20), source=path)


def _openmoji(rng: random.Random, path: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        metadata = openmoji_folder.write(Path(folder) / "openmoji") / "data" / "openmoji.json"
        path.write_bytes(mutation.encoded(mutation.of_json(rng, json.loads(metadata.read_text()))))


RECORDS: Final = {
    "attributes": Kind(_attributes, lambda path: source.read_attributes(path, ())),
    "annotations": Kind(_annotations, lambda path: annotations.read(path, _WORDS)),
    "log": Kind(_workdir, history.read_metrics),
    "batch_size": Kind(_workdir, history.read_batch_size),
    "labels": Kind(_workdir, _read_labels),
    "openmoji": Kind(_openmoji, read_metadata),
}
