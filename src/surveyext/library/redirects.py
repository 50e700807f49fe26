"""Redirects: where addresses lead that once were published and have moved; pure."""

from __future__ import annotations

import html
import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from surveyext.library import filenames
from surveyext.library.model import Kind, Problem
from surveyext.library.text import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping


_File = TypeVar("_File")


class Move(NamedTuple):
    """An address that moved: a page, ``page#place``, or a file such as ``cite/key.bib``."""

    old: str  #: Below the site's root, a page without ``.html``.
    new: str
    file: str  #: The table that says so.


def parse(data: dict[str, Any], file: str) -> tuple[tuple[Move, ...], list[Problem]]:
    """Turn the table ``"old address" = "new address"`` into moves; a faulty line is a problem."""
    moves, problems = [], []
    for old, new in data.items():
        if not isinstance(new, str) or not new:
            message = f"'{old}' needs the address where it is now, as a text; write it"
        elif fault := filenames.fault(old.partition("#")[0]):
            message = f"'{old}' is no address of this site: {fault}; write it as 'folder/page'"
        elif old.endswith(".html"):
            message = f"'{old}' ends in '.html'; write pages without it"
        elif filenames.is_reserved(old.partition("#")[0]) and "#" not in old:
            message = f"'{old}' is Sphinx's own address; remove its redirect"
        else:
            moves.append(Move(old, new, file))
            continue
        problems.append(Problem(file, 0, Kind.BAD_REDIRECT, message))
    return tuple(moves), problems


def check(moves: Iterable[Move], pages: Collection[str]) -> Iterator[Problem]:
    """Yield each move of a page or place that hides a page or leads nowhere.

    One that leads to what moved itself leads nowhere.
    """
    moves = [move for move in moves if not _is_file(move)]
    olds = {move.old for move in moves}
    for old, new, file in moves:
        page = new.partition("#")[0]
        if old in pages:
            message = f"'{old}' is here; remove its redirect"
        elif new in olds:
            message = f"'{old}' leads to '{new}', which moved too; name where that is now"
        elif page not in pages:
            message = _nowhere(old, page, pages)
        elif old.partition("#")[0] not in {*pages, *olds}:
            message = f"the page of '{old}' is not here; say where the page is now, too"
        else:
            continue
        yield Problem(file, 0, Kind.BAD_REDIRECT, message)


def check_files(moves: Iterable[Move], files: Collection[str]) -> Iterator[Problem]:
    """Yield each move of a file that hides a file or leads nowhere."""
    for move in filter(_is_file, moves):
        if move.old in files:
            message = f"'{move.old}' is here; remove its redirect"
            yield Problem(move.file, 0, Kind.BAD_REDIRECT, message)
        elif move.new not in files:
            message = _nowhere(move.old, move.new, files)
            yield Problem(move.file, 0, Kind.BAD_REDIRECT, message)


def _is_file(move: Move) -> bool:
    return "." in move.old.rpartition("/")[2].partition("#")[0]


def _nowhere(old: str, new: str, known: Collection[str]) -> str:
    hint = did_you_mean(new, known) or "name what is"
    return f"'{old}' leads to '{new}', which is not here; {hint.strip()}"


def places(moves: Iterable[Move], docname: str) -> dict[str, str]:
    """Return where each place of a page is now, by its id."""
    split = [(*old.partition("#")[::2], new) for old, new, _ in moves]
    return {place: new for page, place, new in split if page == docname and place}


def copies(moves: Iterable[Move], files: Mapping[str, _File]) -> dict[str, _File]:
    """Return files that moved, by their old names: a file cannot redirect.

    What is at its place stays, as :func:`check_files` says.
    """
    return {old: files[new] for old, new, _ in moves if new in files and old not in files}


def named_anew(body: str, names: Mapping[str, str]) -> str:
    """Return a page's HTML in which places answer to old names as well.

    :param names: The id of a place by the one it had.
    """
    for old, new in names.items():
        tag = re.compile(rf'<\w[^<>]*\sid="{re.escape(new)}"[^<>]*>')
        if found := tag.search(body):
            anchor = f'<span id="{html.escape(old)}"></span>'
            body = body[: found.end()] + anchor + body[found.end() :]
    return body


def page_script(places: Mapping[str, str]) -> str:
    """Return a script that follows a fragment to the page where its place is now.

    :param places: Address by id.
    """
    table = _json(places)
    return f"const place = {table}[location.hash.slice(1)]; if (place) location.replace(place);"


def page(target: str, canonical: str, places: Mapping[str, str]) -> str:
    """Return a page that leads on, with a script or without.

    :param target: The address where the page is now, from here.
    :param canonical: The same as an absolute address, or "" where nobody knows it.
    :param places: Addresses of places that are elsewhere, by id.
    """
    link = f'<link rel="canonical" href="{html.escape(canonical)}">\n' if canonical else ""
    shown, script = html.escape(target), f"{_json(places)}[location.hash.slice(1)]"
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>This page has moved</title>
<meta name="robots" content="noindex">
{link}<script>location.replace({script} ?? {_json(target)} + location.hash)</script>
<noscript><meta http-equiv="refresh" content="0; url={shown}"></noscript>
</head>
<body>
<p>This page has moved: <a href="{shown}">{shown}</a></p>
</body>
</html>
"""


def address(place: str, page: Callable[[str], str]) -> str:
    """Return an address of the table as one from the site's root.

    :param page: Turns a docname into the page's address below that root.
    """
    docname, hash_, fragment = place.partition("#")
    return f"{page(docname)}{hash_}{fragment}"


def _json(value: object) -> str:
    return json.dumps(value, sort_keys=True).replace("<", r"\u003c")
