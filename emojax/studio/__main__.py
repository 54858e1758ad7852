"""python -m emojax.studio: a page in the browser for avatars and emoji, on this machine alone."""

import json
import os
import shutil
import sys
import threading
import urllib.request
from collections.abc import Sequence

from emojax.core.errors import UserError
from emojax.core.runtime import OneLineParser, run_program, whole_number
from emojax.studio import server


def main(argv: Sequence[str] | None = None) -> None:
    """Parses flags, and serves the page until it is interrupted.

    Raises:
      UserError: a flag is wrong, or the port is taken.
    """
    parser = OneLineParser(prog="python -m emojax.studio", description=__doc__)
    parser.add_argument("--no_browser", action="store_true", help="do not open the page")
    parser.add_argument("--port", type=whole_number(1, 65_535), help="a free one from 7860 on")
    parser.add_argument(
        "--host",
        default=server.HOST,
        help="address to listen on; others than this machine's own let others in",
    )
    parser.add_argument(
        "--api", action="store_true", help="print the description of the HTTP interface, and end"
    )
    args = parser.parse_args(argv)
    work = server.work_folder()
    try:
        blocks = server.serve(
            work, host=args.host, port=args.port, browser=not (args.no_browser or args.api), warm=not args.api
        )
        if args.api:
            with urllib.request.urlopen(f"{blocks.local_url}gradio_api/openapi.json") as answer:
                print(json.dumps(json.load(answer), indent=1))
        else:
            print(f"emojax is at {blocks.local_url} until you press Ctrl-C", flush=True)
            threading.Event().wait()
        blocks.close(verbose=False)
    except OSError as error:
        if args.port is None:
            raise
        raise UserError(
            f"--port {args.port}: cannot be opened; choose another, or leave it out for a free one"
        ) from error
    finally:
        shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    run_program(main)
    # Without the interpreter's shutdown, under which threads of a page that still compute would crash.
    sys.stdout.flush()
    os._exit(0)
