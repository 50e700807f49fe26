"""GitHub: a repository's stars and where it moved, https://docs.github.com/rest/repos/repos."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from surveyext.sources.client import garbled

if TYPE_CHECKING:
    from surveyext.sources.client import Web

_PART = re.compile(r"(?!\.+$)[A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class Repository:
    """What GitHub says of a repository."""

    url: str  #: Its address now.
    stars: int
    archived: bool


def name_of(url: str) -> str:
    """Return ``owner/name`` of a repository's address or of one below it, or ``""``."""
    parts = urlsplit(url)
    pieces = parts.path.strip("/").split("/")
    if parts.hostname not in {"github.com", "www.github.com"} or len(pieces) < 2:
        return ""
    owner, name = pieces[0], pieces[1].removesuffix(".git")
    return f"{owner}/{name}" if _PART.fullmatch(owner) and _PART.fullmatch(name) else ""


def is_whole(url: str) -> bool:
    """Tell the address of a repository from one of a folder or file in it, or elsewhere."""
    return bool(name_of(url)) and len(urlsplit(url).path.strip("/").split("/")) == 2


def moved(url: str, repository: Repository) -> str:
    """Return the address under the repository's present name; the path below it stays."""
    old = name_of(url)
    new = name_of(repository.url)
    if not new or new.lower() == old.lower():
        return url
    below = urlsplit(url).path.strip("/").split("/")[2:]
    return "/".join(["https://github.com", new, *below])


def fetch(web: Web, name: str) -> Repository:
    """Return what GitHub says of ``owner/name``; it redirects from former names.

    :raises WebError: There is no such repository, or no answer.
    """
    answer = web.get(f"https://api.github.com/repos/{name}", accept="application/vnd.github+json")
    body = answer.json("GitHub")
    try:
        stars, url = body["stargazers_count"], body["html_url"]
    except (KeyError, TypeError):
        raise garbled("GitHub", "repository") from None
    if not isinstance(stars, int) or not name_of(str(url)):
        raise garbled("GitHub", "repository")
    return Repository(url, stars, bool(body.get("archived")))
