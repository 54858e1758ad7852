"""config.json decides whether a work directory may be resumed."""

from pathlib import Path

import pytest
from training.support.small_gan import small_task

from emojax.core.errors import UserError
from emojax.training.engine import checkpoints


def _write(workdir: Path, **changes) -> None:  # type: ignore[no-untyped-def]
    workdir.mkdir(exist_ok=True)
    checkpoints.write_or_compare_config(workdir, small_task(**changes))


def test_same_run_or_a_longer_one_is_writeed(tmp_path: Path) -> None:
    _write(tmp_path / "w")
    _write(tmp_path / "w", epochs=900, run={"log_every": 7})
    assert checkpoints.read_config(tmp_path / "w")["epochs"] == 900


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"batch_size": 8}, "config.batch_size is 8 but .* has 16"),
        ({"data": {"name": "faces"}}, "config.data.name is 'faces'"),
        ({"model": {"latent_size": 9}}, "config.model.latent_size is 9"),
        ({"generator_optimizer": {"b1": 0.5}}, "config.generator_optimizer.b1 is 0.5"),
    ],
)
def test_another_run_is_refused_by_field(tmp_path: Path, changes, words: str) -> None:  # type: ignore[no-untyped-def]
    _write(tmp_path / "w")
    before = (tmp_path / "w" / "config.json").read_bytes()
    with pytest.raises(UserError, match=words):
        _write(tmp_path / "w", **changes)
    assert (tmp_path / "w" / "config.json").read_bytes() == before


@pytest.mark.parametrize("text", ["{", "[]", ""])
def test_a_broken_config_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "config.json").write_text(text)
    with pytest.raises(UserError, match=r"config\.json"):
        checkpoints.read_config(tmp_path)
    with pytest.raises(UserError, match=r"holds no config\.json"):
        checkpoints.read_config(tmp_path / "elsewhere")
