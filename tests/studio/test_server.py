"""The server: nothing from elsewhere in the page, bounded bodies, and calls that others may make."""

import http.client
import json
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

import pytest

from emojax.core.errors import UserError
from emojax.studio import server
from emojax.studio.tabs.told import data_of, told


def test_the_page_names_no_other_host(served: Any) -> None:
    with urllib.request.urlopen(served.local_url) as answer:
        page = answer.read().decode()
        policy = answer.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "http:" not in policy
    assert "og:image" not in page
    for host in ("amazonaws", "googleapis", "githubusercontent", "cdnjs", "gradio.app"):
        assert host not in page, host


def test_social_tags_are_removed_and_others_stay() -> None:
    page = (
        b'<meta charset="utf-8"><meta\n property="og:image"\n content="https://x.y/z.jpg"\n/><title>a</title>'
    )
    assert server.without_sharing(page) == b'<meta charset="utf-8"><title>a</title>'


def test_bodies_are_bounded(served: Any) -> None:
    connection = http.client.HTTPConnection(urlparse(served.local_url).netloc, timeout=30)
    connection.putrequest("POST", "/gradio_api/upload")
    connection.putheader("content-length", str(server.MAX_UPLOAD * 2))
    connection.endheaders()
    assert connection.getresponse().status == 413
    connection.close()


def test_the_interface_is_described(served: Any) -> None:
    with urllib.request.urlopen(f"{served.local_url}gradio_api/openapi.json") as answer:
        described = json.load(answer)
    called = " ".join(described["paths"])
    assert "avatar" in called
    assert "emoji" in called
    assert described["openapi"].startswith("3.")


def test_errors_of_users_are_shown_without_markup() -> None:
    import gradio as gr

    def fails() -> None:
        raise UserError("<img src=x>: is wrong; choose another")

    with pytest.raises(gr.Error) as shown:
        told(fails)()
    assert "<img" not in shown.value.message
    assert "choose another" in shown.value.message


def test_only_uploads_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever calls the page over HTTP may name any path as an upload."""
    uploads = tmp_path / "uploads"
    uploads.mkdir()
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(uploads))
    (uploads / "a").write_bytes(b"abc")
    (tmp_path / "private").write_bytes(b"abc")
    (uploads / "link").symlink_to(tmp_path / "private")
    assert data_of({"path": str(uploads / "a")}) == b"abc"
    assert data_of(None) is None
    for path in (tmp_path / "private", uploads / "link", uploads / ".." / "private"):
        with pytest.raises(UserError, match="no upload"):
            data_of({"path": str(path)})
    with pytest.raises(UserError, match="expired"):
        data_of(str(uploads / "gone"))
