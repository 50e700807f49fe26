"""Score each kind of page of a built site with Lighthouse, as a phone and a desktop see it.

usage: audit.py SITE LIGHTHOUSE PORT

The first score hangs on the machine: nothing else should run beside it.
"""

import gzip
import json
import os
import shutil
import subprocess
import sys
import threading
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

PAGES = (
    *("index", "techniques/pruning", "techniques/memory-efficient-fine-tuning", "entries"),
    *("indexes/year", "pictures", "notation", "equations", "evidence", "bibliography", "cite"),
)


class Packing(SimpleHTTPRequestHandler):
    """Serves files as hosts do: packed, to be kept for a while."""

    def do_GET(self) -> None:
        """Send a file."""
        path = Path(self.translate_path(urlsplit(self.path).path))
        if not path.is_file():
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        content = gzip.compress(path.read_bytes(), 6)
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", self.guess_type(path))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "max-age=1200")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def scores(lighthouse: str, address: str, *options: str) -> dict[str, int]:
    """Return the score of each category."""
    command = ["node", lighthouse, address, "--quiet", "--output=json", *options]
    flags = "--chrome-flags=--headless --no-sandbox"
    chrome = os.environ.get("CHROME_PATH") or shutil.which("chromium") or ""
    done = subprocess.run(
        [*command, flags],
        env={**os.environ, "CHROME_PATH": chrome},
        stdout=subprocess.PIPE,
        check=True,
    )
    found = json.loads(done.stdout)["categories"]
    return {name: round(100 * (each["score"] or 0)) for name, each in found.items()}


site, lighthouse, port = sys.argv[1:]
server = ThreadingHTTPServer(("127.0.0.1", int(port)), partial(Packing, directory=site))
threading.Thread(target=server.serve_forever, daemon=True).start()
for page in PAGES:
    for device, options in (("phone", ()), ("desktop", ("--preset=desktop",))):
        found = scores(lighthouse, f"http://127.0.0.1:{port}/{page}.html", *options)
        shown = ", ".join(f"{name} {score}" for name, score in found.items())
        sys.stdout.write(f"{page} ({device}): {shown}\n")
        sys.stdout.flush()
