"""Trains a model: flags in, one call of `emojax.training.engine.loop.train` out.

python train.py --config=configs/dcgan.py --workdir=runs/dcgan [--config.epochs=50 ...]

The configuration is a recipe that ships, by its name (dcgan, bisenet:light), or a file with get_config().
"""

import sys
from pathlib import Path
from typing import Final, cast

from absl import flags

from emojax.core import paths, recipes
from emojax.core.errors import UserError
from emojax.core.runtime import run_program

_HELP = "The same command resumes a stopped run."
_QUOTES = "\"'"
_PATHS: Final = {
    "workdir": "folder for checkpoints, samples and metrics",
    "openmoji_dir": "folder with OpenMoji, which is downloaded by default",
    "data_dir": "for the face parser: photos and masks; for autoencoders: the output of "
    "emojax.avatar.datasets.celeb_parts",
    "pseudo_dir": "folder of emojax.training.parser.pseudo_labels, for the face parser",
    "init_weights": "weight file to start from",
    "keywords_dir": "folder with emojibase-data, which is downloaded by default, for the text encoder",
    "drawn_dir": "folder of emojax.avatar.datasets.drawn_parts, for autoencoders",
}


class _PathParser(flags.ArgumentParser):
    """As `runtime.local_path`, for the flags of absl."""

    def parse(self, argument: str) -> Path:
        try:
            return paths.local(str(argument))
        except UserError as error:
            raise ValueError(str(error)) from error


def main(argv: list[str] | None = None) -> None:
    """Parses flags and trains; errors as in `emojax.training.engine.loop.train`."""
    from ml_collections import config_flags  # here, so that `run` can say which extra brings it

    argv = _find_recipe(sys.argv if argv is None else ["train.py", *argv])
    values = flags.FlagValues()
    config = config_flags.DEFINE_config_file(
        "config",
        None,
        "recipe that ships, such as dcgan, or file with get_config()",
        flag_values=values,
        sys_argv=argv,  # where it looks for --config.field=value
    )
    _, *given = (
        flags.DEFINE(_PathParser(), name, None, meaning, flag_values=values)
        for name, meaning in _PATHS.items()
    )
    multihost = flags.DEFINE_bool(
        "multihost", False, "join the processes of a TPU pod, of Slurm or of mpirun", flag_values=values
    )
    coordinator = flags.DEFINE_string(
        "coordinator", None, "with --multihost elsewhere: HOST:PORT of process 0", flag_values=values
    )
    num_processes = flags.DEFINE_integer(
        "num_processes", None, "with --coordinator: how many", flag_values=values
    )
    process_id = flags.DEFINE_integer(
        "process_id", None, "with --coordinator: which one this is, from 0", flag_values=values
    )
    if any(a in ("-h", "--help", "-help") for a in argv[1:]):
        print(f"{__doc__}\n{_HELP}\n\n{values.get_help()}")
        return
    _parse(values, argv)

    # Imported here, so that an error in the flags comes at once.
    from emojax.training import tasks
    from emojax.training.devices import processes
    from emojax.training.engine import loop

    if multihost.value:
        processes.join(
            coordinator=coordinator.value, num_processes=num_processes.value, process_id=process_id.value
        )
    for flag in (coordinator, num_processes, process_id):
        if flag.value is not None and not multihost.value:
            raise UserError(f"--{flag.name} is read with --multihost: add that, or leave it out")
    folders: dict[str, Path] = {flag.name: flag.value for flag in given if flag.value}
    task = tasks.make_task(config.value)
    for name in folders:
        if name not in task.reads:
            raise UserError(f"--{name} is not read by this --config, which reads --{', --'.join(task.reads)}")
    folder = cast(Path, values["workdir"].value)
    for name, path in folders.items():
        if path.resolve() == folder.resolve():
            raise UserError(f"--workdir {folder}: is the --{name} too; choose another")
    written = {f"--workdir {folder}/{name}": folder / name for name in paths.WRITTEN_BY_RUNS}
    paths.refuse_replacing(written, folders.values())
    loop.train(task, folder, folders)


def _parse(values: flags.FlagValues, argv: list[str]) -> None:
    recipes.make_importable()
    try:
        rest = values(argv)
        if values["config"].value is not None:
            values["config"].value.get("task")  # loads the file, which absl puts off until it is used
    except OSError as error:
        cause = error.__cause__ or error
        raise UserError(f"--config: the file cannot be loaded ({cause})") from error
    except (SyntaxError, ImportError) as error:
        raise UserError(f"--config: the file cannot be loaded ({error})") from error
    except (flags.Error, AttributeError, KeyError, TypeError, ValueError) as error:
        raise UserError(_reason(error)) from error
    if len(rest) > 1:
        raise UserError(f"{rest[1]!r} is no flag: write --config=..., --workdir=..., --config.field=value")
    for name in ("config", "workdir"):
        if values[name].value is None:
            raise UserError(
                f"--{name} is missing: python train.py --config=configs/dcgan.py --workdir=runs/dcgan"
            )
    workdir = cast(Path, values["workdir"].value)
    if any(path.exists() and not path.is_dir() for path in (workdir, *workdir.parents)):
        raise UserError(
            f"--workdir: {workdir} is a file or inside one: give a folder, which is created if missing"
        )


def _reason(error: BaseException) -> str:
    """The message of an error, or of its cause where ml_collections has put a traceback into it."""
    if "Traceback" in str(error):
        while error.__context__ is not None:
            error = error.__context__
        return f"--config: {error}"
    text = str(error.args[0] if isinstance(error, KeyError) and error.args else error)
    name = text.strip(_QUOTES)
    return f"--config: there is no field {name!r}" if name.isidentifier() else text


def _find_recipe(argv: list[str]) -> list[str]:
    """`argv` with the file that ``--config`` names; for a missing one absl's own message is a page long."""
    words = list(argv)
    for i, word in enumerate(argv):
        flag, equals, name = word.lstrip("-").partition("=")
        if flag == "config" and equals:
            words[i] = f"--config={recipes.find(name)}"
        elif flag == "config":
            words[i + 1 :] = [recipes.find("".join(argv[i + 1 : i + 2])), *argv[i + 2 :]]
    return words


def run() -> None:
    """Entry point of ``train.py`` and ``emojax-train``."""
    run_program(main)


if __name__ == "__main__":
    run()
