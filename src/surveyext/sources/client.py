"""Client: requests that are polite, bounded and repeatable; every failure is one message."""

from __future__ import annotations

import contextlib
import json
import logging
import re
import sqlite3
import threading
import time
from collections import defaultdict
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import httpcore
import httpx
import stamina

from surveyext.sources.reach import Guard, resolved

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

#: Seconds between two requests to a host, as the services ask for:
#: https://info.arxiv.org/help/api/tou.html, https://dblp.org/faq/1474706.html
INTERVALS: Mapping[str, float] = {
    "export.arxiv.org": 3.0,
    "dblp.org": 2.0,
    "openreview.net": 2.0,
    "api.github.com": 0.2,
}
_INTERVAL = 1.0
_GITHUB = "api.github.com"
#: What repeating may mend; 403 is no such thing.
_AGAIN = {429, 500, 502, 503, 504}
_SIZE = 4_000_000  # bytes of a body; a real record has some ten thousand
logging.getLogger("stamina").addHandler(logging.NullHandler())  # we say it ourselves
_TIME = 60.0  # seconds for one answer, so that no drip holds the line for ever
_LONGEST_WAIT = 60.0  # seconds that a server may ask to wait for


class Fault(StrEnum):
    """How a request can end without an answer."""

    OFFLINE = "offline"  #: Nothing could be reached.
    GONE = "gone"  #: The server says that there is no such thing: 404, 410.
    REFUSED = "refused"  #: The server does not want to tell: 401, 403, 429. Not dead.
    BROKEN = "broken"  #: Too slow, too large, cut off, looping, or an error of the server.


class WebError(Exception):
    """A request that gave no answer; the message says what happened and what to do."""

    def __init__(self, fault: Fault, message: str) -> None:
        super().__init__(message)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server sent."""

    url: str  #: Where it came from in the end.
    text: str
    type: str = ""  #: Media type without parameters.
    moved: str = ""  #: The new address, when every hop on the way said that it is for good.

    def json(self, host: str) -> Any:
        """Return the body as JSON.

        :raises WebError: It is something else, such as an error page.
        """
        try:
            return json.loads(self.text)
        except (ValueError, RecursionError):
            raise garbled(host, "JSON") from None


def garbled(host: str, expected: str) -> WebError:
    """Return the error for an answer that is not what the service sends."""
    return WebError(Fault.BROKEN, f"{host} answered with no {expected}; try again later")


@dataclass(frozen=True, slots=True)
class Manners:
    """How to behave; every value has an option or a variable of its own."""

    mailto: str = ""  #: Where a service can complain.
    token: str = ""  #: GitHub's; without it GitHub answers 60 questions an hour.
    gateway: str = ""  #: Address that fetches for us: ``GATEWAY/host/path``; "" for none.
    pace: float = 1.0  #: Multiplies every wait.
    retries: int = 3
    timeout: float = 20.0  #: Seconds without a byte.


class Web:
    """A client that remembers answers; safe to use from several threads."""

    def __init__(self, manners: Manners, memory: Path) -> None:
        """Open the client.

        :param memory: The SQLite file that keeps answers for conditional requests.
        """
        self._manners = manners
        self.watch: Callable[[str], None] = lambda _host: None  #: Is told whom we ask.
        self.reached = False  #: Whether anybody answered.
        contact = f"; mailto:{manners.mailto}" if manners.mailto else ""
        self._client = httpx.Client(
            transport=_Polite(manners, _transport(manners)),
            follow_redirects=True,
            max_redirects=8,
            timeout=manners.timeout,
            headers={"User-Agent": f"surveyext (survey of papers{contact})"},
        )
        self._memory = Memory(memory)

    def __enter__(self) -> Web:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()
        self._memory.close()

    def get(self, url: str, params: Mapping[str, str] | None = None, accept: str = "*/*") -> Answer:
        """Return the answer to a GET request.

        :raises WebError: There is none.
        """
        request = self._request("GET", url, params, accept)
        known = self._memory.answer(request)
        if known:
            request.headers.update(known[0])
        response = self._send(request)
        if response.status_code == 304 and known:
            return known[1]
        _refuse(response)
        answer = Answer(
            url=str(response.url),
            text=_decoded(response),
            type=response.headers.get("content-type", "").partition(";")[0].strip().lower(),
            moved=_moved(response),
        )
        self._memory.keep(request, response, answer)
        return answer

    def look(self, url: str) -> Answer:
        """Return where an address leads, without its body when the server can do that.

        :raises WebError: It leads nowhere, or nobody can tell.
        """
        response = self._send(self._request("HEAD", url))
        if response.status_code in {400, 403, 404, 405, 501}:  # many know no HEAD, or say so
            response = self._send(self._request("GET", url, bodiless=True))
        _refuse(response)
        return Answer(str(response.url), "", moved=_moved(response))

    def _request(
        self,
        method: str,
        url: str,
        params: Mapping[str, str] | None = None,
        accept: str = "*/*",
        *,
        bodiless: bool = False,
    ) -> httpx.Request:
        # A compressed body could grow to any size here.
        headers = {"Accept": accept, "Accept-Encoding": "identity"}
        try:
            if self._manners.token and httpx.URL(url).host == _GITHUB:
                headers["Authorization"] = f"Bearer {self._manners.token}"
            extensions = {"bodiless": bodiless}
            return self._client.build_request(
                method, url, params=params, headers=headers, extensions=extensions
            )
        except httpx.InvalidURL:
            raise WebError(Fault.BROKEN, f"'{url}' is no address; copy it again") from None

    def _send(self, request: httpx.Request) -> httpx.Response:
        host = request.url.host
        self.watch(host)
        try:
            return self._send_again(request)
        except httpx.TooManyRedirects:
            message = f"{host} sends in circles; open {request.url} in a browser"
        except httpx.UnsupportedProtocol as error:
            message = f"{host} leads away from the web: {error}; give another address"
        except _TooLargeError:
            message = f"{host} sends more than {_SIZE // 1_000_000} MB; give another address"
        except httpx.ConnectError as error:
            fault = f"no connection to {host} ({error})"
            raise WebError(Fault.OFFLINE, f"{fault}; try again when it can be reached") from None
        except httpx.TimeoutException:
            message = f"{host} does not answer in time; try again later"
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
            message = f"{host} broke off ({error}); try again later"
        raise WebError(Fault.BROKEN, message)

    def _send_again(self, request: httpx.Request) -> httpx.Response:
        """Send, and again with growing pauses while that may help."""
        wait = self._manners.pace
        try:
            for attempt in stamina.retry_context(
                on=_again,
                attempts=1 + self._manners.retries,
                timeout=None,
                wait_initial=wait,
                wait_max=_LONGEST_WAIT,
                wait_jitter=wait,
            ):
                with attempt:
                    response = self._client.send(request)
                    self.reached = True
                    if response.status_code in _AGAIN:
                        raise _BusyError(response)
        except _BusyError as error:
            return error.response
        return response


class _BusyError(Exception):
    """A status that may be another one a little later."""

    def __init__(self, response: httpx.Response) -> None:
        super().__init__(response.status_code)
        self.response = response


def _again(error: Exception) -> bool | float:
    """Tell stamina whether to try again, or the seconds that the server asked for."""
    if isinstance(error, _BusyError):
        return _asked_to_wait(error.response) or True
    refused = isinstance(error, httpx.ConnectError)
    return (
        not refused
        and isinstance(error, httpx.TransportError)
        and not isinstance(error, (httpx.UnsupportedProtocol, _TooLargeError))
    )


def _refuse(response: httpx.Response) -> None:
    """Raise what a status other than success means."""
    status, host = response.status_code, response.url.host
    if response.is_success:
        return
    if status in {404, 410}:
        raise WebError(Fault.GONE, f"{host} knows nothing at {response.url}; check the identifier")
    if status in {401, 403, 429}:
        github = host == _GITHUB
        right = "set GITHUB_TOKEN" if github else "open it in a browser, or try again later"
        raise WebError(Fault.REFUSED, f"{host} does not answer programs now ({status}); {right}")
    raise WebError(Fault.BROKEN, f"{host} has a fault of its own ({status}); try again later")


def _moved(response: httpx.Response) -> str:
    for_good = all(hop.status_code in {301, 308} for hop in response.history)
    return str(response.url) if response.history and for_good else ""


def _decoded(response: httpx.Response) -> str:
    """Return the text: UTF-8 if it can be that, for declared charsets are often wrong."""
    for charset in ("utf-8-sig", response.charset_encoding or "", "cp1252"):
        with contextlib.suppress(UnicodeDecodeError, LookupError):
            return response.content.decode(charset)
    return response.content.decode("latin-1")


#: What no program here can read: its type is told, its body left.
_FOREIGN = re.compile(
    r"(?:audio|font|image|model|video)/|application/(?!.*\b(?:json|xml|x-?bibtex|x-?tex)\b)",
    re.IGNORECASE,
)


def _transport(manners: Manners) -> httpx.HTTPTransport:
    """Return httpx's own transport over guarded connections, each for one request."""
    transport = httpx.HTTPTransport()
    transport._pool = httpcore.ConnectionPool(
        ssl_context=httpx.create_ssl_context(),
        max_keepalive_connections=0,
        network_backend=Guard(_TIME, anywhere=bool(manners.gateway)),
    )
    return transport


class _TooLargeError(httpx.RequestError):
    """A body past the limit; repeating does not mend it."""


class _Polite(httpx.BaseTransport):
    """Spaces the requests to a host, and reads bodies within bounds."""

    def __init__(self, manners: Manners, inner: httpx.BaseTransport) -> None:
        self._manners = manners
        self._inner = inner
        self._turns: dict[str, threading.Lock] = defaultdict(threading.Lock)
        self._free: dict[str, float] = {}  # host -> when its next request may start

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.scheme not in {"http", "https"}:
            raise httpx.UnsupportedProtocol(f"'{request.url.scheme}:' is not followed")
        host = request.url.host
        with self._turns[host]:  # one request at a time
            time.sleep(max(0.0, self._free.get(host, 0.0) - time.monotonic()))
            try:
                return self._ask(request)
            finally:
                wait = INTERVALS.get(host, _INTERVAL) * self._manners.pace
                self._free[host] = max(self._free.get(host, 0.0), time.monotonic() + wait)

    def _ask(self, request: httpx.Request) -> httpx.Response:
        response = self._inner.handle_request(self._routed(request))
        with contextlib.closing(response):
            if response.headers.get("content-encoding", "identity") != "identity":
                raise httpx.RemoteProtocolError("a compressed body, which was not asked for")
            self._free[request.url.host] = time.monotonic() + _asked_to_wait(response)
            head = request.method == "HEAD" or request.extensions.get("bodiless")
            foreign = _FOREIGN.match(response.headers.get("content-type", ""))
            body = b"" if head or foreign else _body(response)
        headers = [
            (name, value)
            for name, value in response.headers.multi_items()
            if name not in {"content-length", "transfer-encoding"}
        ]
        return httpx.Response(response.status_code, headers=headers, content=body)

    def _routed(self, request: httpx.Request) -> httpx.Request:
        """Return the request as it is sent: as it is, or through the gateway.

        Names are the gateway's to look up; it shall be asked for no address inside a network.
        """
        if not self._manners.gateway:
            return request
        try:
            resolved(request.url.host, 80, numeric=True)
        except httpcore.UnsupportedProtocol as error:
            raise httpx.UnsupportedProtocol(str(error)) from None
        target = request.url.raw_path.decode("ascii").removeprefix("/")
        url = httpx.URL(f"{self._manners.gateway.rstrip('/')}/{request.url.host}/{target}")
        headers = {**request.headers, "host": url.netloc.decode("ascii")}
        return httpx.Request(request.method, url, headers=headers, extensions=request.extensions)

    def close(self) -> None:
        self._inner.close()


def _body(response: httpx.Response) -> bytes:
    body = bytearray()
    assert isinstance(response.stream, httpx.SyncByteStream)  # httpx's promise
    for chunk in response.stream:
        body += chunk
        if len(body) > _SIZE:
            raise _TooLargeError("too large")
    return bytes(body)


def _asked_to_wait(response: httpx.Response) -> float:
    """Return the seconds that the server asks everybody to wait."""
    asked = response.headers.get("retry-after", "") if response.status_code in _AGAIN else ""
    if asked.isdecimal():
        return min(float(asked), _LONGEST_WAIT)
    with contextlib.suppress(TypeError, ValueError):
        return min(max(0.0, parsedate_to_datetime(asked).timestamp() - time.time()), _LONGEST_WAIT)
    return 0.0


class Memory:
    """Answers by address, so that a server need not send again what did not change."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        try:
            self._data = _open(path)
        except sqlite3.DatabaseError:  # spoilt, or of another kind; nothing in it is precious
            path.unlink(missing_ok=True)
            self._data = _open(path)

    def answer(self, request: httpx.Request) -> tuple[dict[str, str], Answer] | None:
        """Return the headers that ask for changes only, and the answer if there are none."""
        query = (
            "SELECT etag, modified, final, text, type, moved FROM answers WHERE url=? AND accept=?"
        )
        with self._lock:
            row = self._data.execute(query, _name(request)).fetchone()
        if row is None:
            return None
        etag, modified, final, text, kind, moved = row
        headers = {"If-None-Match": etag, "If-Modified-Since": modified}
        return {k: v for k, v in headers.items() if v}, Answer(final, text, kind, moved)

    def keep(self, request: httpx.Request, response: httpx.Response, answer: Answer) -> None:
        """Remember an answer that the server can be asked about again."""
        etag = response.headers.get("etag", "")
        modified = response.headers.get("last-modified", "")
        if etag or modified:
            row = (etag, modified, answer.url, answer.text, answer.type, answer.moved)
            with self._lock:
                self._data.execute(
                    "INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    (*_name(request), *row),
                )

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._data.close()


def _open(path: Path) -> sqlite3.Connection:
    data = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
    try:
        data.execute("PRAGMA journal_mode = WAL")
        data.execute(
            "CREATE TABLE IF NOT EXISTS answers"
            "(url, accept, etag, modified, final, text, type, moved, PRIMARY KEY (url, accept))"
        )
    except sqlite3.DatabaseError:
        data.close()
        raise
    return data


def _name(request: httpx.Request) -> tuple[str, str]:
    return str(request.url), request.headers["accept"]
