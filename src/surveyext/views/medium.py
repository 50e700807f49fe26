"""Medium: what the output can do, which a view may make use of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from surveyext.survey.paging import Paging
    from surveyext.views.elements import Element


@dataclass(frozen=True, slots=True)
class Medium:
    """What the output can do."""

    interactive: bool = False  #: A page in a browser: things fold, and BibTeX can be copied.
    latex: bool = False  #: Labels come from target nodes alone.
    text: bool = False  #: An address can only be read, not followed.
    root: str = ""  #: From the page to the folder of the site, "../".
    formats: Mapping[str, str] = field(default_factory=dict)  #: Address of the whole, by name.
    repository: str = ""  #: Where corrections go; "" where that is not known.
    base: str = ""  #: The site's absolute address, where it is known.
    #: Lines of entries by key, where nodes are written at once and may stand in many places.
    lines: dict[str, Element] | None = None
    paging: Paging | None = None  #: How long views are split; ``None`` where they are not.
    part: int = 1  #: Which part of a long view the page shows.
