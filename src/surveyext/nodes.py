"""Nodes: the placeholder that stands where a part of the survey will be rendered."""

from __future__ import annotations

from docutils import nodes


class survey_view(nodes.General, nodes.Element):  # noqa: N801  # docutils names nodes so
    """A placeholder; it has no visitor because the post-transform replaces each.

    Attributes: ``kind`` and ``argument`` as in :class:`surveyext.survey.View`, ``docname``
    (an assembled document has pages of several), for an entry also ``options`` and
    ``faults``, what was refused; ``part`` where it is not the first of a long view; the
    children are the parsed note.
    """
