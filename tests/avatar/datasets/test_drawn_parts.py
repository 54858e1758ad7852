"""Parts of random avatars: every variant is drawn, labels are true, and a stopped run ends the same."""

from pathlib import Path

import numpy as np
import pytest
from avatar.support import tiny_style

from emojax.avatar.datasets import drawn_parts
from emojax.avatar.reading.segments import PARTS, segment
from emojax.avatar.styles import style
from emojax.avatar.styles.part import CLASS_NAMES
from emojax.core.errors import UserError
from emojax.data.parts.builder import load

COUNT = 14


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_style.write(tmp_path_factory.mktemp("styles") / "tiny")


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawn_parts, "CHUNK", 4)


def _masks(out: Path, part: str) -> dict[str, bytes]:
    found = load(out, part)
    return {name: mask.tobytes() for name, mask in zip(found.names, found.masks, strict=True)}


def test_the_program_writes_what_the_avatars_show(
    tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    drawn_parts.main([str(tiny), "--count", str(COUNT), "--seed", "5", "--out", str(tmp_path)])
    assert f"{COUNT} faces on {COUNT}" in capsys.readouterr().out
    loaded = style.load(tiny)
    found = {part: load(tmp_path, part) for part in ("face", "hair", "hat")}
    assert found["face"].names == tuple(f"tiny-{n:06d}" for n in range(COUNT))
    for number in (0, 9):
        portrait = drawn_parts.portrait(loaded, number, 5)
        for part, pictures in found.items():
            expected = segment(portrait.pixels, portrait.labels, part)
            row = pictures.names.index(f"tiny-{number:06d}")
            assert expected is not None
            np.testing.assert_array_equal(pictures.masks[row], expected.labels)
            assert np.abs(pictures.images[row].astype(int) - expected.image).mean() < 10


def test_the_picture_shows_what_the_labels_say(tiny: Path) -> None:
    portrait = drawn_parts.portrait(style.load(tiny), 3, 0)
    assert portrait.pixels.shape == (306, 306, 3)
    hat = portrait.labels == CLASS_NAMES["hat"]
    assert hat.any()
    assert np.ptp(portrait.pixels[hat].astype(int), axis=0).max() < 3  # one paint
    background = portrait.labels == CLASS_NAMES["background"]
    assert (portrait.pixels[background] > 250).mean() > 0.5


def test_every_variant_of_a_style_has_its_turn() -> None:
    """As many avatars as there are variants: each is chosen, and nothing covers it."""
    flat = style.load(style.find("flat"))
    variants = [(part, variant) for part, listed in flat.parts.items() for variant in listed.variants]
    for number, (part, variant) in enumerate(variants):
        choice, _ = drawn_parts.person(flat, number, 0)
        assert choice[part] == variant
        if part == "hair":
            assert choice.get("hat", flat.parts["hat"].default) == flat.parts["hat"].default
    again = drawn_parts.person(flat, len(variants), 0)[0]
    assert again != drawn_parts.person(flat, 0, 0)[0]
    assert again != drawn_parts.person(flat, len(variants), 1)[0]


def test_a_stopped_run_goes_on_and_ends_the_same(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    styles = [style.load(tiny)]
    drawn_parts.build(styles, COUNT, tmp_path / "whole", seed=0)
    drawn: list[int] = []
    draw = drawn_parts.portrait

    def stopping(each: style.Style, index: int, seed: int) -> drawn_parts.Portrait:
        if len(drawn) == 6:
            raise KeyboardInterrupt
        drawn.append(index)
        return draw(each, index, seed)

    with monkeypatch.context() as patch:
        patch.setattr(drawn_parts, "portrait", stopping)
        with pytest.raises(KeyboardInterrupt):
            drawn_parts.build(styles, COUNT, tmp_path / "stopped", seed=0)
        assert not (tmp_path / "stopped" / "celeb_parts").exists()
        drawn[:] = []
        with pytest.raises(KeyboardInterrupt):
            drawn_parts.build(styles, COUNT, tmp_path / "stopped", seed=0)
        assert drawn[0] == 4  # the first chunk was kept
    drawn_parts.build(styles, COUNT, tmp_path / "stopped", seed=0)
    present = [part for part in PARTS if (tmp_path / "whole" / "celeb_parts" / part).is_dir()]
    assert {"face", "hair", "hat"} <= set(present)
    for part in present:
        assert _masks(tmp_path / "stopped", part) == _masks(tmp_path / "whole", part)
    with pytest.raises(UserError, match="made from other seed; choose"):
        drawn_parts.build(styles, COUNT, tmp_path / "whole", seed=1)


def test_wrong_flags_are_named(tiny: Path, tmp_path: Path) -> None:
    out = ["--out", str(tmp_path / "out")]
    for flags, says in (
        (["--count", "0"], "--count"),
        (["--seed", "-1"], "--seed: -1 is not between"),
        (["cubist"], "'cubist' is neither"),
        ([str(tiny), str(tiny)], "two of the styles are called tiny"),
    ):
        with pytest.raises(UserError, match=says):
            drawn_parts.main([*flags, *out])
