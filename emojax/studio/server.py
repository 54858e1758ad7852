"""The server of the page: on this machine alone, and the browser may load nothing from elsewhere."""

import os
import re
import tempfile
import threading
from pathlib import Path
from typing import Any, Final

HOST: Final = "127.0.0.1"
MAX_UPLOAD: Final = 64 * 2**20
"""Bytes of an upload, as of photos on the command line."""

_POLICY: Final = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "media-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self' data: blob:",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
    )
)
"""Content-Security-Policy. Gradio's own scripts are inline and compile templates, so both must be allowed."""

_HEADERS: Final = (
    (b"content-security-policy", _POLICY.encode()),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
)
_SHARING: Final = re.compile(
    rb"<meta[^>]*?(?:og:|twitter:)[^>]*?>|https://(?:raw\.githubusercontent|github)\.com/gradio-app/[\w./-]*"
)
"""Of Gradio's page: pictures and texts for social networks, and examples for its interface, elsewhere."""


class Guard:
    """ASGI middleware: headers by which browsers load nothing from elsewhere, and bounded requests."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Handles a request; see the ASGI specification."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if not declared.isdigit() or int(declared) > MAX_UPLOAD + 2**20:
            await send({"type": "http.response.start", "status": 413, "headers": [(b"content-length", b"0")]})
            await send({"type": "http.response.body", "body": b""})
            return
        page: list[dict[str, Any]] = []
        body: list[bytes] = []

        async def guarded(message: Any) -> None:
            if message["type"] == "http.response.start":
                headers = [(k, v) for k, v in message["headers"] if k.lower() not in dict(_HEADERS)]
                message = {**message, "headers": [*headers, *_HEADERS]}
                if dict(headers).get(b"content-type", b"").startswith(b"text/html"):
                    page.append(message)
                    return
            elif page:
                body.append(message.get("body", b""))
                if message.get("more_body"):
                    return
                text = without_sharing(b"".join(body))
                start = page[0]
                kept = [(k, v) for k, v in start["headers"] if k.lower() != b"content-length"]
                await send({**start, "headers": [*kept, (b"content-length", str(len(text)).encode())]})
                message = {"type": "http.response.body", "body": text}
            await send(message)

        await self.app(scope, receive, guarded)


def without_sharing(page: bytes) -> bytes:
    """Gradio's page without addresses elsewhere."""
    return _SHARING.sub(b"", page)


def work_folder() -> Path:
    """A new folder for uploads and files to download, which the caller removes at the end.

    Must be called before the page is built.
    """
    work = Path(tempfile.mkdtemp(prefix="emojax-studio-"))
    os.environ["GRADIO_TEMP_DIR"] = str(work / "uploads")
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    return work


def serve(
    work: Path,
    *,
    host: str = HOST,
    port: int | None = None,
    browser: bool = False,
    engine: Any = None,
    warm: bool = False,
) -> Any:
    """Starts the page in a thread.

    Args:
      work: of `work_folder`.
      host: address to listen on; that of this machine alone unless in a container.
      port: of that address; None takes a free one from 7860 on.
      browser: open the page in a browser.
      engine: an `engine.Engine`; None loads one.
      warm: compile in a thread what the first photo would wait for.

    Returns:
      The ``gradio.Blocks``, whose ``local_url`` is where it is.
    """
    from emojax.studio import page
    from emojax.studio.engine import Engine

    loaded = engine or Engine()
    blocks = page.build(loaded, work)
    blocks.launch(
        server_name=host,
        server_port=port,
        inbrowser=browser,
        prevent_thread_lock=True,
        quiet=True,
        share=False,
        show_error=False,
        max_file_size=MAX_UPLOAD,
        enable_monitoring=False,
        ssr_mode=False,
        pwa=False,
        mcp_server=False,
        state_session_capacity=100,
        # As Starlette unpacks its own `Middleware`: a class, and its arguments.
        app_kwargs={"middleware": [(Guard, (), {})]},
        **page.launch_options(),
    )
    if warm:
        threading.Thread(target=loaded.warm, daemon=True).start()
    return blocks
