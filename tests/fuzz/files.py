"""Cases of weights, checkpoints and archives."""

import functools
import io
import json
import os
import random
import struct
import tarfile
import tempfile
import zipfile
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image
from ports.test_torch_files import NUMBERS, code, legacy, state_code, tensor_code, zipped
from support.generators import LABELS, write_generator

from emojax import weights
from emojax.data import archive
from emojax.data.parts import source
from emojax.emoji import generate
from emojax.ports.torch_files import read_state_dict
from fuzz import mutation
from fuzz.running import Kind

_ARRAY: Final = {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}
_DTYPES: Final = ("F64", "F16", "BF16", "F8_E4M3", "F6_E2M3", "F4", "I64", "U8", "BOOL", "C64", "X")


def _safetensors(rng: random.Random, path: Path) -> None:
    header = {"__metadata__": {"a": "b"}, "params/a": dict(_ARRAY), "batch_stats/bn/var": dict(_ARRAY)}
    header["batch_stats/bn/var"] |= {"data_offsets": [24, 48]}
    data = np.asarray(rng.choice(([0.5] * 12,) * 6 + ([-1.0] * 12, [np.nan] * 12)), "<f4").tobytes()
    if rng.random() < 0.3:
        header["params/a"]["dtype"] = rng.choice(_DTYPES)
    text = (mutation.of_json(rng, header) if rng.random() < 0.4 else json.dumps(header)).encode(
        "utf-8", "replace"
    )
    size = rng.choice((len(text),) * 40 + (0, 2**40, 2**63, len(text) + 1))
    whole = struct.pack("<Q", size) + text + data
    if rng.random() < 0.05:
        os.mkfifo(path)
    else:
        path.write_bytes(mutation.of_bytes(rng, whole) if rng.random() < 0.5 else whole)


def _load(path: Path) -> None:
    weights.read_metadata(path)
    variables, _ = weights.load(path)
    for name, array in weights.flatten(variables).items():
        assert np.isfinite(array).all(), f"{name} is not finite"


@functools.cache
def _generator() -> tuple[dict[str, np.ndarray], dict[str, str]]:
    with tempfile.TemporaryDirectory() as folder:
        path = write_generator(Path(folder) / "a.safetensors", labels=LABELS)
        return weights.read_safetensors(path)


def _generator_file(rng: random.Random, path: Path) -> None:
    arrays, metadata = _generator()
    metadata = dict(metadata)
    arrays = {name: array.copy() for name, array in arrays.items()}
    field = rng.choice(("config", "labels", "format", "arrays"))
    if field == "arrays":
        name = rng.choice(list(arrays))
        arrays[name] = rng.choice(
            (arrays[name] * np.float32(1e38), arrays[name][:1], arrays[name].astype("f8"))
        )
    elif field == "format":
        metadata.pop(rng.choice(list(metadata)))
    else:
        content = json.loads(metadata[field])
        part = content["model"] if field == "config" else content
        text = mutation.of_json(rng, part)
        text = f'{{"model": {text}}}' if field == "config" else text
        metadata[field] = text.encode("utf-8", "replace").decode()
    weights.save_file(arrays, path, metadata=metadata)


def _load_generator(path: Path) -> None:
    loaded = generate.load(path)
    assert loaded.latent_size >= 1


def _pickled(rng: random.Random) -> bytes:
    """A pickle of a state_dict, or of operations in a random order."""
    if rng.random() < 0.5:
        odd = rng.choice((0, 1, -1, 2**31, 2**62, "2", None, (1,), 1.5))
        view = rng.choice(({}, {"offset": odd}, {"shape": (odd, 2)}, {"stride": (odd, 1)}, {"size": odd}))
        return state_code(tensor_code(**view), name=rng.choice(("w", "", "a/b", "n" * 1000)))
    pieces = (
        *(
            b"}",
            b"]",
            b")",
            b"(",
            b"t",
            b"l",
            b"d",
            b"a",
            b"e",
            b"s",
            b"u",
            b"\x85",
            b"\x86",
            b"\x87",
            b"R",
            b"b",
        ),
        *(
            b"q\1",
            b"h\1",
            b"0",
            b"2",
            b"N",
            b"\x88",
            b"Q",
            b"\x81",
            b"ccollections\nOrderedDict\n",
            b"i",
            b"\x8a\2\1\1",
        ),
        *(code("w"), code([1, 2]), code((1, 2)), code({"a": 1}), tensor_code(), b"ctorch\nFloatStorage\n"),
        *(b"cposix\nsystem\n", b"ctorch._utils\n_rebuild_parameter\n", b"\x8c\5aaaaa", b"X\xff\xff\xff\x7fa"),
    )
    return b"\x80\x02" + b"".join(rng.choices(pieces, k=rng.randint(1, 40))) * rng.choice((1, 1, 500)) + b"."


def _pth(rng: random.Random, path: Path) -> None:
    write = rng.choice((zipped, legacy))
    write(path, _pickled(rng), {"0": NUMBERS.tobytes()})
    if rng.random() < 0.5:
        path.write_bytes(mutation.of_bytes(rng, path.read_bytes()))


def _read_pth(path: Path) -> None:
    for array in read_state_dict(path).values():
        assert array.nbytes <= 2**28


_NAMES: Final = (
    "a.svg",
    "b/c.svg",
    "d",
    "../a",
    "/a",
    "a/../../b",
    "a\\b",
    "C:a",
    "a" * 300,
    "a//b",
    ".",
    "é",
    "a.svg/b",
)


def _archive(rng: random.Random, path: Path) -> None:
    files = {
        rng.choice(_NAMES if rng.random() < 0.3 else _NAMES[:3]): rng.randbytes(rng.choice((0, 10, 2000)))
        for _ in range(rng.randint(1, 4))
    }
    file = io.BytesIO()
    if rng.random() < 0.5:
        with tarfile.open(fileobj=file, mode="w:gz", format=rng.choice((1, 2))) as tar:
            for name, data in files.items():
                info = tarfile.TarInfo(name)
                info.size = len(data)
                info.type = rng.choice((b"0",) * 20 + (b"1", b"2", b"3", b"6", b"S", b"5"))
                info.linkname = "/etc/passwd"
                if rng.random() < 0.1:
                    info.pax_headers = {rng.choice(("GNU.sparse.major", "size", "path", "mtime")): "9" * 4000}
                tar.addfile(info, io.BytesIO(data))
    else:
        with zipfile.ZipFile(file, "w", rng.choice((0, 8, 8, 12, 14))) as bundle:
            for name, data in files.items():
                info = zipfile.ZipInfo(name)
                info.external_attr = rng.choice((0, 0, 0, 0o100644, 0o120777, 0o010644)) << 16
                bundle.writestr(info, data)
    path.write_bytes(mutation.of_bytes(rng, file.getvalue()) if rng.random() < 0.6 else file.getvalue())


def _unpack(path: Path) -> None:
    archive.unpack(path, path.parent / "out", wanted=lambda _: True)
    for found in (path.parent / "out").rglob("*"):
        assert not found.is_symlink()


_PHOTOS: Final = ("a.jpg", "b/c.jpg", "d.png", "e.webp", "f/g.jpg", "b/a.jpg", "../e.jpg", "\n.jpg", "f.jpg/")


def _photos(rng: random.Random, path: Path) -> None:
    file, photo = io.BytesIO(), io.BytesIO()
    Image.new("RGB", (20, 20)).save(photo, "JPEG")
    with zipfile.ZipFile(file, "w", rng.choice((0, 0, 8, 8, 12))) as bundle:
        for name in rng.sample(_PHOTOS, 2):
            bundle.writestr(name, photo.getvalue())
    path.write_bytes(mutation.of_bytes(rng, file.getvalue()))


def _read_photos(path: Path) -> None:
    photos = source.find_photos(path)
    for name in photos.names:
        photos.read(name)


FILES: Final = {
    "safetensors": Kind(_safetensors, _load),
    "generator": Kind(_generator_file, _load_generator),
    "pth": Kind(_pth, _read_pth),
    "archive": Kind(_archive, _unpack),
    "photos": Kind(_photos, _read_photos),
}
