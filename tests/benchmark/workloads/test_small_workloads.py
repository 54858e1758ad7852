"""Matching, selfies, data and start-up: each program does what its row says, and baselines find the same."""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emojax.avatar.matching import kernel
from emojax.benchmark.timing import WorkerError
from emojax.benchmark.workloads import data, devices, gan, matching, scaling, selfie, startup, table
from emojax.core import runtime
from emojax.core.files import cache_dir

SIZES = {"faces": 5, "variants": 40}


@pytest.fixture(autouse=True)
def _ordinary_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "configure_jax", lambda: None)  # it would change this process
    monkeypatch.setattr(runtime, "configure", lambda: None)


def test_numpy_finds_the_variants_that_the_kernel_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    found = []
    match = kernel.match

    def spy(*args: Any, **options: Any) -> kernel.Matches:
        found.append(match(*args, **options))
        return found[-1]

    monkeypatch.setattr(kernel, "match", spy)
    program = matching.emojax_program(SIZES)
    program.call()
    (matches,) = found
    faces, library = matching.vectors(**SIZES)
    for values, indices in (matching.nearest(faces @ library.T), matching.looped(faces, library)):
        np.testing.assert_array_equal(indices, np.asarray(matches.variant)[:, 0])
        np.testing.assert_allclose(values, np.asarray(matches.similarity)[:, 0], atol=1e-6)
    assert program.facts["images"] == 5
    assert program.facts["gflop"] == pytest.approx(2 * 5 * 40 * matching.DIMENSIONS / 1e9)


@pytest.mark.parametrize("kind", ["loop", "product", "product_only"])
def test_baselines_run(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    sorted_rows = []
    nearest = matching.nearest
    monkeypatch.setattr(
        matching,
        "nearest",
        lambda x: sorted_rows.append(len(x)) or nearest(x),  # type: ignore[func-returns-value]
    )
    program = matching.numpy_program(SIZES, kind)
    program.call()
    assert sorted_rows == {"loop": [1] * 5, "product": [5], "product_only": []}[kind]


def test_the_photo_has_the_size_that_is_asked_for() -> None:
    from emojax.media import image

    assert image.decode_photo("photo.jpg", selfie.photo_file(320)).shape == (320, 320, 3)
    assert table.WORKLOADS["selfie"].config == {"side": 1080}


def test_reading_gives_all_stand_in_drawings_and_keeps_out_of_the_users_cache(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = cache_dir()
    monkeypatch.setenv("EMOJAX_CACHE", str(before))  # restored after the test
    settings = {"data": {"size": 16}}
    program = data.read_program(settings)
    assert cache_dir() != before
    program.call()
    assert program.facts["images"] == gan.IMAGES
    data.render_program(settings).call()


def test_cold_runs_have_a_cache_of_their_own_each_and_warm_ones_share_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[tuple[list[str], str]] = []
    monkeypatch.setattr(startup, "_run", lambda command, env: seen.append((command, env["EMOJAX_CACHE"])))
    programs = [startup.inference_program({}, ("--selfie", "demo"), warm=warm) for warm in (False, True)]
    for program in (programs[0], programs[0], programs[1], programs[1]):
        program.call()
    (command, first), (_, second), (_, third), (_, fourth) = seen
    assert command[1:5] == ["-m", "emojax.cli.infer", "--selfie", "demo"]
    assert command[-1].endswith("avatar.svg")
    assert first != second
    assert third == fourth
    assert Path(first).is_dir()
    assert not list(Path(first).iterdir())


def test_a_program_that_fails_is_quoted() -> None:
    with pytest.raises(WorkerError, match=r"exit code 3 \(no such mode\)"):
        startup._run(
            [sys.executable, "-c", "import sys; print('no such mode', file=sys.stderr); sys.exit(3)"], {}
        )


def test_devices_are_doubled_up_to_all_of_them() -> None:
    assert [scaling.counts(n) for n in (1, 2, 6, 8)] == [[1], [1, 2], [1, 2, 4, 6], [1, 2, 4, 8]]
    alone = scaling.programs(4, together=False)
    assert list(alone)[:4] == ["batch_x1", "batch_x2", "batch_x4", "batch_x8"]
    assert set(alone) - set(list(alone)[:4]) == {f"devices_{n}_{m}" for n in (2, 4) for m in ("pmap", "mesh")}
    assert set(scaling.programs(4, together=True)) == {"devices_4_pmap", "devices_4_mesh"}


def test_each_device_has_the_recipes_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(
        gan, "emojax_program", lambda config, mode, count: asked.append((config, mode, count))
    )
    scaling.programs(4, together=False)["devices_4_mesh"]({"batch_size": 16})
    scaling.programs(4, together=False)["batch_x2"]({"batch_size": 16})
    assert asked == [({"batch_size": 64}, "mesh", 4), ({"batch_size": 32}, "jit", 1)]
