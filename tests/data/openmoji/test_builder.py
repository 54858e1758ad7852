"""The data set holds what its subset promises, needs no TensorFlow, and survives kills and races."""

import dataclasses
import json
import pickle
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tensorflow_datasets as tfds

from emojax.core.errors import UserError
from emojax.core.files import cache_dir
from emojax.data.openmoji import builder as openmoji
from emojax.data.openmoji import emoji as openmoji_set
from emojax.data.openmoji import source
from emojax.media.svg import rasterize


def load(folder: Path, subset: str = "smileys", size: int = 32, **arguments) -> openmoji_set.EmojiSet:
    return openmoji_set.load(subset, size=size, openmoji_dir=folder, **arguments)


def metadata(folder: Path) -> list[dict]:
    return json.loads((folder / "data" / "openmoji.json").read_text())


def run(program: str, *arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", program, *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_a_folder_loads_as_arrays_in_the_order_of_its_metadata(openmoji_folder):
    faces = load(openmoji_folder)
    rows = [row for row in metadata(openmoji_folder) if row["hexcode"] in faces.hexcodes]
    assert faces.images.shape == (12, 32, 32, 3)
    assert faces.images.dtype == np.uint8
    assert faces.labels.dtype == np.int32
    assert faces.labels.tolist() == list(range(12))
    assert faces.hexcodes == tuple(row["hexcode"] for row in rows)
    assert faces.emoji == tuple(row["emoji"] for row in rows)
    assert faces.annotations == tuple(row["annotation"] for row in rows)
    assert faces.subgroups == tuple(row["subgroups"] for row in rows)
    assert set(faces.groups) == {"smileys-emotion"}
    assert faces.shortcodes[4] == "kissing_heart"
    assert set(faces.tags) == {("face", "own drawing", "test")}
    assert (faces.version, faces.digest) == ("custom", source.locate(openmoji_folder).digest)


def test_the_images_are_the_rasterisers_to_the_bit(openmoji_folder):
    faces = load(openmoji_folder, background="#204060")
    for hexcode, image in zip(faces.hexcodes, faces.images, strict=True):
        drawing = openmoji_folder / "color" / "svg" / f"{hexcode}.svg"
        expected = rasterize(drawing.read_bytes(), size=32, background="#204060", name="x")
        assert (image == expected).all()


def test_arguments_do_not_mix_in_the_cache(openmoji_folder):
    black, white = load(openmoji_folder), load(openmoji_folder, background="white")
    assert (black.images[:, 0, 0] == 0).all()
    assert (white.images[:, 0, 0] == 255).all()
    assert load(openmoji_folder, size=16).images.shape == (12, 16, 16, 3)
    assert len(load(openmoji_folder, "faces").labels) == 15
    assert (load(openmoji_folder).images == black.images).all()


def test_an_edited_folder_is_prepared_anew(openmoji_folder):
    before = load(openmoji_folder)
    drawing = openmoji_folder / "color" / "svg" / "1F600.svg"
    drawing.write_text(drawing.read_text().replace("<circle", '<circle stroke="#fff"', 1))
    after = load(openmoji_folder)
    assert (before.images[0] != after.images[0]).any()
    assert (before.images[1:] == after.images[1:]).all()


@pytest.fixture
def without_arrays(monkeypatch):
    """Has what is prepared read through tensorflow-datasets each time."""
    monkeypatch.setattr(openmoji_set, "_MAX_CACHED_BYTES", 0)


def test_the_second_load_equals_the_first_and_needs_no_tfds(openmoji_folder):
    first = load(openmoji_folder)
    shutil.rmtree(cache_dir() / "tfds")
    second = load(openmoji_folder)
    for field in dataclasses.fields(first):
        a, b = getattr(first, field.name), getattr(second, field.name)
        assert type(a) is type(b)
        assert np.array_equal(a, b) and a.dtype == b.dtype if isinstance(a, np.ndarray) else a == b
    program = (
        "import sys, pathlib\n"
        "from emojax.data.openmoji import emoji as openmoji_set, source\n"
        "openmoji_set.load('smileys', size=32, openmoji_dir=pathlib.Path(sys.argv[1]))\n"
        "assert 'tensorflow_datasets' not in sys.modules\n"
    )
    process = run(program, openmoji_folder)
    assert (process.communicate()[1], process.returncode) == ("", 0)


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.write_bytes(path.read_bytes()[:500]),
        lambda path: path.write_bytes(b""),
        lambda path: np.savez(path, images=np.zeros((1, 32, 32, 3), np.uint8)),
        lambda path: np.savez(path, images=np.array([{}])),
    ],
    ids=["cut short", "empty", "of another format", "a pickle"],
)
def test_damaged_arrays_are_made_anew(damage, openmoji_folder):
    whole = load(openmoji_folder)
    (arrays,) = cache_dir().rglob("*.npz")
    before = arrays.read_bytes()
    damage(arrays)
    again = load(openmoji_folder)
    assert (again.images == whole.images).all()
    assert again.shortcodes == whole.shortcodes
    assert arrays.read_bytes() == before


def test_what_is_prepared_needs_neither_cairo_nor_npm_nor_tensorflow(openmoji_folder, without_arrays):
    load(openmoji_folder)
    program = (
        "import sys, pathlib\n"
        "sys.modules |= dict.fromkeys(['cairosvg', 'cairocffi'])\n"
        "from emojax.data.openmoji import emoji as openmoji_set\n"
        "from emojax.data import npm\n"
        "npm.subprocess.run = None\n"
        "faces = openmoji_set.load('smileys', size=32, openmoji_dir=pathlib.Path(sys.argv[1]))\n"
        "assert len(faces.labels) == 12\n"
        "assert 'tensorflow' not in sys.modules\n"
    )
    process = run(program, openmoji_folder)
    assert process.communicate()[1] == ""
    assert process.returncode == 0


def test_it_is_a_data_set_like_any_other(openmoji_folder, tmp_path):
    builder = openmoji.OpenMoji(config="faces_32", data_dir=tmp_path / "tfds", openmoji_dir=openmoji_folder)
    builder = pickle.loads(pickle.dumps(builder))
    builder.download_and_prepare()
    again = tfds.builder_from_directory(builder.data_dir)
    assert again.info.splits["train"].num_examples == 15
    assert again.info.metadata["digest"] == source.locate(openmoji_folder).digest
    part = again.as_data_source(split="train[:2]")
    labels = again.info.features["label"]
    assert [labels.int2str(int(row["label"])) for row in part] == [row["shortcode"].decode() for row in part]
    assert part[0]["image"].shape == (32, 32, 3)


def test_a_broken_drawing_is_named_and_leaves_nothing(openmoji_folder):
    broken = openmoji_folder / "color" / "svg" / "1F609.svg"
    broken.write_text("<svg")
    with pytest.raises(UserError) as error:
        load(openmoji_folder)
    assert str(error.value).startswith(f"{broken}: ")
    assert not any(path.name.startswith((".prepare", "open_moji")) for path in cache_dir().rglob("*"))


def test_a_missing_drawing_is_named(openmoji_folder):
    (openmoji_folder / "color" / "svg" / "1F609.svg").unlink()
    with pytest.raises(UserError, match=r"lacks 1 of the 12 .* first 1F609\.svg"):
        load(openmoji_folder)


def test_a_folder_without_the_subset_says_so(openmoji_folder):
    with pytest.raises(UserError, match="no emoji of the subset 'hands'"):
        load(openmoji_folder, "hands")


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({"subset": "smilies"}, "did you mean 'smileys'"),
        ({"subset": "xyz"}, "choose one of smileys, faces"),
        ({"size": 0}, "size 0"),
        ({"size": 100_000}, "size 100000"),
        ({"background": "blakc"}, "'blakc' is not a colour"),
    ],
)
def test_wrong_arguments_are_refused_before_any_work(arguments, reason, openmoji_folder):
    with pytest.raises(UserError, match=reason):
        load(openmoji_folder, **arguments)
    assert not (cache_dir() / "tfds").exists()


def test_damaged_prepared_data_is_named(openmoji_folder, without_arrays):
    load(openmoji_folder)
    (record,) = cache_dir().rglob("*.array_record*")
    record.write_bytes(record.read_bytes()[:100])
    with pytest.raises(UserError, match=r"smileys_32.*cannot be read"):
        load(openmoji_folder)


LOAD = """
import pathlib, sys
from emojax.data.openmoji import builder as openmoji, emoji as openmoji_set
{}
openmoji_set.load("smileys", size=32, openmoji_dir=pathlib.Path(sys.argv[1]))
"""
KILLED_HALF_WAY = """
import os, signal
drawn, draw = [], openmoji.rasterize
def rasterize(*args, **kwargs):
    drawn.append(1)
    if len(drawn) == 6:
        os.kill(os.getpid(), signal.SIGKILL)
    return draw(*args, **kwargs)
openmoji.rasterize = rasterize
"""


def test_a_kill_half_way_leaves_nothing_that_is_trusted(openmoji_folder):
    process = run(LOAD.format(KILLED_HALF_WAY), openmoji_folder)
    process.communicate()
    assert process.returncode == -9
    assert any((cache_dir() / "tfds").glob(".*prepare*"))
    assert len(load(openmoji_folder).labels) == 12


def test_processes_that_prepare_at_once_all_succeed(openmoji_folder):
    processes = [run(LOAD.format(""), openmoji_folder) for _ in range(3)]
    errors = [process.communicate()[1] for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0], errors
    assert len(load(openmoji_folder).labels) == 12
    assert not any((cache_dir() / "tfds").glob(".*prepare*"))


@pytest.mark.skipif(shutil.which("npm") is None, reason="needs npm")
@pytest.mark.network
def test_the_real_thing_has_exactly_108_smileys():
    smileys = openmoji_set.load("smileys", size=64)
    assert smileys.digest == source.DIGEST
    assert smileys.images.shape == (108, 64, 64, 3)
    assert (smileys.hexcodes[0], smileys.shortcodes[0]) == ("1F600", "grinning")
    assert "kissing_heart" in smileys.shortcodes
    # Black around every face, and a face on every picture.
    assert (smileys.images[:, [0, -1]] == 0).all()
    assert (smileys.images[:, :, [0, -1]] == 0).all()
    assert (smileys.images.max(axis=(1, 2, 3)) > 200).all()
    assert len(np.unique(smileys.images.reshape(108, -1), axis=0)) == 108
