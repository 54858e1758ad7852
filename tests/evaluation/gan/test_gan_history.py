"""A training run's log and grids are read back, and evaluated with its samples."""

import json
from pathlib import Path

import numpy as np
import pytest
from evaluation.gan.conftest import COUNT
from evaluation.support import drawn_emoji
from evaluation.support.drawn_emoji import SIZE, Projection

from emojax.core.errors import UserError
from emojax.evaluation.gan import history as gan_history
from emojax.evaluation.gan import report as gan_report
from emojax.evaluation.gan.pages import pictures as gan_pictures
from emojax.evaluation.gan.samples import Samples
from emojax.media import grids, image

ROWS = [
    {"step": 10, "d_loss": 0.1, "g_loss": 5.0, "d_real": 0.99, "d_fake": 0.01},
    {"step": 20, "d_loss": 0.6, "g_loss": 1.0, "d_real": 0.6, "d_fake": 0.4},
    {"step": 20, "val_kid": 0.25},
    {"step": 30, "d_loss": 0.9, "g_loss": 0.5, "d_real": 0.5, "d_fake": 0.7},
    {"step": 40, "d_loss": 0.2, "g_loss": 4.0, "d_real": 0.9, "d_fake": 0.1, "d_fake_after": 0.2},
]


def _log(*rows: dict[str, float], last: str = "") -> gan_history.History:
    workdir = Path("log")
    workdir.mkdir(exist_ok=True)
    (workdir / "metrics.jsonl").write_text("\n".join([*map(json.dumps, rows), last]))
    return gan_history.read_metrics(workdir)


def test_a_log_is_read_up_to_an_incomplete_row() -> None:
    history = _log(*ROWS, last='{"step": 50, "d_lo')
    assert history.steps == [10, 20, 30, 40]
    assert history.columns["d_loss"] == [0.1, 0.6, 0.9, 0.2]
    np.testing.assert_array_equal(history.columns["d_fake_after"], [np.nan, np.nan, np.nan, 0.2])
    assert history.scores == {"kid": [(20, 0.25)]}
    assert history.phases == {"discriminator leads": 0.5, "balanced": 0.25, "generator leads": 0.25}
    assert _log({"step": 1, "d_loss": 1.0}).phases == {}


@pytest.mark.parametrize(
    ("real", "fake", "phase"),
    [
        (0.81, 0.19, "discriminator leads"),
        (0.80, 0.19, "balanced"),
        (0.81, 0.20, "balanced"),
        (0.9, 0.5, "balanced"),
        (0.9, 0.51, "generator leads"),
    ],
)
def test_phases_begin_where_they_say(real: float, fake: float, phase: str) -> None:
    phases = _log({"step": 1, "d_loss": 1.0, "d_real": real, "d_fake": fake}).phases
    assert {name for name, share in phases.items() if share} == {phase}


def test_a_damaged_log_is_refused() -> None:
    with pytest.raises(UserError, match=r"metrics.jsonl: line 1 is no row"):
        _log({}, ROWS[0])
    with pytest.raises(UserError, match=r"metrics.jsonl: is missing"):
        gan_history.read_metrics(Path("nowhere"))
    Path("log/config.json").write_text('{"batch_size": 16}')
    assert gan_history.read_batch_size(Path("log")) == 16
    for text in ("{", "[]", '{"batch_size": 0}', '{"batch_size": "16"}'):
        Path("log/config.json").write_text(text)
        with pytest.raises(UserError, match="config.json: (cannot be read|is not JSON)"):
            gan_history.read_batch_size(Path("log"))


def test_grids_are_split_into_their_pictures() -> None:
    tiles = drawn_emoji.pictures(range(7))
    for step in range(1, 41):
        image.save_png(Path(f"run/samples/{step:08d}.png"), grids.grid(tiles[: min(step, 7)]))
    found = gan_history.read_grids(Path("run"), size=SIZE)
    assert len(found) == 32
    assert {1, 40} <= found.keys(), "the first and the last are among them"
    np.testing.assert_array_equal(found[40], tiles)
    third = sorted(found)[2]
    np.testing.assert_array_equal(found[third], tiles[:third])
    with pytest.raises(UserError, match="no grid of 64 px pictures"):
        gan_history.read_grids(Path("run"), size=64)
    assert gan_history.read_grids(Path("nowhere"), size=SIZE) == {}


def test_a_run_is_evaluated_with_its_history() -> None:
    history, reference = _log(*ROWS), drawn_emoji.reference()
    run = gan_report.Run(16, history, {10: reference.images[:4], 40: reference.images[:7]})
    samples = Samples("run", drawn_emoji.pictures(range(150, 150 + COUNT)))
    evaluation = gan_report.evaluate(samples, reference, [Projection()], seed=0, run=run)
    assert evaluation.report.phases == history.phases
    assert evaluation.report.ssim_over_epochs == [(10, pytest.approx(1.0)), (40, pytest.approx(1.0))]
    pictures = dict(gan_pictures.of_run(evaluation.report, run))
    assert pictures.keys() == {"losses", "ssim", "progress"}
    assert all(data.startswith(b"\x89PNG") for data in pictures.values())
