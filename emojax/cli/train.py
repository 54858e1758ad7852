"""Trains a model: flags in, one call of `emojax.training.engine.loop.train` out.

python train.py --config=configs/dcgan.py --workdir=runs/dcgan [--config.epochs=50 ...]
"""

import functools
import sys
from pathlib import Path

from absl import flags
from ml_collections import config_flags

from emojax.core.errors import UserError
from emojax.core.files import cache_dir
from emojax.core.runtime import expect_memory, run_program

_HELP = "The same command resumes a stopped run."

_MEMORY = 512 * 2**20
"""Bytes to ask for ahead: what the published GAN's first step leaves in use, counting all before it."""

_READS = {
    "gan": ("openmoji_dir",),
    "segmentation": ("data_dir", "pseudo_dir", "init_weights"),
    "reconstruction": ("data_dir", "drawn_dir"),
    "exemplar": ("openmoji_dir",),
}
"""Which of the flags that name data a task reads."""


def main(argv: list[str] | None = None, *, programs: Path | None = None) -> None:
    """Parses flags and trains; arguments and errors as in `emojax.training.engine.loop.train`."""
    values = flags.FlagValues()
    config = config_flags.DEFINE_config_file(
        "config", None, "file with get_config(), such as configs/dcgan.py", flag_values=values
    )
    workdir = flags.DEFINE_string(
        "workdir", None, "folder for checkpoints, samples and metrics", flag_values=values
    )
    openmoji = flags.DEFINE_string(
        "openmoji_dir", None, "folder with OpenMoji, instead of fetching it", flag_values=values
    )
    data = flags.DEFINE_string(
        "data_dir",
        None,
        "for the face parser: photos and masks; for autoencoders: the output of "
        "emojax.avatar.datasets.celeb_parts",
        flag_values=values,
    )
    pseudo = flags.DEFINE_string(
        "pseudo_dir",
        None,
        "folder of emojax.training.parser.pseudo_labels, for the face parser",
        flag_values=values,
    )
    init_weights = flags.DEFINE_string(
        "init_weights", None, "weight file that the face parser starts from", flag_values=values
    )
    drawn = flags.DEFINE_string(
        "drawn_dir",
        None,
        "folder of emojax.avatar.datasets.drawn_parts, for autoencoders",
        flag_values=values,
    )
    multihost = flags.DEFINE_bool(
        "multihost", False, "join the hosts of a TPU pod or cluster", flag_values=values
    )
    argv = sys.argv if argv is None else ["train.py", *argv]
    if any(a in ("-h", "--help", "-help") for a in argv[1:]):
        print(f"{__doc__}\n{_HELP}\n\n{values.get_help()}")
        return
    _parse(values, argv)

    # Imported late: a misspelt flag should not take seconds to be told.
    from emojax.training.engine import loop, parallel

    if multihost.value:
        parallel.join_hosts()
    folders = {
        flag.name: Path(flag.value).expanduser() if flag.value else None
        for flag in (openmoji, data, pseudo, init_weights, drawn)
    }
    mine = _READS.get(config.value.get("task"), ("data_dir",))
    for name, value in folders.items():
        if value and name not in mine:
            raise UserError(f"--{name} is not for this --config: it reads --{mine[0]}")
    loop.train(
        config.value,
        Path(str(workdir.value)).expanduser(),
        source=folders[mine[0]],
        pseudo_labels=folders["pseudo_dir"],
        init_weights=folders["init_weights"],
        drawn=folders["drawn_dir"],
        programs=programs,
    )


def _parse(values: flags.FlagValues, argv: list[str]) -> None:
    for i, word in enumerate(argv):
        flag, _, path = word.lstrip("-").partition("=")
        if flag == "config":
            # Its own message comes late, and is a page.
            path = (path or (argv[i + 1] if i + 1 < len(argv) else "")).split(":")[0]
            if not Path(path).is_file():
                raise UserError(f"--config: there is no file {path!r}: give one such as configs/dcgan.py")
    try:
        rest = values(argv)
        if values["config"].value is not None:
            values["config"].value.get("task")  # loads the file, if that has been put off
    except OSError as error:
        cause = error.__cause__ or error
        raise UserError(f"--config: the file cannot be loaded ({cause})") from error
    except (SyntaxError, ImportError) as error:
        raise UserError(f"--config: the file cannot be loaded ({error})") from error
    except (flags.Error, AttributeError, KeyError, TypeError, ValueError) as error:
        raise UserError(str(error).strip("\"'")) from error
    if len(rest) > 1:
        raise UserError(f"{rest[1]!r} is no flag: write --config=..., --workdir=..., --config.field=value")
    for name in ("config", "workdir"):
        if values[name].value is None:
            raise UserError(
                f"--{name} is missing: python train.py --config=configs/dcgan.py --workdir=runs/dcgan"
            )
    workdir = Path(str(values["workdir"].value)).expanduser()
    if any(path.exists() and not path.is_dir() for path in (workdir, *workdir.parents)):
        raise UserError(
            f"--workdir: {workdir} is or lies below a file: give a folder, which is made if missing"
        )


def run() -> None:
    """Entry point of ``train.py`` and ``emojax-train``."""
    expect_memory(_MEMORY)
    run_program(functools.partial(main, programs=cache_dir() / "programs"))


if __name__ == "__main__":
    run()
