"""The configuration of a run in its work directory, and the other texts beside it."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from emojax.core import untrusted
from emojax.core.errors import UserError
from emojax.core.files import replacing
from emojax.training.engine.task import Task


def compare(workdir: Path, task: Task, files: Mapping[str, str]) -> None:
    """Checks that what a work directory holds is of the same run; changes nothing.

    Args:
      workdir: of a run, of none yet, or missing.
      task: that is about to run there.
      files: its texts by file name, see `Task.run_files`.

    Raises:
      UserError: a field of the configuration differs, and the message names the first; a text differs, so the
        run was started with other data; or a file cannot be read.
    """
    _compare_config(workdir, task)
    for name, text in files.items():
        path = workdir / name
        try:
            differs = path.exists() and path.read_text(encoding="utf-8") != text
        except (OSError, ValueError) as error:
            raise UserError(f"{path} cannot be read ({error}): delete it, and it is written anew") from error
        if differs:
            raise UserError(f"{path} does not fit the data set: use another --workdir, or its data")


def write(workdir: Path, task: Task, files: Mapping[str, str]) -> None:
    """Writes ``config.json`` and the other texts of a run.

    Raises:
      OSError: they cannot be written.
    """
    text = json.dumps(json.loads(task.config.to_json()), indent=1) + "\n"
    for name, content in {"config.json": text, **files}.items():
        with replacing(workdir / name) as temporary:
            temporary.write_text(content, encoding="utf-8")


def read_text(path: Path, *, most: int) -> str:
    """A text of a run, of at most `most` bytes.

    Raises:
      UserError: it is missing, longer, or no text.
    """
    if not path.exists():
        raise UserError(f"{path} is missing: start train.py on the work directory again, which writes it")
    return untrusted.read_text(path, most=most)


def _compare_config(workdir: Path, task: Task) -> None:
    """Checks that ``config.json`` describes the same run, if there is one.

    Fields under ``run`` do not change the result of a run and may always differ; so may ``task.free_fields``.
    Fields that the stored configuration lacks have the values of `Task.complete`.

    Raises:
      UserError: another field differs; the message names the first.
    """
    path = workdir / "config.json"
    wanted = _flatten(json.loads(task.config.to_json()))
    if path.exists():
        try:
            stored = _flatten(task.complete(read_config(workdir)))
        except (TypeError, ValueError, AttributeError, KeyError) as error:
            raise UserError(
                f"{path} is no configuration of task {task.name!r} ({error}): use another --workdir"
            ) from error
        for name in sorted(stored.keys() | wanted.keys()):
            if name.split(".")[0] == "run" or name in task.free_fields:
                continue
            if stored.get(name) != wanted.get(name):
                raise UserError(
                    f"config.{name} is {wanted.get(name)!r} but {path} has {stored.get(name)!r}: "
                    "use another --workdir, or the value that this one was started with"
                )


def read_config(workdir: Path) -> dict[str, Any]:
    """The ``config.json`` of a work directory.

    Raises:
      UserError: there is none, or it is not JSON.
    """
    path = workdir / "config.json"
    try:
        config = json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise UserError(f"{workdir} holds no config.json: give the --workdir of a training run") from None
    except (ValueError, OSError, RecursionError) as error:
        raise UserError(f"{path} cannot be read ({error}): restore it or use another --workdir") from error
    if not isinstance(config, dict):
        raise UserError(f"{path} is not a configuration: restore it or use another --workdir")
    return config


def _flatten(tree: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in tree.items():
        if isinstance(value, dict):
            flat |= _flatten(value, f"{prefix}{name}.")
        else:
            flat[prefix + name] = value
    return flat
