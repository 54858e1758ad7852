"""Several processes of one job, on one host or many: how they join, and how they decide as one.

Each process runs the same program. What only one of them can do, such as writing ``metrics.jsonl``, process 0
does; what depends on it is then sent to all, because a process that decides differently from the others waits
for them for ever in the next collective.
"""

import json
from collections.abc import Callable
from typing import Any, Final

import jax
import numpy as np

from emojax.core.errors import UserError

_MESSAGE_SIZE: Final = 8192
"""Bytes that one process sends to the others. Less, and a long error is cut; more costs nothing but time."""


def join(
    *, coordinator: str | None = None, num_processes: int | None = None, process_id: int | None = None
) -> None:
    """Joins this process with the others of its job. Call before anything else touches a device.

    Without arguments, JAX reads them from the environment of Cloud TPU, Slurm or Open MPI.

    Args:
      coordinator: ``HOST:PORT`` of process 0, a free port there.
      num_processes: of the job.
      process_id: of this process, from 0.

    Raises:
      UserError: some of the arguments are missing, no cluster is found, or the others do not answer.
    """
    given = {"coordinator": coordinator, "num_processes": num_processes, "process_id": process_id}
    missing = [name for name, value in given.items() if value is None]
    if 0 < len(missing) < len(given):
        raise UserError(
            f"--{missing[0]} is missing: give --coordinator, --num_processes and --process_id together, or "
            "none of them on Cloud TPU, under Slurm or under mpirun"
        )
    if num_processes is not None and process_id is not None and not 0 <= process_id < num_processes:
        raise UserError(f"--process_id is {process_id}: give a number from 0 to {num_processes - 1}")
    try:
        jax.distributed.initialize(coordinator, num_processes, process_id)
    except (ValueError, RuntimeError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise UserError(
            f"--multihost: no job to join ({reason}): start the same command on every host of a TPU pod, "
            "under Slurm or under mpirun, or give --coordinator, --num_processes and --process_id"
        ) from error


def several() -> bool:
    """Whether this process is one of several."""
    return jax.process_count() > 1


def is_first() -> bool:
    """Whether this is process 0, which writes logs and pictures."""
    return jax.process_index() == 0


def decide(function: Callable[[], Any]) -> Any:
    """Calls `function` in process 0 alone, and returns its result in every process.

    All processes have to call this in the same order.

    Args:
      function: returns what JSON can hold, some hundred characters of it.

    Raises:
      UserError: in every process, where `function` raised one.
    """
    if not several():
        return function()
    answer: dict[str, Any] = {}
    if is_first():
        try:
            answer["result"] = function()
        except UserError as error:
            answer["error"] = str(error)
    answer = _exchange(answer)[0]
    if "error" in answer:
        raise UserError(answer["error"])
    return answer["result"]


def together(function: Callable[[], Any]) -> Any:
    """Calls `function` in every process, and returns each its own result.

    Raises:
      UserError: in every process, where one of them raised one.
    """
    if not several():
        return function()
    result, error = None, None
    try:
        result = function()
    except UserError as raised:
        error = raised
    errors = [answer.get("error") for answer in _exchange({"error": str(error)} if error else {})]
    if error is not None:
        raise error
    for index, message in enumerate(errors):
        if message is not None:
            raise UserError(f"process {index} has stopped: {message}")
    return result


def preempted(call: int) -> bool:
    """Whether the cluster wants to stop one of the processes; all return True at the same `call`.

    JAX handles SIGTERM itself where there are several processes, and agrees on a call that none of them has
    made yet.

    Args:
      call: number of the call, one higher each time.
    """
    if not several():
        return False
    from jax.experimental import multihost_utils

    return bool(multihost_utils.reached_preemption_sync_point(call))


def _exchange(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """What every process has sent, in their order."""
    from jax.experimental import multihost_utils

    text = json.dumps(answer).encode()
    if len(text) > _MESSAGE_SIZE:
        text = json.dumps({name: str(value)[: _MESSAGE_SIZE // 8] for name, value in answer.items()}).encode()
    sent = np.zeros(_MESSAGE_SIZE, np.uint8)
    sent[: len(text)] = np.frombuffer(text, np.uint8)
    rows = multihost_utils.process_allgather(sent)
    return [json.loads(bytes(row).rstrip(b"\0")) for row in np.asarray(rows).reshape(-1, _MESSAGE_SIZE)]
