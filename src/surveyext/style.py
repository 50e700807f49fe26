"""Style: how sphinxcontrib-bibtex's bibliography sets a record."""

from __future__ import annotations

from typing import Any

from pybtex.style.formatting.plain import Style as PlainStyle
from pybtex.style.template import field, sentence


class SurveyStyle(PlainStyle):  # type: ignore[misc]  # pybtex is untyped
    """pybtex's plain style with titles as they were published, not in lower case."""

    def format_title(self, e: Any, which_field: str, as_sentence: bool = True) -> Any:
        """Return a template for the title, for pybtex to fill."""
        title = field(which_field)
        return sentence[title] if as_sentence else title
