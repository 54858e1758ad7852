"""The parser: any size in, that size out, whoever else is in the batch."""

import dataclasses
import functools
import json
import re
from pathlib import Path

import jax
import numpy as np
import pytest
from models.test_bisenet import random_variables

from emojax import weights
from emojax.avatar.faces.parser import FaceParser
from emojax.core.errors import UserError
from emojax.models import bisenet


def small_parser(variant: str = "light", size: int = 64, **options: object) -> FaceParser:
    model = bisenet.create(variant, width=4)
    return FaceParser(model, random_variables(model), size, **options)  # type: ignore[arg-type]


def photos(count: int, height: int, width: int) -> np.ndarray:
    """Smooth colours, so that neighbouring pixels belong together."""
    rng = np.random.default_rng(7)
    coarse = rng.uniform(0, 255, (count, 6, 6, 3)).astype(np.float32)
    return np.asarray(jax.image.resize(coarse, (count, height, width, 3), "linear")).astype(np.uint8)


@pytest.fixture(scope="module", params=sorted(bisenet.VARIANTS))
def parser(request: pytest.FixtureRequest) -> FaceParser:
    return small_parser(request.param)


@pytest.mark.parametrize("shape", [(64, 64), (50, 131), (300, 20), (16, 16), (1, 700)])
def test_labels_have_the_photos_size_and_are_the_likeliest(
    parser: FaceParser, shape: tuple[int, int]
) -> None:
    images = photos(2, *shape)
    labels, probabilities = parser.label_maps(images), parser.probabilities(images)
    assert labels.shape == (2, *shape)
    assert labels.dtype == np.uint8
    assert np.array_equal(labels, probabilities.argmax(-1))
    np.testing.assert_allclose(probabilities.sum(-1), 1, atol=1e-5)


def test_the_digest_tells_nets_apart(parser: FaceParser) -> None:
    same = dataclasses.replace(parser, batch_size=3)
    doubled = dataclasses.replace(parser, variables=jax.tree.map(lambda x: 2 * x, parser.variables))
    assert same.digest == parser.digest != doubled.digest
    assert dataclasses.replace(parser, mirror=False).digest != parser.digest


def test_at_the_nets_size_the_scores_are_the_models(parser: FaceParser) -> None:
    images = photos(1, 64, 64)
    plain = FaceParser(parser.model, parser.variables, 64, mirror=False)
    model = jax.jit(functools.partial(parser.model.apply, train=False))
    logits = model(parser.variables, images / 127.5 - 1.0).logits
    np.testing.assert_allclose(plain.probabilities(images), jax.nn.softmax(logits), atol=2e-3)
    assert np.mean(plain.label_maps(images) == np.argmax(logits, -1)) > 0.999


def test_a_mirrored_photo_has_mirrored_labels(parser: FaceParser) -> None:
    images = photos(1, 48, 80)
    straight, mirrored = parser.probabilities(images), parser.probabilities(images[:, :, ::-1])
    swapped = mirrored[:, :, ::-1][..., [0, 1, 3, 2, 5, 4, 6, 8, 7, *range(9, 19)]]
    np.testing.assert_allclose(straight, swapped, atol=1e-3)


def test_a_label_map_does_not_depend_on_its_company() -> None:
    parser = small_parser(batch_size=4)
    images = photos(6, 40, 56)
    together = parser.probabilities(images)
    assert np.array_equal(together[:1], parser.probabilities(images[:1]))
    assert np.array_equal(together[3:], parser.probabilities(images[3:]))
    assert parser.label_maps(images[:0]).shape == (0, 40, 56)


def test_tiles_fit_together(parser: FaceParser, monkeypatch: pytest.MonkeyPatch) -> None:
    images = photos(1, 333, 150)
    whole = parser.probabilities(images)
    monkeypatch.setattr("emojax.avatar.faces.parser._MAX_SCORES", 1)
    np.testing.assert_allclose(parser.probabilities(images), whole, atol=1e-6)


def test_scores_move_with_the_photo() -> None:
    """By whole strides of the net; what is left is the border of the picture, further away on one side."""
    parser = small_parser(size=256)
    face = photos(1, 96, 96)[0]

    def scores(offset: int) -> np.ndarray:
        canvas = np.full((1, 256, 256, 3), 128, np.uint8)
        canvas[0, 80:176, 64 + offset : 160 + offset] = face
        return parser.probabilities(canvas)[0, 80:176]

    here, moved = scores(0), scores(32)
    error = np.abs(here[:, 64:160] - moved[:, 96:192]).mean()
    assert error < 0.2 * np.abs(here[:, 64:160] - moved[:, 64:160]).mean()


def test_on_cpu_no_convolution_is_left_to_the_library_that_uses_one_core() -> None:
    if jax.default_backend() != "cpu":
        pytest.skip("a matter of CPUs")
    parser = small_parser(mirror=False)
    inputs = np.zeros((1, 64, 64, 3), np.uint8)
    as_it_comes = jax.jit(functools.partial(parser.model.apply, train=False, auxiliary=False))
    texts = [
        as_it_comes.lower(parser.variables, inputs).compile().as_text(),
        parser.net.lower(parser.folded, inputs).compile().as_text(),  # type: ignore[attr-defined]
    ]
    inside = [re.findall(r"ynn_fusion\S* = .*/conv1/.*conv_general_dilated\"", text) for text in texts]
    assert inside[0], "XLA no longer does this by itself: the option can go"
    assert not inside[1]


def test_photos_of_another_kind_are_refused(parser: FaceParser) -> None:
    for wrong in (np.zeros((1, 8, 8, 3), np.float32), np.zeros((8, 8, 3), np.uint8)):
        with pytest.raises(TypeError, match="expected uint8"):
            parser.label_maps(wrong)


def _told(changes: dict[str, object]) -> dict[str, str]:
    """An exported net's metadata, with a configuration that differs."""
    config = {"data": {"size": 64}, "loss": {"class_weights": [1.0] * 19, "taken_back": 0.0}} | changes
    return {"format": "emojax.segmentation.1", "variant": "light", "config": json.dumps(config)}


def write_parser(path: Path, metadata: dict[str, str] | None = None) -> Path:
    """Untrained light weights in the exported form."""
    variables = random_variables(bisenet.create("light"))
    weights.save(path, variables, metadata=_told({}) if metadata is None else metadata, half=True)
    return path


def test_exported_and_ported_weights_load(tmp_path: Path) -> None:
    parser = FaceParser.load(write_parser(tmp_path / "exported.safetensors"))
    assert (parser.model, parser.size) == (bisenet.create("light", class_bias=(0.0,) * 19), 64)
    told = {"model": "bisenet", "variant": "light"}
    assert FaceParser.load(write_parser(tmp_path / "ported.safetensors", told)).size == 512


@pytest.mark.parametrize(
    "metadata",
    [
        {},
        {"model": "resnet50"},
        {"model": "resnet50", "variant": "light"},
        {"format": "emojax.generator.1", "config": "{}"},
        {"format": "emojax.segmentation.1", "variant": "light"},
        {"format": "emojax.segmentation.1", "variant": "light", "config": "{"},
        {"format": "emojax.segmentation.1", "variant": "light", "config": "[" * 100_000},
        _told({"data": {"size": 100}}),
        _told({"data": {"size": 1e9}}),
        _told({"loss": {"class_weights": [1.0] * 18, "taken_back": 0.5}}),
        _told({"loss": {"class_weights": [0.0] * 19, "taken_back": 0.5}}),
        _told({"loss": {"class_weights": ["1"] * 19, "taken_back": 0.5}}),
        {"model": "bisenet", "variant": "huge"},
    ],
    ids=str,
)
def test_other_files_are_refused(metadata: dict[str, str], tmp_path: Path) -> None:
    weights.save(tmp_path / "x.safetensors", {"a": np.zeros(1)}, metadata=metadata)
    says = r"x\.safetensors(: is not JSON| holds no face parser .*emojax\.training\.export)"
    with pytest.raises(UserError, match=says):
        FaceParser.load(tmp_path / "x.safetensors")


def test_another_variants_weights_are_refused(tmp_path: Path) -> None:
    path = write_parser(tmp_path / "x.safetensors", {"model": "bisenet", "variant": "full"})
    with pytest.raises(UserError, match="holds another net's weights"):
        FaceParser.load(path)


class BrightIsHair(FaceParser):
    """Says 17 where the photo is bright: to watch what is looked at."""

    seen: list[np.ndarray]

    def _parse(self, images, decode, out):  # type: ignore[no-untyped-def]
        self.__dict__.setdefault("seen", []).append(images)
        out[:] = np.where(images[..., 0] > 100, 17, 0)
        return out


def test_people_far_off_are_looked_at_again_alone() -> None:
    parser = BrightIsHair(bisenet.create("light", width=4), {}, 64)
    photos = np.zeros((2, 200, 300, 3), np.uint8)
    photos[0, 80:140, 150:200] = 200  # far off
    photos[1, 10:190, 20:280] = 200  # fills the photo
    labels = parser.label_maps(photos)
    np.testing.assert_array_equal(labels, np.where(photos[..., 0] > 100, 17, 0))
    assert [each.shape[1:3] for each in parser.seen] == [(200, 300), (69, 69)]
    np.testing.assert_array_equal(parser.seen[1][0], photos[0, 75:144, 140:209])
    assert parser.label_maps(np.zeros((1, 90, 90, 3), np.uint8)).max() == 0


@pytest.mark.parametrize(
    ("height", "width", "again"),
    [(139, 60, True), (140, 60, False), (60, 139, True), (60, 140, False), (24, 20, True), (23, 20, False)],
)
def test_people_are_far_off_if_they_fill_less_than_0_7_of_a_photo(
    height: int, width: int, again: bool
) -> None:
    """And 24 pixels or more; in a photo of 200 pixels."""
    parser = BrightIsHair(bisenet.create("light", width=4), {}, 64)
    photo = np.zeros((1, 200, 200, 3), np.uint8)
    photo[0, 20 : 20 + height, 30 : 30 + width] = 200
    parser.label_maps(photo)
    assert len(parser.seen) == (2 if again else 1)


def test_a_few_stray_pixels_do_not_widen_what_is_looked_at_again() -> None:
    """Half a per cent on each side of 3000 pixels, here a row of 15; 30 do."""
    for strays, near in ((14, True), (30, False)):
        parser = BrightIsHair(bisenet.create("light", width=4), {}, 64)
        photo = np.zeros((1, 200, 300, 3), np.uint8)
        photo[0, 80:140, 150:200] = 200
        photo[0, 180, 150 : 150 + strays] = 200
        parser.label_maps(photo)
        assert (parser.seen[1].shape[1] < 71) == near
