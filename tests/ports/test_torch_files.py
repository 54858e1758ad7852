"""Checkpoints are read whole and exactly, and hostile ones do nothing."""

import collections
import io
import pickle
import random
import zipfile

import numpy as np
import pytest
from safetensors.numpy import save_file

from emojax.core.errors import UserError
from emojax.ports import pickles, torch_files
from emojax.ports.torch_files import read_state_dict

MAGIC = 0x1950A86A20F9469CFC6C
SYSTEM = {"protocol_version": 1001, "little_endian": True, "type_sizes": {"short": 2, "int": 4, "long": 4}}


def code(value) -> bytes:
    """The operations that push a plain value."""
    return pickle.dumps(value, 2)[2:-1]


def tensor_code(
    *, offset=0, shape=(2, 2), stride=(2, 1), size=4, key="0", call="torch._utils\n_rebuild_tensor_v2"
):
    storage = (
        b"(" + code("storage") + b"ctorch\nFloatStorage\n" + b"".join(map(code, (key, "cpu", size))) + b"tQ"
    )
    view = b"".join(map(code, (offset, shape, stride, False, collections.OrderedDict())))
    return f"c{call}\n".encode() + b"(" + storage + view + b"tR"


def state_code(value: bytes, name="w") -> bytes:
    return b"\x80\x02}" + code(name) + value + b"s."


def zipped(path, pickled: bytes, storages: dict[str, bytes], compression=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path, "w", compression) as archive:
        archive.writestr("archive/data.pkl", pickled)
        for key, data in storages.items():
            archive.writestr(f"archive/data/{key}", data)
    return path


def legacy(path, pickled: bytes, storages: dict[str, bytes], system=SYSTEM):
    header = b"".join(pickle.dumps(value, 2) for value in (MAGIC, 1001, system))
    keys = pickle.dumps(list(storages), 2)
    raw = b"".join((len(data) // 4).to_bytes(8, "little") + data for data in storages.values())
    path.write_bytes(header + pickled + keys + raw)
    return path


NUMBERS = np.arange(4, dtype="<f4")
CONTAINERS = pytest.mark.parametrize("container", [zipped, legacy])


@CONTAINERS
def test_a_tensor_is_a_view_of_its_storage(tmp_path, container):
    pickled = state_code(tensor_code(offset=1, shape=(3,), stride=(1,)))
    state = read_state_dict(container(tmp_path / "a.pth", pickled, {"0": NUMBERS.tobytes()}))
    np.testing.assert_array_equal(state["w"], [1, 2, 3])
    pickled = state_code(tensor_code(stride=(1, 2)))
    state = read_state_dict(container(tmp_path / "b.pth", pickled, {"0": NUMBERS.tobytes()}))
    np.testing.assert_array_equal(state["w"], [[0, 2], [1, 3]])


@pytest.mark.parametrize("zip_format", [True, False])
def test_what_torch_saves_is_read_exactly(tmp_path, zip_format):
    torch = pytest.importorskip("torch")
    base = torch.arange(24.0).reshape(2, 3, 4)
    state = collections.OrderedDict(
        plain=base,
        transposed=base.permute(2, 0, 1),
        part=base[1, 1:, ::2],
        scalar=torch.tensor(7),
        empty=torch.zeros(0, 3),
        parameter=torch.nn.Parameter(base[0]),
        half=base.half(),
        double=base.double(),
        bfloat16=base.bfloat16(),
        ints=torch.arange(3, dtype=torch.int32),
    )
    state._metadata = {"": {"version": 2}}
    torch.save(state, tmp_path / "a.pth", _use_new_zipfile_serialization=zip_format)
    read = read_state_dict(tmp_path / "a.pth")
    assert list(read) == list(state)
    for name, tensor in state.items():
        assert str(read[name].dtype) == str(tensor.dtype).removeprefix("torch.")
        np.testing.assert_array_equal(read[name].astype(np.float64), tensor.detach().double().numpy())


def test_safetensors_are_read_too(tmp_path):
    save_file({"w": NUMBERS}, tmp_path / "a.safetensors")
    np.testing.assert_array_equal(read_state_dict(tmp_path / "a.safetensors")["w"], NUMBERS)


@CONTAINERS
@pytest.mark.parametrize("callee", ["posix\nsystem", "os\nsystem", "builtins\neval", "torch\nload"])
def test_a_payload_is_refused_by_name_and_not_run(tmp_path, container, callee):
    victim = tmp_path / "ran"
    call = f"c{callee}\n(".encode() + code(f"touch {victim}") + b"tR"
    path = container(tmp_path / "evil.pth", state_code(call), {})
    with pytest.raises(UserError, match=callee.replace("\n", ".")):
        read_state_dict(path)
    assert not victim.exists()


@CONTAINERS
@pytest.mark.parametrize(
    "pickled",
    [
        b"\x80\x02" + code("os.system") + b"(" + code("true") + b"tR.",  # text is no function
        b"\x80\x02(itorch\nload\n.",  # other operations that call
        b"\x80\x04\x95\x00\x00\x00\x00\x00\x00\x00\x00\x8c\x02os\x8c\x06system\x93.",
        state_code(tensor_code(call="torch._utils\n_rebuild_qtensor")),
        pickle.dumps({"epoch": 3}, 2),
        pickle.dumps({"state_dict": {}}, 2),
        pickle.dumps([1], 2),
        pickle.dumps({}, 2),
        state_code(
            b"(" + code("module") + b"ctorch\nFloatStorage\n" + code("0") + code("cpu") + code(4) + b"tQ"
        ),
    ],
)
def test_what_is_no_plain_state_dict_is_refused(tmp_path, container, pickled):
    with pytest.raises(UserError, match="refused"):
        read_state_dict(container(tmp_path / "a.pth", pickled, {"0": NUMBERS.tobytes()}))


def test_a_whole_pickled_model_is_refused(tmp_path):
    torch = pytest.importorskip("torch")
    torch.save(torch.nn.Linear(2, 2), tmp_path / "model.pth")
    with pytest.raises(UserError, match=r"torch\.nn\.modules\.linear\.Linear.*state_dict"):
        read_state_dict(tmp_path / "model.pth")


@CONTAINERS
@pytest.mark.parametrize(
    "view",
    [
        {"offset": 1},
        {"offset": -1},
        {"stride": (2, 2)},
        {"stride": (-1, 1)},
        {"stride": (1,)},
        {"shape": (2**40, 2**40)},
        {"shape": (2**40,), "stride": (0,)},
        {"shape": (-2, -2)},
        {"shape": (1,) * 40, "stride": (1,) * 40},
        {"shape": ("2", 2)},
        {"size": 5},
        {"size": 2**62},
        {"key": "1"},
        {"key": "../data.pkl"},
    ],
)
def test_a_tensor_outside_its_storage_is_refused(tmp_path, container, view):
    path = container(tmp_path / "a.pth", state_code(tensor_code(**view)), {"0": NUMBERS.tobytes()})
    with pytest.raises(UserError, match="damaged"):
        read_state_dict(path)


def test_sizes_are_bounded(tmp_path, monkeypatch):
    pickled, storages = state_code(tensor_code(shape=(4,), stride=(1,))), {"0": NUMBERS.tobytes()}
    assert read_state_dict(zipped(tmp_path / "a.pth", pickled, storages))
    # Compression could make a small file a large one; PyTorch uses none.
    with pytest.raises(UserError, match="compressed"):
        read_state_dict(zipped(tmp_path / "b.pth", pickled, storages, zipfile.ZIP_DEFLATED))
    nested = (
        b"\x80\x02}" + b")" + b"\x85" * 500 + b"Ns."
    )  # as a key, deep enough it would overflow the C stack
    with pytest.raises(UserError, match="damaged"):
        read_state_dict(legacy(tmp_path / "c.pth", nested, {}))
    monkeypatch.setattr(pickles, "MAX_OPERATIONS", 10)
    with pytest.raises(UserError, match="10 pickle operations"):
        read_state_dict(tmp_path / "a.pth")
    monkeypatch.setattr(torch_files, "MAX_BYTES", 10)
    with pytest.raises(UserError, match="larger than 10 bytes"):
        read_state_dict(tmp_path / "a.pth")


def test_a_big_endian_file_is_not_misread(tmp_path):
    pickled = state_code(tensor_code())
    with pytest.raises(UserError, match="header"):
        read_state_dict(
            legacy(tmp_path / "a.pth", pickled, {"0": NUMBERS.tobytes()}, SYSTEM | {"little_endian": False})
        )
    path = zipped(tmp_path / "b.pth", pickled, {"0": NUMBERS.tobytes()})
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("archive/byteorder", "big")
    with pytest.raises(UserError, match="big-endian"):
        read_state_dict(path)


@CONTAINERS
def test_every_truncation_is_one_clear_line(tmp_path, container):
    whole = container(tmp_path / "a.pth", state_code(tensor_code()), {"0": NUMBERS.tobytes()}).read_bytes()
    for length in range(len(whole)):
        (tmp_path / "cut.pth").write_bytes(whole[:length])
        with pytest.raises(UserError, match=r"cut\.pth"):
            read_state_dict(tmp_path / "cut.pth")


@CONTAINERS
def test_changed_bytes_never_escape_as_another_error(tmp_path, container):
    whole = container(tmp_path / "a.pth", state_code(tensor_code()), {"0": NUMBERS.tobytes()}).read_bytes()
    rng = random.Random(0)
    for _ in range(400):
        data = bytearray(whole)
        for _ in range(rng.randint(1, 4)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        (tmp_path / "changed.pth").write_bytes(data)
        try:
            state = read_state_dict(tmp_path / "changed.pth")
        except UserError:
            continue
        assert all(isinstance(array, np.ndarray) for array in state.values())


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "neither"),
        (b"<html>Quota exceeded</html>", "neither"),
        (b"\0" * 257 + b"ustar\0" + b"\0" * 512, "oldest format"),
    ],
)
def test_other_files_get_advice(tmp_path, content, message):
    (tmp_path / "a.pth").write_bytes(content)
    with pytest.raises(UserError, match=message):
        read_state_dict(tmp_path / "a.pth")


def test_a_missing_file_or_a_folder_is_named(tmp_path):
    for path in (tmp_path / "absent.pth", tmp_path):
        with pytest.raises(UserError, match=str(path)):
            read_state_dict(path)


def test_containers_of_old_writers_are_read():
    """Python 2 wrote an OrderedDict as a call on pairs, and PyTorch 0.3 parameters as new objects."""
    pairs = b"ccollections\nOrderedDict\n(]" + b"]" + code("a") + b"a" + code(1) + b"aa" + b"tR."
    assert pickles.read_pickle(io.BytesIO(b"\x80\x02" + pairs)) == {"a": 1}
    parameter = (
        b"ctorch.nn.parameter\nParameter\n" + tensor_code(call="torch._utils\n_rebuild_tensor") + b"\x85\x81"
    )
    loaded = pickles.read_pickle(io.BytesIO(state_code(parameter + b"}b")))
    assert loaded["w"].shape == (2, 2)


def test_a_pickle_must_end():
    with pytest.raises(ValueError, match="STOP"):
        pickles.read_pickle(io.BytesIO(b"\x80\x02N"))
