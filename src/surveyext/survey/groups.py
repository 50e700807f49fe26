"""Groups: how an index parts its entries; pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Group:
    """Entries that share one value of a facet."""

    label: str  #: What a reader sees, "ACL 2023".
    keys: tuple[str, ...]  #: Entry keys, newest paper first.
    about: str = ""  #: A sentence on the value.


@dataclass(frozen=True, slots=True)
class Heading:
    """Groups under one heading of an index."""

    label: str  #: "ACL"; also the text of the jump list.
    groups: tuple[Group, ...]

    @property
    def size(self) -> int:
        """How many entries stand under it, each counted once."""
        return len({key for group in self.groups for key in group.keys})
