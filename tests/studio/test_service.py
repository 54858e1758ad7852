"""The page as a service: hostile uploads, many people at once, and what is left behind."""

import concurrent.futures
import json
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from emojax.avatar import demo

HOSTILE = 200


def upload(client: httpx.Client, data: bytes, name: str) -> Any:
    """What the page calls an uploaded file; None if it refuses it."""
    answer = client.post("upload", files={"files": (name, data)})
    if answer.status_code != 200:
        assert answer.status_code < 500, answer.text
        return None
    return {"path": answer.json()[0], "meta": {"_type": "gradio.FileData"}}


def call(client: httpx.Client, name: str, *data: Any) -> tuple[str, Any]:
    """The last event of a call, and what it brought."""
    event = client.post(f"call/{name}", json={"data": data}).raise_for_status().json()["event_id"]
    lines = client.get(f"call/{name}/{event}").text.splitlines()
    events = [line.removeprefix("event: ") for line in lines if line.startswith("event: ")]
    brought = [line.removeprefix("data: ") for line in lines if line.startswith("data: ")]
    return events[-1], json.loads(brought[-1])


@pytest.fixture
def client(served: Any) -> Any:
    with httpx.Client(base_url=f"{served.local_url}gradio_api/", timeout=120) as opened:
        yield opened


def test_an_avatar_over_http(client: httpx.Client) -> None:
    file = upload(client, demo.PORTRAIT.read_bytes(), "me.jpg")
    event, (svg, document) = call(client, "avatar", file, "line", 0)
    assert event == "complete"
    assert svg.startswith("<svg")
    assert document["style"] == "line"


def test_emoji_over_http(client: httpx.Client) -> None:
    event, (documents,) = call(client, "emoji", "face with heart eyes", 2, 0)
    assert event == "complete"
    assert [text[:4] for text in documents] == ["<svg", "<svg"]


def test_no_file_but_an_upload_is_read(client: httpx.Client) -> None:
    for path in (str(demo.PORTRAIT), "/etc/passwd"):
        for file in ({"path": path}, {"path": path, "meta": {"_type": "gradio.FileData"}}, path):
            event, _ = call(client, "avatar", file, "flat", 0)
            assert event == "error"


def hostile(number: int) -> bytes:
    """A photo with bytes changed, cut short or repeated; or no photo at all."""
    rng = np.random.default_rng(number)
    whole = bytearray(demo.PORTRAIT.read_bytes())
    match number % 5:
        case 0:
            return bytes(rng.integers(0, 256, int(rng.integers(0, 5000)), np.uint8))
        case 1:
            return bytes(whole[: int(rng.integers(1, len(whole)))])
        case 2:
            for at in rng.integers(0, 600, 20):  # in the headers
                whole[at] = int(rng.integers(0, 256))
            return bytes(whole)
        case 3:
            return b"\x89PNG\r\n\x1a\n" + bytes(rng.integers(0, 256, 400, np.uint8))
        case _:
            return b"<svg xmlns='http://www.w3.org/2000/svg'>" + b"<g>" * int(rng.integers(1, 9000))


def resident() -> int:
    """Bytes of memory that this process, which serves the page, has."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096


def test_hostile_uploads_neither_crash_nor_leave_the_folder(client: httpx.Client, work: Path) -> None:
    names = (
        "a.jpg",
        "../../a.png",
        "/etc/a.png",
        "a" * 200 + ".jpg",
        "CON",
        "<b>.svg",
        "é\n.webp",
        ".bashrc",
    )
    middle = 0
    for number in range(HOSTILE):
        file = upload(client, hostile(number), names[number % len(names)])
        if file is not None:
            real = Path(file["path"]).resolve()
            assert real.is_relative_to(work.resolve())
            event, _ = call(client, "avatar", file, "flat", 0)
            assert event in ("error", "complete")  # changed bytes may leave a photo
        if number == HOSTILE // 2:
            middle = resident()
    assert resident() < middle + 150 * 2**20
    file = upload(client, demo.PORTRAIT.read_bytes(), "me.jpg")
    assert call(client, "avatar", file, "flat", 0)[0] == "complete"


def test_ten_people_at_once_all_get_their_avatar(served: Any) -> None:
    def visit(_: int) -> str:
        with httpx.Client(base_url=f"{served.local_url}gradio_api/", timeout=120) as client:
            file = upload(client, demo.PORTRAIT.read_bytes(), "me.jpg")
            event, (svg, _) = call(client, "avatar", file, "flat", 0)
            assert event == "complete"
            return str(svg)

    with concurrent.futures.ThreadPoolExecutor(10) as pool:
        drawn = list(pool.map(visit, range(10)))
    assert len(set(drawn)) == 1
