"""Site: the survey with the titles and addresses of its pages, as the exports need it; pure."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from surveyext.survey.notes import readable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from surveyext.library.model import Entry
    from surveyext.survey.survey import Survey, View


def root_address(url: str) -> str:
    """Return the address of a site's root so that paths can follow; "" stays."""
    return f"{url.rstrip('/')}/" if url else ""


@dataclass(frozen=True)
class Site:
    """A survey and where its pages are."""

    survey: Survey
    title: str
    author: str
    base: str  #: The absolute address of the site's root, ending in "/"; "" when not known.
    titles: Mapping[str, str]  #: Of every page, by docname, in reading order.
    views: Mapping[str, tuple[View, ...]]  #: What each page shows, by docname.
    target: Callable[[str], str]  #: Turns a docname into an address below the root.

    @cached_property
    def notes(self) -> dict[str, str]:
        """The note of each entry as a reader reads it, by key."""
        survey = self.survey
        return {key: readable(survey, item.entry.note) for key, item in survey.items.items()}

    def page(self, docname: str) -> str:
        """Return where a page is: an absolute address, or one below the root."""
        return self.base + self.target(docname)

    def card(self, entry: Entry) -> str:
        """Return where an entry's card is, below the root."""
        return f"{self.target(entry.docname)}#{entry.anchor}"


class Export(NamedTuple):
    """A file, which is made only when what it is made of has changed."""

    digest: str  #: Of what it is made of.
    make: Callable[[], bytes]
