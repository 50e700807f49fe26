"""Finding: what one source says of one paper; a frozen value, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from surveyext.library.model import Person


@dataclass(frozen=True, slots=True)
class Finding:
    """What one source says. Values are plain Unicode; mathematics stands between dollars."""

    source: str  #: Its name, "Crossref".
    url: str  #: What a reader opens to see the same.
    type: str  #: BibTeX type, "inproceedings".
    people: tuple[Person, ...]
    fields: Mapping[str, str] = field(default_factory=dict)  #: BibTeX names; no author.
    published: bool = True  #: ``False`` for a preprint or a submission.
    withdrawn: str = ""  #: How the source says that the paper was withdrawn, or "".

    @property
    def title(self) -> str:
        """The title, or ``""``."""
        return self.fields.get("title", "")
