"""What a page weighs and whether it stands still while it comes over a network."""

from __future__ import annotations

import gzip
import threading
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from bs4 import BeautifulSoup
from playwright.sync_api import expect

from benchmarks.surveys import RECORDS
from benchmarks.weights import PAGES, beside, build, weight
from surveyext.survey.paging import LINES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conftest import Site
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.once
LIMIT = 150_000  #: Bytes, as a server sends them, for a technique page of sixty entries.
MOST = 300_000  #: The same for any page, with all that it loads before a reader asks.
#: What a line is on each page that goes on over others, or that an author splits.
ROWS = {
    "entries": "<tr",
    "equations": 'class="survey-check',
    "indexes/": "<li><p><a",
    "bibliography": 'class="citation"',
}
SHIFTS = """
  () => new Promise((resolve) => {
    const seen = [];
    new PerformanceObserver((list) => {
      for (const { value, sources } of list.getEntries()) {
        seen.push([value, ...sources.map(({ node }) => node?.className ?? node?.nodeName ?? "")]);
      }
    }).observe({ type: "layout-shift", buffered: true });
    setTimeout(() => resolve(seen), 500);
  })
"""


@dataclass
class Host:
    """A server of one folder that remembers what was asked for."""

    address: str = ""
    sent: dict[str, int] = field(default_factory=dict)  #: Bytes by path, compressed.
    made: dict[str, bytes] = field(default_factory=dict)  #: What the folder does not have.
    font_sent: threading.Event = field(default_factory=threading.Event)


class _Handler(SimpleHTTPRequestHandler):
    def __init__(self, *arguments: Any, host: Host, **options: Any) -> None:
        self.host = host
        super().__init__(*arguments, **options)

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        # The styles come last, so that what is fetched beside them is there before the page
        # is drawn first: what the page does is told apart from what the network does.
        if path.endswith("survey.css"):
            self.host.font_sent.wait(5)
        if path in self.host.made:
            self._send(self.host.made[path])
        else:
            super().do_GET()
        if path.endswith(".woff2"):
            self.host.font_sent.set()
        file = Path(self.translate_path(path))
        if path in self.host.made or file.is_file():
            content = self.host.made.get(path) or file.read_bytes()
            packed = path.endswith((".woff2", ".png"))
            self.host.sent[path] = len(content if packed else gzip.compress(content, 6))

    def _send(self, page: bytes) -> None:
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def serve() -> Iterator[Callable[[Path], Host]]:
    """Return what serves a folder on this machine until the test ends."""
    servers = []

    def start(folder: Path) -> Host:
        host = Host()
        handler = partial(_Handler, host=host, directory=str(folder))
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        host.address = f"http://127.0.0.1:{server.server_port}"
        return host

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def sixty(site: Site) -> str:
    """Return the page of most entries filled up to sixty with those of the next pages."""
    pages = [BeautifulSoup(path.read_text("utf-8"), "html.parser") for path in _techniques(site)]
    pages.sort(key=lambda page: len(page.select(".survey-card")), reverse=True)
    cards = [card for page in pages for card in page.select(".survey-card")][:60]
    own = pages[0].select(".survey-card")
    own[-1].insert_after(*(card.extract() for card in cards[len(own) :]))
    return str(pages[0])


def _techniques(site: Site) -> list[Path]:
    return sorted((site.out / "techniques").glob("*.html"))


def look(browser: Browser, host: Host, page_name: str, width: int) -> Page:
    """Open a page with an empty cache and wait until it rests."""
    page = browser.new_page(viewport={"width": width, "height": 900})
    page.goto(f"{host.address}/{page_name}", wait_until="networkidle")
    return page


def test_a_technique_page_of_sixty_entries_is_light(
    browser: Browser, serve: Callable[[Path], Host], site: Site
) -> None:
    host = serve(site.out)
    host.made["/techniques/sixty.html"] = sixty(site).encode()
    page = look(browser, host, "techniques/sixty.html", 1280)
    expect(page.locator(".survey-card")).to_have_count(60)
    page.close()
    assert {path.rpartition(".")[2] for path in host.sent} >= {"html", "css", "js", "woff2"}
    assert sum(host.sent.values()) < LIMIT, host.sent


def test_a_page_loads_only_what_it_has_a_use_for(
    browser: Browser, serve: Callable[[Path], Host], site: Site
) -> None:
    host = serve(site.out)
    for name, useless in {
        "techniques/pruning": {"pygments.css", "sphinx-design.min.css", "design-tabs.js"},
        "index": {"sphinx-design.min.css", "find.js", "survey-math.woff2"},
    }.items():
        host.sent.clear()
        host.font_sent.set()
        look(browser, host, f"{name}.html", 1280).close()
        assert {path.rpartition("/")[2] for path in host.sent} & useless == set(), name
    look(browser, host, "equations.html", 1280).close()  # Python stands there in colours
    assert "/_static/pygments.css" in host.sent


def full(site: Path, path: Path) -> tuple[str, int]:
    """Return what a page and all that it loads would weigh with as many lines as it may have."""
    name = path.relative_to(site).with_suffix("").as_posix()
    row = next(row for start, row in ROWS.items() if name.startswith(start))
    owner = name.rstrip("-0123456789")
    most = {"bibliography": RECORDS, "equations": LINES // 15}.get(owner, LINES)
    lines = path.read_text(encoding="utf-8").count(row)
    empty = weight(site / "search.html")
    return name, beside(site) + empty + (weight(path) - empty) * most // max(lines, 1)


def long_pages(site: Path) -> list[Path]:
    """Return the pages that have a line for each entry, record or equation."""
    return [path for name in ROWS for path in site.glob(f"{name}*.html")]


def test_no_page_of_this_survey_would_be_heavy_with_as_many_lines_as_it_may_have(
    site: Site,
) -> None:
    found = dict(full(site.out, path) for path in long_pages(site.out))
    assert found.keys() >= {"entries", "equations", "bibliography", "indexes/person"}
    assert {name: size for name, size in found.items() if size > MOST} == {}


def test_no_page_of_five_thousand_entries_would_be_heavy(tmp_path: Path) -> None:
    size, scale = 300, 5000 / 300
    site = build(tmp_path, size, survey_lines=int(LINES / scale))
    pages = {path.relative_to(site).as_posix(): path for path in site.rglob("*.html")}
    # An author decides how much is on the page of a technique or of a bibliography.
    grown = {name for name in pages if not name.startswith(("techniques/", "bibliography"))}
    assert len(grown) > len(PAGES)
    empty, others = weight(site / "search.html"), beside(site)
    found = {name: others + empty + (weight(pages[name]) - empty) * scale for name in grown}
    assert {name: size for name, size in found.items() if size > MOST} == {}


@pytest.mark.parametrize("width", [375, 1280])
@pytest.mark.parametrize("name", ["index", "techniques/pruning", "entries", "equations"])
def test_nothing_moves_while_a_page_loads(
    browser: Browser, serve: Callable[[Path], Host], site: Site, name: str, width: int
) -> None:
    host = serve(site.out)
    if "<math" not in site.page(name).read_text(encoding="utf-8"):
        host.font_sent.set()  # it will not be asked for
    page = look(browser, host, f"{name}.html", width)
    shifts = page.evaluate(SHIFTS)
    page.close()
    # The theme's button for light and dark comes with its script: 0.0004 at most.
    assert sum(value for value, *_ in shifts) < 0.001, shifts
