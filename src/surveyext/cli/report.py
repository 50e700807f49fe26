"""Report: what survey check finds, and the three forms in which it is written."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple, Self

from surveyext.build.settings import shown

if TYPE_CHECKING:
    from collections.abc import Iterable

    from surveyext.editing.dry_build import Remark
    from surveyext.library.model import Problem


class Finding(NamedTuple):
    """A problem of the survey, or a remark of Sphinx."""

    file: str  #: As somebody in the current folder would type it.
    line: int  #: 1-based.
    kind: str  #: As it stands between brackets, "survey.bad-year".
    message: str  #: "what is wrong; what to do".

    @classmethod
    def of_problem(cls, problem: Problem) -> Self:
        """Return a problem as a finding."""
        kind = f"survey.{problem.kind}"
        return cls(problem.file, max(problem.line, 1), kind, problem.message)

    @classmethod
    def of_remark(cls, remark: Remark) -> Self:
        """Return a remark as a finding; of a kind of its own where Sphinx names none."""
        return cls(shown(remark.path), max(remark.line, 1), remark.kind or "sphinx", remark.message)


def as_text(findings: Iterable[Finding]) -> list[str]:
    """Return findings as the build prints them."""
    return [f"{each.file}:{each.line}: {each.message} [{each.kind}]" for each in findings]


def as_json(findings: Iterable[Finding]) -> list[str]:
    """Return one document: ``{"version": 1, "problems": [{file, line, kind, message}]}``."""
    rows = [each._asdict() for each in findings]
    return [json.dumps({"version": 1, "problems": rows}, ensure_ascii=False, indent=2)]


def as_github(findings: Iterable[Finding]) -> list[str]:
    """Return workflow commands that GitHub shows beside the lines.

    https://docs.github.com/actions/reference/workflow-commands-for-github-actions
    """
    return [
        f"::error file={_property(each.file)},line={each.line},"
        f"title={_property(each.kind)}::{_data(each.message)}"
        for each in findings
    ]


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
