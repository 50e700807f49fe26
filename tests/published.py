"""Published: the addresses that a built site offers, and all that it ever offered.

``python -m published SITE`` adds those of a site to the list, which only grows.
"""

from __future__ import annotations

import sys
from html.parser import HTMLParser
from pathlib import Path
from posixpath import dirname, join, normpath
from urllib.parse import unquote, urlsplit

LIST = Path(__file__).parent.parent / "docs/data/published.txt"

NO_ADDRESS = {"404.html"}  # it answers at any address
THEME = "#furo-main-content"  # of each page, for keyboards

BESIDE = (".ris", ".json", ".txt")  # forms that stand beside a .bib file of the same name


class _Page(HTMLParser):
    """What a page links and which places it has."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.ids: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "id" and value:
                self.ids.add(value)
            elif name == "href" and value and tag == "a":
                self.links.append(value)


def addresses(site: Path) -> tuple[set[str], set[str]]:
    """Return the addresses that a site's pages link within it, and all that it has.

    Both are below the site's root and without the ``.html`` of a page.
    """
    linked, there = set(), set()
    for path in site.rglob("*"):
        name = path.relative_to(site).as_posix()
        there.add(_short(name))
        if path.suffix != ".html" or name in NO_ADDRESS:
            continue
        page = _Page()
        page.feed(path.read_text(encoding="utf-8"))
        there |= {f"{_short(name)}#{place}" for place in page.ids}
        linked |= {_absolute(name, link) for link in page.links if _is_inside(link)}
    return {each for each in linked if not each.endswith((THEME, *BESIDE))}, there


def _is_inside(link: str) -> bool:
    parts = urlsplit(link)
    return not parts.scheme and not parts.netloc and not link.startswith("/")


def _absolute(page: str, link: str) -> str:
    parts = urlsplit(link)
    path = normpath(join(dirname(page), unquote(parts.path))) if parts.path else page
    return _short(path) + (f"#{unquote(parts.fragment)}" if parts.fragment else "")


def _short(path: str) -> str:
    return path.removesuffix(".html")


def published() -> set[str]:
    """Return every address that was published."""
    return set(LIST.read_text(encoding="utf-8").split("\n")) - {""}


if __name__ == "__main__":
    offered = addresses(Path(sys.argv[1]))[0]
    known = published() if LIST.exists() else set()
    LIST.write_text("".join(f"{line}\n" for line in sorted(known | offered)), encoding="utf-8")
    sys.stdout.write(f"{len(offered - known)} new, {len(known | offered)} in all: {LIST}\n")
