"""Unprefixed: what is said of a survey's directive where the survey is not the primary domain.

Sphinx looks for ``{entry}`` among the directives of the primary domain, then among those that
need none. Without a directive there, a reader would learn only that it is unknown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from docutils import nodes
from sphinx.util.docutils import (
    SphinxDirective,
    SphinxRole,
    is_directive_registered,
    is_role_registered,
)

from surveyext.build.domain import SurveyDomain

if TYPE_CHECKING:
    from sphinx.application import Sphinx


def _remedy(what: str) -> str:
    name = SurveyDomain.name
    return (
        f"'{{{what}}}' is the survey's, which is not the primary domain; "
        f"write primary_domain = \"{name}\" in conf.py, or '{{{name}:{what}}}' here"
    )


class Unprefixed(SphinxDirective):
    """A directive of the survey that is written without its domain."""

    has_content = True
    optional_arguments = 1
    final_argument_whitespace = True
    option_spec: ClassVar[None] = None  # all belongs to the text

    def run(self) -> list[nodes.Node]:
        """Refuse, and let the text show.

        :raises DirectiveError: Always.
        """
        raise self.error(_remedy(self.name))


class UnprefixedRole(SphinxRole):
    """A role of the survey that is written without its domain."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Refuse, and let the text show."""
        error = self.inliner.reporter.error(_remedy(self.name), line=self.lineno)
        return [self.inliner.problematic(self.rawtext, self.rawtext, error)], [error]


def setup(app: Sphinx) -> None:
    """Register what is found when the survey's own is not; nobody else's is replaced."""
    for name in SurveyDomain.directives:
        if not is_directive_registered(name):
            app.add_directive(name, Unprefixed)
    for name in SurveyDomain.roles:
        if not is_role_registered(name):
            app.add_role(name, UnprefixedRole())
