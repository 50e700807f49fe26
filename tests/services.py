"""Services: a local server that answers as arXiv, Crossref and the others do, or as they must not.

It stands behind ``SURVEY_GATEWAY``: a request for https://HOST/PATH arrives as /HOST/PATH.
"""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ANSWERS = Path(__file__).parent / "answers"
ARXIV = "export.arxiv.org/api/query"
CROSSREF = "api.crossref.org/works/"
DBLP = "dblp.org/search/publ/api"
ANTHOLOGY = "aclanthology.org/"
OPENREVIEW = "api2.openreview.net/notes"
OPENREVIEW_1 = "api.openreview.net/notes"
GITHUB = "api.github.com/repos/"


@dataclass(frozen=True)
class Reply:
    """What the server sends once."""

    body: str | bytes = ""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    wait: float = 0.0  #: Seconds of silence before it.
    cut: bool = False  #: Announce more than is sent, and hang up.
    repeat: int = 1  #: Send the body so many times.


def answer(name: str, **more: Any) -> Reply:
    """Return the answer in a file of ``tests/answers``, with the media type of its service."""
    kinds = {
        ".atom": "application/atom+xml; charset=utf-8",
        ".json": "application/json",
        ".bib": "application/x-bibtex; charset=utf-8",
        ".html": "text/html; charset=utf-8",
    }
    headers = {"Content-Type": kinds[Path(name).suffix], **more.pop("headers", {})}
    return Reply((ANSWERS / name).read_bytes(), headers=headers, **more)


def text(name: str) -> str:
    """Return the text of an answer, to be bent."""
    return (ANSWERS / name).read_text(encoding="utf-8")


def page(body: str, **more: Any) -> Reply:
    """Return an HTML page."""
    return Reply(body, headers={"Content-Type": "text/html; charset=utf-8"}, **more)


def data(value: Any, **more: Any) -> Reply:
    """Return a value as JSON."""
    headers = {"Content-Type": "application/json", **more.pop("headers", {})}
    return Reply(json.dumps(value), headers=headers, **more)


NOTHING = page("<h1>404 Not Found</h1>", status=404)
NO_HITS = data({"result": {"hits": {"@total": "0", "@computed": "0", "@sent": "0"}}})
#: What OpenReview says to programs that nobody introduced.
CHALLENGE = data(
    {"name": "ChallengeRequiredError", "message": "Challenge required", "status": 403}, status=403
)


@dataclass
class Services:
    """The server: replies by the start of what was asked, the longest start first."""

    replies: dict[str, list[Reply]] = field(default_factory=dict)
    #: Method, target and headers (lower case) of each request.
    asked: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    on_request: Callable[[str], None] = lambda _target: None
    port: int = 0

    @property
    def gateway(self) -> str:
        """The value for ``SURVEY_GATEWAY``."""
        return f"http://127.0.0.1:{self.port}"

    def say(self, start: str, *replies: Reply) -> None:
        """Answer requests whose target starts so; the last reply is repeated."""
        self.replies[start] = list(replies)

    def targets(self) -> list[str]:
        """Return what was asked for, in order, without the method."""
        return [target for _, target, _ in self.asked]

    def reply(self, target: str) -> Reply:
        """Return the next reply for a target."""
        for start in sorted(self.replies, key=len, reverse=True):
            if target.startswith(start):
                queue = self.replies[start]
                return queue.pop(0) if len(queue) > 1 else queue[0]
        return NOTHING

    def run(self) -> ThreadingHTTPServer:
        """Start serving on a free port of this machine."""
        services = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                target = unquote_plus(self.path).removeprefix("/")
                headers = {name.lower(): value for name, value in self.headers.items()}
                services.asked.append((self.command, target, headers))
                services.times.append(time.monotonic())
                services.on_request(target)
                _send(self, services.reply(target))

            do_HEAD = do_GET  # noqa: N815  # the name that http.server looks for

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        self.port = server.server_port
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        return server


def _send(handler: BaseHTTPRequestHandler, reply: Reply) -> None:
    body = reply.body.encode() if isinstance(reply.body, str) else reply.body
    etag = reply.headers.get("ETag")
    unchanged = etag is not None and handler.headers.get("If-None-Match") == etag
    time.sleep(reply.wait)
    try:
        handler.send_response(304 if unchanged else reply.status)
        for name, value in reply.headers.items():
            handler.send_header(name, value.replace("{gateway}", _origin(handler)))
        size = 0 if unchanged else len(body) * reply.repeat
        handler.send_header("Content-Length", str(size + 1000 if reply.cut else size))
        handler.end_headers()
        if handler.command != "HEAD" and not unchanged:
            for _ in range(reply.repeat):
                handler.wfile.write(body)
        if reply.cut:
            handler.close_connection = True
    except ConnectionError:  # the client had enough
        handler.close_connection = True


def _origin(handler: BaseHTTPRequestHandler) -> str:
    return f"http://{handler.headers['Host']}"


def usual(services: Services) -> None:
    """Let the services know a handful of real papers."""
    services.say(f"{ARXIV}?id_list=2306.13649", answer("onpolicy.atom"))
    services.say(f"{ARXIV}?id_list=2012.15701", answer("binarybert.atom"))
    services.say(f"{ARXIV}?id_list=1910.01108", answer("distilbert.atom"))
    services.say(ARXIV, answer("nothing.atom"))
    services.say(DBLP, NO_HITS)
    services.say(f"{DBLP}?q=On Policy", answer("onpolicy-dblp.json"))
    services.say(f"{DBLP}?q=On policy", answer("onpolicy-dblp.json"))
    services.say(f"{DBLP}?q=BinaryBERT", answer("binarybert-dblp.json"))
    services.say("dblp.org/rec/conf/iclr/AgarwalVZSGGB24.bib", answer("onpolicy-dblp.bib"))
    services.say(f"{OPENREVIEW}?id=3zKtaqxLhW", answer("onpolicy-openreview.json"))
    services.say(f"{ANTHOLOGY}2021.acl-long.334.bib", answer("binarybert.bib"))
    services.say(f"{ANTHOLOGY}2020.findings-emnlp.372.bib", answer("tinybert.bib"))
    services.say(f"{CROSSREF}10.1007/978-3-031-43415-0_31", answer("knowprefix-crossref.json"))
    services.say("proceedings.neurips.cc/", answer("dynamic-page.html"))
