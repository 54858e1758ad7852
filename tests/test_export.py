"""Models that ship can be served with JAX alone, on every platform and with any batch."""

import json
import subprocess
import sys
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import export as jax_export

from emojax import weights
from emojax.core.errors import UserError
from emojax.evaluation.measures import features
from emojax.export import __main__ as program
from emojax.export import models, stablehlo

# Not all that ship: the larger ones take seconds each, and are of the same kinds.
SMALL = ("cdcgan_best", "features", "autoencoder", "attributes", "text", "naming")

LOADER = """
import sys
import numpy as np
import jax
data = bytearray(open(sys.argv[1], "rb").read())
arrays = np.load(sys.argv[2])
model = jax.export.deserialize(data)
np.save(sys.argv[3], np.asarray(model.call(*[arrays[name] for name in arrays])))
assert not [name for name in sys.modules if name.split(".")[0] in ("emojax", "flax")]
"""


@pytest.mark.parametrize("name", SMALL)
def test_exported_models_agree_with_emojax_on_any_batch(name: str, tmp_path: Path) -> None:
    target = stablehlo.write(name, tmp_path)
    about = json.loads(target.with_suffix(".json").read_text())
    exported = jax_export.deserialize(bytearray(target.read_bytes()))
    assert exported.platforms == stablehlo.PLATFORMS == tuple(about["platforms"])
    assert about["largest_difference"] <= stablehlo.TOLERANCE
    assert [list(map(str, aval.shape)) for aval in exported.in_avals] == [
        list(map(str, described["shape"])) for described in about["inputs"].values()
    ]
    one = [np.zeros((1, *shape), dtype) for shape, dtype, _ in models.served(name).inputs.values()]
    assert exported.call(*one).shape[0] == 1


def test_a_process_with_jax_alone_computes_the_same(tmp_path: Path) -> None:
    target = stablehlo.write("features", tmp_path)
    net = features.emoji_net()
    images = np.random.default_rng(1).integers(0, 256, (5, 64, 64, 3), np.uint8)
    np.savez(tmp_path / "inputs.npz", images)
    subprocess.run(
        [sys.executable, "-c", LOADER, target, tmp_path / "inputs.npz", tmp_path / "out.npy"],
        check=True,
        cwd=tmp_path,
    )
    found = np.load(tmp_path / "out.npy")
    np.testing.assert_allclose(found * np.sqrt(found.shape[1]), net(images), atol=1e-4)


def test_every_model_that_ships_is_of_a_kind_that_can_be_served() -> None:
    for file in Path(weights.__file__).parent.glob("*.safetensors"):
        model = models.served(file.stem)
        assert model.inputs
        assert "[batch" in model.output


def _doubled() -> models.Served:
    inputs = {"x": ((3,), "float32", "numbers")}
    return models.Served(lambda x: 2 * x, inputs, "twice", lambda x: 2 * x)


def test_a_program_that_computes_something_else_is_not_written(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    model = _doubled()
    data = stablehlo.to_stablehlo(model)
    assert stablehlo.difference(data, model) == 0.0
    # Off by two thousandths of the largest number, in one place.
    wrong = model._replace(reference=lambda x: 2 * x + 0.002 * np.abs(2 * x).max() * (np.arange(3) == 1))
    assert stablehlo.difference(data, wrong) == pytest.approx(0.002, rel=0.05)
    assert stablehlo.difference(data, model._replace(reference=lambda x: x[:1])) == float("inf")
    nan = model._replace(function=lambda x: jnp.full(x.shape, jnp.nan))
    for bad in (wrong, nan):
        monkeypatch.setattr(models, "served", lambda _, bad=bad: bad)
        with pytest.raises(UserError, match="dcgan: the exported program differs from emojax's by"):
            stablehlo.write("dcgan", tmp_path)
    assert not list(tmp_path.iterdir())


def test_programs_are_written_and_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(models, "served", lambda _: _doubled())
    program.main(["all", "--out", str(tmp_path / "served")])
    names = sorted(file.stem for file in Path(weights.__file__).parent.glob("*.safetensors"))
    assert sorted(f.name for f in (tmp_path / "served").iterdir()) == sorted(
        f"{name}.{suffix}" for name in names for suffix in ("stablehlo", "json")
    )
    assert "dcgan.stablehlo: 0.0 MB, for cpu, cuda, tpu" in capsys.readouterr().out
    assert jax.__version__ in (tmp_path / "served" / "dcgan.json").read_text()


def test_unknown_models_and_files_for_folders_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no weights named 'vgg'"):
        program.main(["vgg", "--out", str(tmp_path)])
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="--out .*file is a file: name a folder"):
        program.main(["dcgan", "--out", str(tmp_path / "file")])
