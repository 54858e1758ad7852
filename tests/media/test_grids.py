"""Tiles land where they should; enlarging invents no colours; cutting out keeps what is drawn."""

import numpy as np
import pytest

from emojax.media.grids import fit_square, grid, remove_background, strip, upscale

YELLOW = np.array([252, 234, 43])


def disc(size: int, center: tuple[float, float], radius: float) -> np.ndarray:
    """Coverage ``float[size, size]`` of a disc, antialiased by 8x8 samples a pixel."""
    at = (np.arange(size * 8) + 0.5) / 8
    inside = np.hypot(at[:, None] - center[0], at[None] - center[1]) < radius
    return inside.reshape(size, 8, size, 8).mean((1, 3))


def face(size: int = 64) -> np.ndarray:
    """A yellow disc with black eyes on black; a black line two pixels wide runs in from outside."""
    unit = size / 64
    cover = disc(size, (32 * unit, 32 * unit), 24 * unit)
    for eye in (24, 40):
        cover = cover * (1 - disc(size, (26 * unit, eye * unit), 3 * unit))
    cover[round(40 * unit) : round(42 * unit), round(32 * unit) :] = 0
    return np.rint(cover[..., None] * YELLOW).astype(np.uint8)


@pytest.mark.parametrize(
    ("count", "columns", "expected"), [(9, None, (3, 3)), (7, None, (3, 3)), (5, 5, (1, 5))]
)
def test_grid_places_every_tile(count: int, columns: int | None, expected: tuple[int, int]) -> None:
    images = np.random.default_rng(0).normal(size=(count, 6, 4, 3)).astype(np.float32)
    sheet = grid(images, columns=columns, padding=2, background=7)
    rows, columns = expected
    assert sheet.dtype == images.dtype
    assert sheet.shape == (rows * 8 + 2, columns * 6 + 2, 3)
    rest = sheet.copy()
    for number, image in enumerate(images):
        top, left = number // columns * 8 + 2, number % columns * 6 + 2
        np.testing.assert_array_equal(sheet[top : top + 6, left : left + 4], image)
        rest[top : top + 6, left : left + 4] = 7
    assert (rest == 7).all()


def test_grid_without_padding_is_only_tiles() -> None:
    images = np.arange(4 * 2 * 2, dtype=np.uint8).reshape(4, 2, 2, 1)
    np.testing.assert_array_equal(
        grid(images, padding=0)[..., 0], np.block([[*images[:2, ..., 0]], [*images[2:, ..., 0]]])
    )


def test_strip_is_one_row() -> None:
    assert strip(np.zeros((5, 6, 4, 4), np.uint8)).shape == (6 + 4, 5 * 6 + 2, 4)


@pytest.mark.parametrize("factor", [1, 2, 3, 8])
def test_upscale_keeps_flat_pictures_and_shapes(factor: int) -> None:
    flat = np.broadcast_to(YELLOW.astype(np.uint8), (2, 3, 10, 14, 3))
    large = upscale(flat, factor)
    assert large.shape == (2, 3, 10 * factor, 14 * factor, 3)
    assert (large == YELLOW).all()


def test_upscale_neither_rings_nor_blurs() -> None:
    large = upscale(face()[None], 4)[0].astype(int)
    assert (large <= YELLOW).all()  # Lanczos overshoots here.
    ideal = disc(256, (128, 128), 96)[..., None] * YELLOW
    lower = slice(190, 256)  # Below the features there is only the edge of the disc.
    linear = face().repeat(4, 0).repeat(4, 1)
    error, plain = (np.abs(image[lower] - ideal[lower]).mean() for image in (large, linear))
    assert error < 0.5 * plain
    assert large[disc(256, (128, 128), 102) == 0].max() <= 1


def test_upscaled_contours_follow_the_circle_not_its_staircase() -> None:
    large = upscale(face()[None], 8)[0, ..., 0].astype(float)
    angles, radii = np.linspace(0.25, 0.75, 200) * np.pi, np.arange(18, 30, 0.0125) * 8
    down = np.rint(255.5 + np.outer(np.sin(angles), radii)).astype(int)
    across = np.rint(255.5 + np.outer(np.cos(angles), radii)).astype(int)
    crossing = radii[np.abs(large[down, across] - YELLOW[0] / 2).argmin(1)]
    assert np.abs(crossing.mean() / 8 - 24) < 0.1
    assert crossing.std() / 8 < 0.07  # In source pixels.


def test_upscale_balances_noise_corners_and_edges() -> None:
    """Within a quarter of the amounts of blur, steepness and contrast, at which these would be missed."""
    noisy = np.clip(np.random.default_rng(0).normal(128, 8, (1, 32, 32, 3)), 0, 255).astype(np.uint8)
    assert 0.55 < upscale(noisy, 4).std() / noisy.std() < 0.62  # more blur, less blur
    corner = np.zeros((1, 16, 16, 3), np.uint8)
    corner[:, :9, :9] = 200
    error = np.abs(upscale(corner, 8)[0].astype(int) - corner[0].repeat(8, 0).repeat(8, 1))
    assert 4.0 < error[56:88, 56:88].mean() < 4.8  # less blur or steeper, more blur or less steep
    faint = np.full((1, 16, 16, 3), 100, np.uint8)
    faint[:, :, 8:] = 148
    assert 13 <= np.diff(upscale(faint, 8)[0, 64, :, 0].astype(int)).max() <= 15  # of half the full contrast


def test_upscale_commutes_with_mirroring() -> None:
    images = np.random.default_rng(0).integers(0, 256, (2, 12, 9, 3), np.uint8)
    mirrored = upscale(images[:, :, ::-1], 3)[:, :, ::-1]
    assert np.abs(mirrored.astype(int) - upscale(images, 3)).max() <= 1


def test_upscale_lets_no_unseen_color_bleed_in() -> None:
    cut = np.zeros((16, 16, 4), np.uint8)
    cut[..., 1] = 255  # Clear pixels are green; only red ones are seen.
    cut[4:12, 4:12] = (255, 0, 0, 255)
    large = upscale(cut, 4)
    seen = large[large[..., 3] > 8]
    assert seen[:, 1].max() == 0
    assert seen[:, 0].min() > 245


@pytest.mark.parametrize("size", [64, 128])
def test_background_goes_and_features_stay(size: int) -> None:
    image, unit = face(size), size / 64
    cut = remove_background(image[None])[0]
    alpha = cut[..., 3]
    at = (np.arange(size) + 0.5) / unit
    distance = np.hypot(at[:, None] - 32, at[None] - 32)
    assert (alpha[distance > 25.5] == 0).all()
    assert (alpha[distance < 21] == 255).all()  # Eyes, and the line that comes in from outside.
    rim = alpha[(distance > 23) & (distance < 25)]
    assert ((rim > 0) & (rim < 255)).any()  # Soft.
    covered = disc(size, (32 * unit, 32 * unit), 24 * unit)
    upper = slice(0, round(16 * unit))
    np.testing.assert_allclose(alpha[upper] / 255, covered[upper], atol=0.08)
    visible = cut[upper][alpha[upper] > 32][:, :3].astype(int)
    assert np.abs(visible - YELLOW).max() <= 6  # No dark fringe over a light page.


def test_cut_out_over_black_is_the_picture_again() -> None:
    image = face()
    cut = remove_background(image[None])[0].astype(float)
    over_black = cut[..., :3] * cut[..., 3:] / 255
    seen = cut[..., 3] > 0
    assert np.abs(over_black - image)[seen].max() <= 1


def test_each_picture_is_cut_out_alone() -> None:
    images = np.stack([face(), face()[::-1], np.zeros_like(face()), np.full_like(face(), 200)])
    cut = remove_background(images)
    np.testing.assert_array_equal(cut[0], remove_background(images[:1])[0])
    np.testing.assert_array_equal(cut[1], cut[0][::-1])
    assert (cut[2, ..., 3] == 0).all()
    assert (cut[3, ..., 3] == 255).all()
    np.testing.assert_array_equal(cut[3, ..., :3], images[3])


@pytest.mark.parametrize(("level", "is_background"), [(95, True), (96, False)])
def test_background_is_darker_than_a_third(level: int, is_background: bool) -> None:
    image = face()
    image[image.max(-1) == 0] = level
    alpha = remove_background(image[None])[0, ..., 3]
    assert (alpha[0, 0] == 0) == is_background


@pytest.mark.parametrize(("width", "is_line"), [(4, True), (6, False)])
def test_a_gap_wider_than_a_line_is_background(width: int, is_line: bool) -> None:
    """Of 64 pixels a line is at most four wide, with its antialiased sides."""
    image = face()
    image[40 - width // 2 : 40 + width // 2, 32:] = 0
    alpha = remove_background(image[None])[0, ..., 3]
    assert (alpha[40, 48] == 255) == is_line


def test_background_within_the_drawing_stays() -> None:
    image = np.full((1, 64, 64, 3), 200, np.uint8)
    image[:, 20:44, 20:44] = 0
    assert (remove_background(image)[..., 3] == 255).all()


def test_a_photo_is_fitted_whole_into_a_square() -> None:
    photo = np.zeros((40, 80, 3), np.uint8)
    fitted = fit_square(photo, 32)
    assert fitted.shape == (32, 32, 3)
    assert (fitted[8:24] == 0).all()
    assert (fitted[:8] == 255).all()
    assert (fitted[24:] == 255).all()
