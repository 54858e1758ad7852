"""Pseudo-labels: which of a teacher's are kept, and a student that starts from its teacher."""

import functools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jax
import ml_collections
import numpy as np
import pytest
from PIL import Image
from training.support.face_sets import (
    SIZE,
    faces_dataset,
    narrow_net,
    segmentation_config,
    segmentation_task,
    write_faces,
)
from training.support.run import train

from emojax import weights
from emojax.core import rng
from emojax.core.errors import UserError
from emojax.data.faces import builder
from emojax.data.faces.labels import UNKNOWN
from emojax.models import bisenet
from emojax.models.resnet import abstract_variables
from emojax.training import export
from emojax.training.parser import pseudo_labels
from emojax.training.parser.pseudo_labels import Thresholds

ANY = Thresholds(confidence=0.0, certain=0.0)


@pytest.fixture(autouse=True, scope="module")
def _narrow() -> Iterator[None]:
    with narrow_net():
        yield


def _fake_teacher(images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Skin where the picture is green, a nose in the middle; its confidence is the share of red."""
    labels = np.where(images[..., 1] > 100, 1, 0).astype(np.uint8)
    labels[:, SIZE // 2, SIZE // 2] = 10
    return labels, images[..., 0] / np.float32(255)


def _photos(folder: Path, reds: list[int]) -> Path:
    folder.mkdir(parents=True)
    for i, red in enumerate(reds):
        Image.new("RGB", (SIZE, SIZE), (red, 150, 0)).save(folder / f"{i}.png")
    return folder


def test_only_confident_labels_are_kept(tmp_path: Path) -> None:
    photos = _photos(tmp_path / "photos", [255, 40, 200])
    half = np.full((SIZE, SIZE, 3), (250, 150, 0), np.uint8)
    half[: SIZE // 4, :, 0] = 20
    Image.fromarray(half).save(photos / "half.png")
    Image.new("RGB", (SIZE, 2 * SIZE), (255, 150, 0)).save(photos / "tall.png")
    (photos / "broken.jpg").write_bytes(b"no picture")
    (photos / "notes.txt").write_text("left aside")
    out = tmp_path / "out"
    options = {"size": SIZE, "thresholds": Thresholds(confidence=0.6, certain=0.5), "batch_size": 2}
    counts = pseudo_labels.label_folder(photos, out, _fake_teacher, **options)  # type: ignore[arg-type]
    assert counts == {"kept": 3, "unsure": 1, "not square": 1, "unreadable": 1}
    faces = builder.load(out, size=SIZE)
    assert set(faces.names) == {"0", "2", "half"}
    mask = faces.masks[faces.names.index("half")]
    assert (mask[: SIZE // 4] == UNKNOWN).all()
    assert set(np.unique(mask[SIZE // 4 :])) == {1, 10}


def test_photos_that_differ_by_suffix_alone_both_keep_their_labels(tmp_path: Path) -> None:
    photos = _photos(tmp_path / "photos", [255, 200])
    Image.new("RGB", (SIZE, SIZE), (250, 150, 0)).save(photos / "0.webp", lossless=True)
    label = functools.partial(pseudo_labels.label_folder, photos, size=SIZE, thresholds=ANY)
    assert label(tmp_path / "out", _fake_teacher) == {"kept": 3}
    assert {path.name for path in (tmp_path / "out" / "masks").iterdir()} == {
        *("0.png.png", "0.webp.png", "1.png"),
    }
    Image.new("RGB", (SIZE, SIZE)).save(photos / "0.png.jpg")
    with pytest.raises(UserError, match=r"two photos would both be labelled as 0\.png"):
        label(tmp_path / "other", _fake_teacher)


def test_a_photo_without_a_face_is_left_out(tmp_path: Path) -> None:
    photos = _photos(tmp_path / "photos", [255])

    def blind(images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return np.zeros(images.shape[:3], np.uint8), np.ones(images.shape[:3], np.float32)

    assert pseudo_labels.label_folder(photos, tmp_path / "out", blind, size=SIZE, thresholds=ANY) == {
        "no face": 1
    }


def test_a_stopped_run_labels_the_rest(tmp_path: Path) -> None:
    photos, asked = _photos(tmp_path / "photos", [255] * 5), 0
    label = functools.partial(pseudo_labels.label_folder, photos, size=SIZE, thresholds=ANY, batch_size=2)

    def dies(images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        nonlocal asked
        asked += 1
        if asked == 2:
            raise KeyboardInterrupt
        return _fake_teacher(images)

    with pytest.raises(KeyboardInterrupt):
        label(tmp_path / "out", dies)
    log = tmp_path / "out" / "log.jsonl"
    log.write_text(log.read_text() + '{"photo": "3.p')  # as a kill leaves it
    assert label(tmp_path / "out", dies) == {"kept": 5}
    assert asked == 4
    label(tmp_path / "whole", _fake_teacher)
    for path in (tmp_path / "whole").rglob("*.*"):
        assert path.read_bytes() == (tmp_path / "out" / path.relative_to(tmp_path / "whole")).read_bytes()
    with pytest.raises(UserError, match="other settings"):
        label(tmp_path / "out", dies, thresholds=Thresholds())


def test_labels_are_kept_from_the_confidence_on_and_photos_from_the_share_on() -> None:
    """Just below and at each threshold; 100 pixels, of which one is a nose."""
    labels = np.ones((10, 10), np.uint8)
    labels[9, 9] = 10
    thresholds = Thresholds(confidence=0.5, certain=0.85)
    confidence = np.full((10, 10), 0.5, np.float32)
    confidence.flat[:15] = 0.499
    kept, reason = pseudo_labels.keep(labels, confidence, thresholds)
    assert kept is not None
    assert reason == ""
    assert kept.dtype == np.uint8
    np.testing.assert_array_equal(kept, np.where(confidence < 0.5, UNKNOWN, labels))
    confidence.flat[15] = 0.499
    assert pseudo_labels.keep(labels, confidence, thresholds) == (None, "unsure")


@pytest.mark.parametrize("missing", [1, 10], ids=["skin", "nose"])
def test_a_photo_without_confident_skin_or_nose_is_no_face(missing: int) -> None:
    labels = np.full((10, 10), 17, np.uint8)
    labels[4, 4], labels[5, 5] = 1, 10
    confidence = np.where(labels == missing, 0.3, 0.9)
    assert pseudo_labels.keep(labels, np.full((10, 10), 0.9), Thresholds())[1] == ""
    assert pseudo_labels.keep(labels, confidence, Thresholds()) == (None, "no face")


def test_a_folder_without_photos_is_refused(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "missing"):
        with pytest.raises(UserError, match="no photos"):
            pseudo_labels.label_folder(folder, tmp_path / "out", _fake_teacher, size=SIZE, thresholds=ANY)
    assert not (tmp_path / "out").exists()


def test_labels_of_a_mirrored_photo_are_mirrored(teacher: dict[str, Any]) -> None:
    ask = pseudo_labels.teacher(segmentation_task().model(), teacher, SIZE)
    images = faces_dataset(2)["train"][..., :3]
    labels, confidence = ask(images)
    mirrored, _ = ask(images[:, :, ::-1])
    # The shrunk view is not averaged with its mirror image, so near ties may fall the other way.
    swapped = np.asarray([0, 1, 3, 2, 5, 4, 6, 8, 7, *range(9, 19)])[mirrored[:, :, ::-1]]
    assert labels.shape == (2, SIZE, SIZE)
    assert np.mean(labels == swapped) > 0.6
    assert ((confidence > 1 / 19 - 1e-6) & (confidence < 1 + 1e-6)).all()


def test_a_students_batch_holds_both_kinds_of_faces() -> None:
    config = {"data": {"pseudo_share": 0.375}, "augmentation": {"accessories": 0.0}}
    task = segmentation_task(**config)
    dataset = faces_dataset()
    pseudo = dataset["train"].copy()
    pseudo[..., 3] = 5  # a label that true faces here do not have
    batch = jax.jit(task.batch)(jax.device_put(dataset | {"pseudo": pseudo}), 0, rng.root(0))
    marked = np.isin(batch["labels"][0], (4, 5)).any(axis=(1, 2))  # a mirrored face has the other
    assert marked.sum() == 3


@pytest.fixture(scope="module")
def faces(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_faces(tmp_path_factory.mktemp("data") / "faces")


@pytest.fixture(scope="module")
def teacher() -> dict[str, Any]:
    """Variables of another seed than a student's."""
    return jax.tree.map(np.asarray, jax.jit(segmentation_task().init)(rng.root(1)).average)


@pytest.fixture(scope="module")
def teacher_file(teacher: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("teacher") / "teacher.safetensors"
    weights.save(path, teacher, metadata={}, half=True)
    return path


def _student_config() -> ml_collections.ConfigDict:
    config = segmentation_config(steps=2, optimizer={"learning_rate": 1e-12, "weight_decay": 0.0})
    config.data.pseudo_share = 0.25
    config.run.checkpoint_every = 1
    return config


def test_a_student_starts_from_its_teacher(teacher_file: Path, faces: Path, tmp_path: Path) -> None:
    """With a learning rate near 0 it stays there; and a run that is done already is not started anew."""
    config = _student_config()
    sources = {"data_dir": faces, "pseudo_dir": faces}
    train(config, tmp_path / "run", init_weights=teacher_file, **sources)
    teacher, _ = weights.load(teacher_file)
    student, _ = export.read_workdir(tmp_path / "run")
    for name, array in weights.flatten(teacher["params"]).items():
        got = weights.flatten(student["params"])[name]
        np.testing.assert_allclose(got, array, atol=1e-6, err_msg=name)
    rows = (tmp_path / "run" / "metrics.jsonl").read_text()
    train(config, tmp_path / "run", init_weights=teacher_file, **sources)
    assert (tmp_path / "run" / "metrics.jsonl").read_text() == rows


def test_a_wrong_start_is_refused(faces: Path, tmp_path: Path) -> None:
    other = tmp_path / "full.safetensors"
    shapes = abstract_variables(bisenet.create("light", width=4))
    weights.save(other, jax.tree.map(lambda x: np.zeros(x.shape, x.dtype), shapes), metadata={})
    sources = {"data_dir": faces, "pseudo_dir": faces}
    with pytest.raises(UserError, match="another net"):
        train(_student_config(), tmp_path / "a", init_weights=other, **sources)
    with pytest.raises(UserError, match="--pseudo_dir: config.data.pseudo_share is 0"):
        train(segmentation_config(), tmp_path / "b", data_dir=faces, pseudo_dir=faces)
    with pytest.raises(UserError, match="--pseudo_dir is missing"):
        train(segmentation_config(data={"pseudo_share": 0.5}), tmp_path / "c", data_dir=faces)
    with pytest.raises(UserError, match="pseudo_share is 1"):
        segmentation_task(data={"pseudo_share": 1.0})
