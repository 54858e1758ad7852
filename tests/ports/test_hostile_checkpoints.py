"""What a checkpoint makes its reader build is bounded by the file's size."""

import os
import time
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from ports.test_torch_files import NUMBERS, code, legacy, state_code, tensor_code, zipped

from emojax.core.errors import UserError
from emojax.ports import torch_files
from emojax.ports.torch_files import read_state_dict

SHARED = b"\x80\x02" + code([[f"k{n}", n] for n in range(3_000)]) + b"q\x63"  # a list, remembered as 99
STORAGE = b"(" + code("storage") + b"ctorch\nFloatStorage\n" + code("0") + code("cpu") + code(4) + b"tQ"
REBUILD = b"ctorch._utils\n_rebuild_tensor_v2\n"


def shapes(remembered: bytes) -> bytes:
    """5,000 tensors of which `remembered` is the shape."""
    tensor = REBUILD + b"(" + STORAGE + code(0) + b"h\x63h\x63" + code(False) + b"}tR"
    return b"\x80\x02" + remembered + b"q\x63" + tensor * 5_000 + b"."


HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "one list as many dicts": (
        lambda: SHARED + b"ccollections\nOrderedDict\nq\x62" + b"h\x62h\x63\x85R" * 2_000 + b".",
        "refused|damaged",
    ),
    "one list as many shapes": (lambda: shapes(code([1] * 100_000)), "shape"),
    "one text as many shapes": (lambda: shapes(code("1" * 100_000)), "shape"),
    "one tuple as many shapes": (lambda: shapes(code((1,) * 10_000)), "shape"),
    "too many operations": (lambda: b"\x80\x02" + b"N" * 200_001 + b".", "operations"),
    "a dict of a text": (
        lambda: b"\x80\x02ccollections\nOrderedDict\n" + code(("abcd",)) + b"R.",
        "damaged",
    ),
    "a long key": (lambda: b"\x80\x02" + code("x" * 100_000) + b"Q.", "refused|damaged"),
    "a key that is not there": (lambda: state_code(tensor_code(key="k" * 100_000)), "damaged"),
    "a long name": (lambda: state_code(tensor_code(size=5), name="n" * 100_000), "damaged"),
}


@pytest.mark.parametrize("container", [zipped, legacy])
@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_shared_is_not_built_again_and_again(
    name: str, container: Callable[..., Path], tmp_path: Path
) -> None:
    make, reason = HOSTILE[name]
    path = container(tmp_path / "a.pth", make(), {"0": NUMBERS.tobytes()})
    tracemalloc.start()
    start = time.process_time()
    try:
        with pytest.raises(UserError, match=reason) as caught:
            read_state_dict(path)
        assert tracemalloc.get_traced_memory()[1] < 50e6
    finally:
        tracemalloc.stop()
    assert time.process_time() - start < 10
    assert len(str(caught.value)) < 500


def test_a_list_of_millions_of_members_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = zipped(tmp_path / "a.pth", state_code(tensor_code()), {"0": NUMBERS.tobytes()})
    with zipfile.ZipFile(path) as archive:
        listed = sum(46 + len(entry.filename) for entry in archive.infolist())
    monkeypatch.setattr(torch_files, "_MAX_DIRECTORY_BYTES", listed)
    assert read_state_dict(path)
    monkeypatch.setattr(torch_files, "_MAX_DIRECTORY_BYTES", listed - 1)
    with pytest.raises(UserError, match="list of members"):
        read_state_dict(path)


def test_a_pipe_is_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.pth")
    with pytest.raises(UserError, match="not a regular file"):
        read_state_dict(tmp_path / "a.pth")
