"""The program: parts of every face in data sets, whatever interrupts it and whatever it is given."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from avatar.faces.test_parser import write_parser
from avatar.support.celeb_photos import HEIGHT, WIDTH, photo, write_attributes, write_folder, write_zip
from avatar.support.drawn_face import SIDE, ColorParser, empty_photo, portrait

from emojax.avatar.datasets import celeb_parts as program
from emojax.avatar.datasets import cutting
from emojax.avatar.faces.crop import CROP_SIZE, cut
from emojax.avatar.faces.detection import Box
from emojax.avatar.faces.parser import FaceParser
from emojax.avatar.faces.portraits import find_portraits
from emojax.avatar.reading.segments import segment
from emojax.core.errors import UserError
from emojax.data.faces.labels import UNKNOWN
from emojax.data.parts.builder import load
from emojax.data.parts.source import find_attributes, find_photos, read_attributes

COUNT = 13
PARTS = ("hair", "left_eye", "mouth")


class _Watched(ColorParser):
    """Counts what it labels, and raises after a number of photos."""

    def __init__(self, fails_after: int = 10**9) -> None:
        self.labelled, self.fails_after = 0, fails_after

    def label_maps(self, images: np.ndarray) -> np.ndarray:
        self.labelled += len(images)
        if self.labelled > self.fails_after:
            raise KeyboardInterrupt
        return super().label_maps(images)


def _build(photos: Path, out: Path, parser: ColorParser | None = None, **options: object) -> program.Summary:
    parser = parser or ColorParser()
    found = find_photos(photos)
    table = find_attributes(photos)
    attributes = read_attributes(table, found.names) if table else None
    settings = {"parser": parser, "single": parser, "parser_digest": "fake", "attributes": attributes}
    return program.build(found, out, **{**settings, **options})


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_folder(tmp_path_factory.mktemp("photos") / "faces", COUNT)


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cutting, "CHUNK", 4)


@pytest.fixture(scope="module")
def built(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, program.Summary]:
    out = tmp_path_factory.mktemp("built")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cutting, "CHUNK", 4)
        return out, _build(folder, out, batch_size=3)


def _contents(out: Path) -> dict[str, tuple[object, ...]]:
    """Every bit of the data sets, as read."""
    parts = [path.parent.name for path in (out / "celeb_parts").glob("*/1.0.0")]
    sets = {part: load(out, part) for part in parts}
    return {
        part: (
            *(each.names, each.attribute_names, each.images.tobytes(), each.masks.tobytes()),
            *(each.boxes.tobytes(), each.attributes.tobytes()),
        )
        for part, each in sets.items()
    }


def test_every_face_is_there_and_every_other_photo_is_counted(built: tuple[Path, program.Summary]) -> None:
    out, summary = built
    assert summary.skipped == {"no face": ["000007.png"], "unreadable": ["000005.png"]}
    assert (summary.photos, summary.faces) == (COUNT, COUNT - 2)
    assert {summary.parts[part] for part in PARTS} == {COUNT - 2}
    assert summary.parts["hat"] == 0
    assert json.loads((out / "celeb_parts" / "summary.json").read_text())["skipped"] == summary.skipped
    assert "11 faces on 13 photos; skipped: 1 no face, 1 unreadable" in str(summary)
    assert [path.name for path in out.iterdir()] == ["celeb_parts"]


@pytest.mark.parametrize("part", PARTS)
def test_the_data_sets_hold_what_the_portraits_show(built: tuple[Path, program.Summary], part: str) -> None:
    """All faces are one drawing: cut out level and centred, they look as that does."""
    pixels, _ = cut(portrait(), Box((SIDE - 1) / 2, (SIDE - 1) / 2, SIDE), CROP_SIZE)
    expected = segment(pixels, ColorParser().label_maps(pixels[None])[0], part)
    assert expected is not None
    found = load(built[0], part)
    assert found.names == tuple(f"{n:06d}.png" for n in range(1, COUNT + 1) if n not in (5, 7))
    for image, mask, box in zip(found.images, found.masks, found.boxes, strict=True):
        known = (mask != UNKNOWN) & (expected.labels != UNKNOWN)
        assert np.mean(mask[known] == expected.labels[known]) > 0.83
        assert np.mean(np.abs(image[known].astype(int) - expected.image[known])) < 14
        assert box == pytest.approx(expected.box, abs=8)
    assert not found.attributes.any()


def test_the_batch_does_not_show_in_the_result(
    folder: Path, built: tuple[Path, program.Summary], tmp_path: Path
) -> None:
    assert _build(folder, tmp_path, batch_size=5) == built[1]
    assert _contents(tmp_path) == _contents(built[0])
    assert len(_contents(tmp_path)) == sum(count > 0 for count in built[1].parts.values())


def test_an_interrupted_run_goes_on_and_ends_the_same(
    folder: Path, built: tuple[Path, program.Summary], tmp_path: Path
) -> None:
    whole = _Watched()
    _build(folder, tmp_path / "whole", whole)
    for stop in (3, 12, 20):
        with pytest.raises(KeyboardInterrupt):
            _build(folder, tmp_path / "stopped", _Watched(stop))
        assert not (tmp_path / "stopped" / "celeb_parts").exists()
    last = _Watched()
    assert _build(folder, tmp_path / "stopped", last) == built[1]
    assert last.labelled < whole.labelled
    assert _contents(tmp_path / "stopped") == _contents(built[0])
    again = _Watched()
    assert _build(folder, tmp_path / "stopped", again) == built[1]
    assert again.labelled == 0


_KILLED = """
import os, signal, sys
from pathlib import Path
from avatar.datasets.test_celeb_parts import _build, cutting
from emojax.data.parts import builder as celeb_parts

cutting.CHUNK = 4
prepare = celeb_parts.CelebParts.download_and_prepare

def dying(self, **options):
    if self.builder_config.name == "nose":
        os.kill(os.getpid(), signal.SIGKILL)
    prepare(self, **options)

celeb_parts.CelebParts.download_and_prepare = dying
_build(Path(sys.argv[1]), Path(sys.argv[2]))
"""


def test_a_kill_while_publishing_leaves_no_half_and_the_same_end(
    folder: Path, built: tuple[Path, program.Summary], tmp_path: Path
) -> None:
    path = os.pathsep.join(str(Path(__file__).parents[n]) for n in (2, 3))
    command = [sys.executable, "-c", _KILLED, str(folder), str(tmp_path)]
    died = subprocess.run(command, env={**os.environ, "PYTHONPATH": path}, capture_output=True)
    assert died.returncode == -signal.SIGKILL, died.stderr
    assert not (tmp_path / "celeb_parts").exists()
    assert _build(folder, tmp_path, watched := _Watched()) == built[1]
    assert watched.labelled == 0
    assert [path.name for path in tmp_path.iterdir()] == ["celeb_parts"]
    made = [path.relative_to(tmp_path) for path in tmp_path.rglob("*.*") if path.is_file()]
    assert len(made) > len(PARTS)
    for path in made:
        assert (tmp_path / path).read_bytes() == (built[0] / path).read_bytes(), path


def test_a_zip_gives_what_its_folder_gives(built: tuple[Path, program.Summary], tmp_path: Path) -> None:
    _build(write_zip(tmp_path / "img_align_celeba.zip", COUNT), tmp_path / "out")
    assert _contents(tmp_path / "out") == _contents(built[0])


def test_attributes_beside_the_photos_stay_with_their_faces(tmp_path: Path) -> None:
    photos = write_zip(tmp_path / "faces.zip", 3)
    write_attributes(tmp_path / "list_attr_celeba.txt", 5)
    _build(photos, tmp_path / "out")
    found = load(tmp_path / "out", "nose")
    assert found.attribute_names == tuple(f"Attribute_{k}" for k in range(40))
    for name, row in zip(found.names, found.attributes, strict=True):
        assert row.tolist() == [1 - 2 * ((int(name[:6]) + k) % 2) for k in range(40)]


@pytest.mark.parametrize("finished", [True, False])
def test_other_inputs_are_refused_by_name(folder: Path, tmp_path: Path, finished: bool) -> None:
    photos = Path(shutil.copytree(folder, tmp_path / "photos"))
    out = tmp_path / "out"
    if finished:
        _build(photos, out)
    else:
        with pytest.raises(KeyboardInterrupt):
            _build(photos, out, _Watched(12))
    with pytest.raises(UserError, match="made from other weights; choose"):
        _build(photos, out, parser_digest="another")
    (photos / "000002.png").unlink()
    with pytest.raises(UserError, match="made from other photos; choose"):
        _build(photos, out)


def test_a_damaged_chunk_is_named(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        _build(folder, tmp_path, _Watched(20))
    chunk = next((tmp_path / ".celeb_parts").glob("*.zip"))
    chunk.write_bytes(chunk.read_bytes()[:-30])
    with pytest.raises(UserError, match=r"0000000\.zip: is damaged .* delete it"):
        _build(folder, tmp_path)


def test_photos_without_any_face_are_refused(tmp_path: Path) -> None:
    photos = tmp_path / "photos"
    photos.mkdir()
    for name in ("000005.png", "000007.png"):
        write_folder(tmp_path / name, 7)
        shutil.copy(tmp_path / name / name, photos)
    with pytest.raises(UserError, match="no face on any of the 2 photos"):
        _build(photos, tmp_path / "out")


def test_portraits_are_level_whoever_is_in_the_batch() -> None:
    photos = [photo(seed) for seed in (1, 2, 3)] + [empty_photo(HEIGHT, WIDTH)]
    parser = ColorParser()
    together = find_portraits(photos, parser=parser, single=parser)
    assert together[3] is None
    expected = parser.label_maps(cut(portrait(), Box(255.5, 255.5, SIDE), CROP_SIZE)[0][None])[0]
    for i in range(3):
        (alone,) = find_portraits([photos[i]], parser=parser, single=parser)
        each = together[i]
        assert each is not None
        assert alone is not None
        assert np.array_equal(each.labels, alone.labels)
        known = each.labels != UNKNOWN
        assert np.mean(each.labels[known] == expected[known]) > 0.9


def test_nothing_is_known_beyond_the_photo() -> None:
    """A portrait on a photo that ends above the brows' hair: the rest of the frame is not made up."""
    tight = photo(1)[130:]
    (found,) = find_portraits([tight], parser=ColorParser(), single=ColorParser())
    assert found is not None
    unknown = found.labels == UNKNOWN
    assert unknown[:40].mean() > 0.95
    assert not unknown[-100:, 60:-60].any()


def test_the_program_does_it_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With a real weight file, whose untrained net is not asked."""
    monkeypatch.setattr(FaceParser, "label_maps", lambda self, images: ColorParser().label_maps(images))
    photos = write_folder(tmp_path / "faces", 5)
    write_attributes(photos / "list_attr_celeba.txt", 5)
    weights = write_parser(tmp_path / "parser.safetensors")
    arguments = [str(photos), "--out", str(tmp_path / "out"), "--batch", "2", "--limit", "3", "--weights"]
    program.main([*arguments, str(weights)])
    assert "mouth              3" in capsys.readouterr().out
    assert load(tmp_path / "out", "mouth").attribute_names[39] == "Attribute_39"
    program.main([*arguments, str(shutil.copy(weights, tmp_path / "copy"))])
    assert "3 faces on 3 photos" in capsys.readouterr().out
    with pytest.raises(UserError, match="--out .* cannot be a folder"):
        program.main([*arguments, str(weights), "--out", str(photos / "000001.png")])
    other = write_parser(tmp_path / "other.safetensors", {"model": "bisenet", "variant": "light"})
    write_attributes(photos / "list_attr_celeba.txt", 4)
    with pytest.raises(UserError, match="made from other weights and attributes; choose"):
        program.main([*arguments, str(other)])


@pytest.mark.parametrize("flag", [["--limit", "0"], ["--batch", "x"], ["--attributes", "missing.txt"]])
def test_wrong_flags_are_named(folder: Path, tmp_path: Path, flag: list[str]) -> None:
    with pytest.raises(UserError, match=flag[0] if flag[1] != "missing.txt" else "missing.txt"):
        program.main([str(folder), "--out", str(tmp_path), *flag])
