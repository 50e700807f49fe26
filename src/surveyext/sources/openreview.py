"""OpenReview: the note of a forum, https://docs.openreview.net/getting-started/using-the-api.

Version 2 of its API wraps each value; older venues answer only version 1. Both may turn
programs away (403); what they publish stands in the forum page's header too.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from surveyext.sources import bibtex, normalise, page
from surveyext.sources.client import Fault, WebError, garbled
from surveyext.sources.finding import Finding

if TYPE_CHECKING:
    from surveyext.sources.client import Web

HOSTS = ("api2.openreview.net", "api.openreview.net")
_UNPUBLISHED = re.compile(r"^submitted to|withdrawn|rejected|under review|desk", re.IGNORECASE)


def fetch(web: Web, forum: str) -> Finding:
    """Return what OpenReview says of one forum.

    :raises WebError: There is no such forum, or no answer.
    """
    refused: WebError | None = None
    for host in HOSTS:
        try:
            body = web.get(f"https://{host}/notes", {"id": forum}, "application/json")
            if notes := _notes(body.json("OpenReview")):
                return parse(notes[0], forum)
        except WebError as error:
            if error.fault is Fault.OFFLINE:
                raise
            refused = error if error.fault is not Fault.GONE else refused
    if refused is None:
        message = f"OpenReview has no forum {forum}; check the id"
        raise WebError(Fault.GONE, message)
    try:
        return page.fetch(web, _address(forum))
    except WebError:
        right = "give the paper's arXiv number or DOI, or paste its BibTeX"
        raise WebError(refused.fault, f"OpenReview does not answer programs now; {right}") from None


def _address(forum: str) -> str:
    return f"https://openreview.net/forum?id={forum}"


def _notes(body: Any) -> list[dict[str, Any]]:
    notes = body.get("notes") if isinstance(body, dict) else None
    if not isinstance(notes, list) or not all(isinstance(each, dict) for each in notes):
        raise garbled("OpenReview", "notes")
    return notes


def parse(note: dict[str, Any], forum: str) -> Finding:
    """Turn a note of either version into a finding.

    :raises WebError: It is no submission.
    """
    content = note.get("content")
    if not isinstance(content, dict):
        raise garbled("OpenReview", "submission")
    values = {name: _value(each) for name, each in content.items()}
    names, venue = values.get("authors"), str(values.get("venue") or "")
    if not values.get("title") or not isinstance(names, list):
        raise garbled("OpenReview", "submission")
    own = _own_record(str(values.get("_bibtex") or ""))
    year = own.get("year") or (re.findall(r"\b20\d\d\b", venue) or [_day(note)])[-1]
    decided = bool(venue) and not _UNPUBLISHED.search(venue)
    full = own.get("booktitle") or own.get("journal") or venue
    where = "journal" if "journal" in own or venue == "TMLR" else "booktitle"
    fields = {
        "title": normalise.text(str(values["title"])),
        where: normalise.venue(full, year) if decided else "",
        "year": year,
        "url": _address(forum),
    }
    return Finding(
        "OpenReview",
        _address(forum),
        ("article" if where == "journal" else "inproceedings") if decided else "misc",
        normalise.people([_name(each) for each in names]),
        {name: value for name, value in fields.items() if value},
        published=decided,
        withdrawn=venue if "withdrawn" in venue.lower() else "",
    )


def _name(each: Any) -> str:
    """Return a person's name, which newer venues keep in a profile."""
    return str(each.get("fullname", "")) if isinstance(each, dict) else str(each)


def _value(each: Any) -> Any:
    return each.get("value") if isinstance(each, dict) else each


def _own_record(text: str) -> dict[str, str]:
    records, _ = bibtex.records(text, "OpenReview")
    return {name: normalise.text(value) for name, value in records[0].fields} if records else {}


def _day(note: dict[str, Any]) -> str:
    stamp = note.get("pdate") or note.get("cdate")
    milliseconds = stamp if isinstance(stamp, int) else 0
    return str(datetime.fromtimestamp(milliseconds / 1000, tz=UTC).year) if milliseconds else ""
