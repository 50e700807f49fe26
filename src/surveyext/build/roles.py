"""Roles: sphinxcontrib-bibtex's citations, with a message where it would end in a traceback."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sphinxcontrib.bibtex.citation_target import parse_citation_targets
from sphinxcontrib.bibtex.domain import BibtexDomain
from sphinxcontrib.bibtex.roles import CiteRole

if TYPE_CHECKING:
    from docutils import nodes
    from sphinx.application import Sphinx


#: Keys of one citation: sphinxcontrib-bibtex calls itself for each.
_MOST_KEYS = 100


class CheckedCiteRole(CiteRole):
    """A citation whose keys are looked at before they are taken."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Return the citation, or an error with its place when the keys are no list."""
        try:
            if self.target.count(",") >= _MOST_KEYS:
                raise ValueError
            list(parse_citation_targets(self.target))
        except ValueError:
            shown = self.target[:80]
            message = f"'{shown}' is no list of keys; write 'key' or 'key1,key2'"
            error = self.inliner.reporter.error(message, line=self.lineno)
            return [self.inliner.problematic(self.rawtext, self.rawtext, error)], [error]
        return super().run()


def setup(app: Sphinx) -> None:
    """Put the checked role in the place of each of sphinxcontrib-bibtex's."""
    for name in BibtexDomain.roles:
        app.add_role_to_domain("cite", name, CheckedCiteRole(), override=True)
    app.add_role("cite", CheckedCiteRole(), override=True)
