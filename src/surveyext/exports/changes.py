"""Changes: what differs between two states of entries.json, as Markdown for release notes; pure.

``python -m surveyext.exports.changes OLD NEW`` prints it.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    _Entry = Mapping[str, Any]  # as entries.schema.json has it

#: What a correction of the record is about; where an entry stands and what it says are not.
_FIELDS = ("title", "people", "year", "venue", "type", "doi", "arxiv", "name", "links")
#: The same in the record, under the names of CSL-JSON.
_RECORD = ("container-title", "collection-title", "volume", "issue", "page", "publisher")
#: What changes by itself when a preprint is published.
_WITH_PUBLICATION = {"year", "venue", "type", "doi", "links", *_RECORD}
_IDENTIFIERS = ("doi", "arxiv")
_MARKUP = re.compile(r"[\\`*_\[\]<>#|$]")

#: Where a line would open a list or be a rule.
_OPENS = re.compile(r"^(?:(?=[-+=])|([0-9]+)(?=[.)](?:\s|$)))")


@dataclass(frozen=True, slots=True)
class Change:
    """One entry that is not as it was."""

    entry: _Entry  #: In its newer state; when it was removed, in its last.
    what: str = ""  #: What became of it: "year: 2022 → 2023".


@dataclass(frozen=True, slots=True)
class Changes:
    """All that differs, in reading order. An entry may be in several of these."""

    added: tuple[Change, ...]
    removed: tuple[Change, ...]
    renamed: tuple[Change, ...]  #: The same paper under another key.
    published: tuple[Change, ...]  #: Was a preprint.
    moved: tuple[Change, ...]
    corrected: tuple[Change, ...]


def diff(old: Sequence[_Entry], new: Sequence[_Entry]) -> Changes:
    """Compare the entries of two states.

    :param old: ``entries`` of the earlier entries.json.
    :param new: The same of the later one.
    """
    before = {entry["key"]: entry for entry in old}
    after = {entry["key"]: entry for entry in new}
    keys = _renamed(before, after)
    gone = set(before) - set(after) - set(keys.values())
    pairs = [
        (before[keys.get(key, key)], entry)
        for key, entry in after.items()
        if keys.get(key, key) in before
    ]
    return Changes(
        added=tuple(
            Change(entry) for key, entry in after.items() if key not in before and key not in keys
        ),
        removed=tuple(Change(entry) for key, entry in before.items() if key in gone),
        renamed=tuple(
            Change(entry, f"was {_code(keys[key])}, is {_code(key)}")
            for key, entry in after.items()
            if key in keys
        ),
        published=tuple(
            Change(now, f"in {_plain(now['venue']) or now['year']}")
            for was, now in pairs
            if _became_published(was, now)
        ),
        moved=tuple(
            Change(now, f"{_place(was)} \u2192 {_place(now)}")
            for was, now in pairs
            if _place(was) != _place(now)
        ),
        corrected=tuple(
            Change(now, "; ".join(found))
            for was, now in pairs
            if (found := [*_corrected(was, now)])
        ),
    )


def _renamed(before: Mapping[str, _Entry], after: Mapping[str, _Entry]) -> dict[str, str]:
    """Return the old key of each new one that has the identifier of an entry that is gone."""
    gone = {
        (name, entry[name]): key
        for key, entry in before.items()
        if key not in after
        for name in _IDENTIFIERS
        if entry.get(name)
    }
    found: dict[str, str] = {}
    for key, entry in after.items():
        same = [
            gone[name, entry.get(name)] for name in _IDENTIFIERS if (name, entry.get(name)) in gone
        ]
        if key not in before and same and same[0] not in found.values():
            found[key] = same[0]
    return found


def _became_published(was: _Entry, now: _Entry) -> bool:
    return was.get("published") is False and now.get("published") is True


def _place(entry: _Entry) -> str:
    return " / ".join(_plain(part) for part in (entry["technique"], entry["section"]) if part)


def _corrected(was: _Entry, now: _Entry) -> Iterator[str]:
    expected = _WITH_PUBLICATION if _became_published(was, now) else set()
    old, new = _facts(was), _facts(now)
    for name, value in new.items():
        # A field that one of the two states does not know tells nothing.
        if name in old and old[name] != value and name not in expected:
            before, after = _differing(old[name], value)
            yield f"{name}: {_value(before)} \u2192 {_value(after)}"


def _differing(was: object, now: object) -> tuple[object, object]:
    """Leave out of two tables what both have; other values stay."""
    if isinstance(was, dict) and isinstance(now, dict):
        gone = {name: value for name, value in was.items() if now.get(name) != value}
        come = {name: value for name, value in now.items() if was.get(name) != value}
        return gone, come
    return was, now


def _facts(entry: _Entry) -> dict[str, Any]:
    record = entry.get("record")
    facts = {name: entry[name] for name in _FIELDS if name in entry}
    parts = {name: record.get(name, "") for name in _RECORD} if isinstance(record, dict) else {}
    return facts | parts


def _value(value: object) -> str:
    if isinstance(value, dict):
        value = [f"{name} {address}" for name, address in value.items()]
    if isinstance(value, list):
        value = ", ".join(map(str, value))
    return _plain(str(value)) if value not in ("", None) else "nothing"


def markdown(changes: Changes, address: str = "") -> str:
    """Return the changes as Markdown, a heading of the third level for each kind.

    :param address: The absolute address of the site, for links to the cards; "" for none.
    """
    groups: tuple[tuple[str, tuple[Change, ...]], ...] = (
        ("Added", changes.added),
        ("Published since", changes.published),
        ("Corrected", changes.corrected),
        ("Moved", changes.moved),
        ("Key changed", changes.renamed),
        ("Removed", changes.removed),
    )
    parts = [
        f"### {heading} ({len(found)})\n\n" + "\n".join(_lines(found, address, heading))
        for heading, found in groups
        if found
    ]
    return "\n\n".join(parts or ["No entry was added, removed, moved or corrected."]) + "\n"


def _lines(found: Iterable[Change], address: str, heading: str) -> Iterator[str]:
    for change in found:
        title = _plain(change.entry["title"])
        linked = address and heading != "Removed"
        shown = f"[{title}]({address}{change.entry['address']})" if linked else title
        yield f"- {shown}: {change.what}" if change.what else f"- {shown}"


def _plain(text: str) -> str:
    """Return text on one line with what Markdown would take for markup escaped."""
    text = _MARKUP.sub(r"\\\g<0>", " ".join(text.split()))
    return _OPENS.sub(r"\1\\", text)


def _code(text: str) -> str:
    return f"`{text.replace('`', '')}`"


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the changes between two files; return 2 when one cannot be read."""
    parser = argparse.ArgumentParser(
        prog="python -m surveyext.exports.changes", description="Print what changed, as Markdown."
    )
    parser.add_argument("old", type=Path, help="entries.json of the earlier build")
    parser.add_argument("new", type=Path, help="entries.json of the later build")
    paths = parser.parse_args(arguments)
    try:
        old, new = _read(paths.old), _read(paths.new)
        changes = diff(old["entries"], new["entries"])
    except ValueError as error:
        print(error, file=sys.stderr)  # noqa: T201  # the command's own output
        return 2
    print(markdown(changes, new["survey"]["address"]), end="")  # noqa: T201
    return 0


def _read(path: Path) -> dict[str, Any]:
    """Read an entries.json.

    :raises ValueError: It cannot be read, or is something else; the message says what to do.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ValueError(f"{path}: cannot be read: {error}; give an entries.json") from None
    entries = data.get("entries") if isinstance(data, dict) else None
    needed = {"key", "title", "technique", "section", "address", "venue", "year"}
    if not isinstance(entries, list) or not all(
        isinstance(entry, dict) and needed <= entry.keys() for entry in entries
    ):
        raise ValueError(f"{path}: is no entries.json; build the site and take the one it wrote")
    return {"survey": {"address": ""}, **data}


if __name__ == "__main__":
    sys.exit(main())
