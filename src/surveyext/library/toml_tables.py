"""TOML tables: the survey's TOML files (tags, venues) to frozen values and problems."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

from surveyext.library.model import Kind, Problem
from surveyext.library.venues import Rule

if TYPE_CHECKING:
    from pathlib import Path


#: Characters of a pattern or of a venue's name.
_LONGEST = 500


@dataclass(frozen=True, slots=True)
class Tag:
    """One word of the vocabulary."""

    name: str
    facet: str  #: The question that it answers, "what is made smaller".
    definition: str  #: One sentence.


def read_toml(path: Path, file: str) -> tuple[dict[str, Any], list[Problem]]:
    """Read a TOML file; an unreadable one is empty and a problem.

    :param path: Where it is.
    :param file: What problems call it.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig")), []
    except FileNotFoundError:
        message = "the file does not exist; create it or correct the setting that names it"
    except (ValueError, OSError, RecursionError) as error:
        message = f"cannot be read: {error}; mend the TOML (UTF-8) there"
    return {}, [Problem(file, 0, Kind.BAD_DATA, message)]


def read_yaml(path: Path, file: str) -> tuple[dict[str, Any], list[Problem]]:
    """Read a YAML file; the same holds as for TOML."""
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
        if isinstance(data, dict):
            return data, []
        message = "is no table of names and values; write 'title: ...' and so on"
    except FileNotFoundError:
        message = "the file does not exist; create it or correct the setting that names it"
    except (yaml.YAMLError, ValueError, OSError, RecursionError) as error:
        fault = " ".join(str(error).split())
        message = f"cannot be read: {fault}; mend the YAML (UTF-8) there"
    return {}, [Problem(file, 0, Kind.BAD_DATA, message)]


def parse_tags(data: dict[str, Any], file: str) -> tuple[tuple[Tag, ...], list[Problem]]:
    """Turn ``[facet] tag = "definition"`` into tags, in the order of the file."""
    tags: dict[str, Tag] = {}
    problems = []
    for facet, words in data.items():
        for name, definition in words.items() if isinstance(words, dict) else [(facet, None)]:
            if isinstance(definition, str) and definition and name not in tags:
                tags[name] = Tag(name, facet, definition)
            else:
                message = f"tag '{name}' needs one definition under one facet; give it a sentence"
                problems.append(Problem(file, 0, Kind.BAD_DATA, message))
    return tuple(tags.values()), problems


def parse_venues(data: dict[str, Any], file: str) -> tuple[tuple[Rule, ...], list[Problem]]:
    """Turn ``[[venue]]`` tables with match, family and short into rules, in their order."""
    rules, problems = [], []
    tables = data.get("venue", [])
    for number, table in enumerate(tables if isinstance(tables, list) else [tables], start=1):
        try:
            rules.append(Rule(*(_text(table, name) for name in ("match", "family", "short"))))
        except ValueError as error:
            message = f"venue {number}: {error}; each needs match, family and short"
            problems.append(Problem(file, 0, Kind.BAD_DATA, message))
    return tuple(rules), problems


def _text(table: object, name: str) -> str:
    value = table.get(name) if isinstance(table, dict) else None
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"'{name}' is no text")
    if len(value) > _LONGEST:
        raise ValueError(f"'{name}' has {len(value)} characters, more than {_LONGEST}")
    return value
