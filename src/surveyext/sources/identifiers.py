"""Identifiers: what somebody types or pastes, recognized, or why it is none."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import parse_qs, quote, unquote, urlsplit

from surveyext.library.links import DOI, EPRINT, FORUM
from surveyext.library.text import is_web_link


class Form(StrEnum):
    """The kinds of identifier."""

    ARXIV = "arXiv"
    DOI = "doi"
    ANTHOLOGY = "anthology"
    OPENREVIEW = "openreview"
    PAGE = "page"


@dataclass(frozen=True, slots=True)
class Identifier:
    """One name of a paper."""

    form: Form
    value: str  #: "2005.07683", "10.1162/...", "P19-1580", "3zKtaqxLhW" or an address.

    @property
    def url(self) -> str:
        """The address that a reader opens."""
        match self.form:
            case Form.ARXIV:
                return f"https://arxiv.org/abs/{self.value}"
            case Form.DOI:
                return f"https://doi.org/{quote(self.value, safe='/:;()._-')}"
            case Form.ANTHOLOGY:
                return f"https://aclanthology.org/{self.value}/"
            case Form.OPENREVIEW:
                return f"https://openreview.net/forum?id={self.value}"
        return self.value

    def __str__(self) -> str:
        """Return it as the survey's evidence names it."""
        if self.form in {Form.PAGE, Form.ANTHOLOGY}:
            return self.url
        return f"{self.form}:{self.value}"


class NoIdentifier(ValueError):  # noqa: N818  # reads as what it means
    """The text names no paper; the message says why and what to write instead."""


#: https://aclanthology.org/info/ids/
_ANTHOLOGY = re.compile(r"[A-Z][0-9]{2}-[0-9]{4}|[0-9]{4}\.[a-z0-9_]+-[a-z0-9_]+\.[0-9]+")
_VERSION = re.compile(r"v[0-9]+$")
_SUBJECT = re.compile(r"(?<!\s)\s*\[[\w.-]+\]$")  # "arXiv:2005.07683v1 [cs.CL]"
#: Addresses that end in an arXiv number.
_ARXIV_PATH = re.compile(r"/(?:abs|pdf|html|papers|format|e-print)/(.+?)(?:\.pdf)?/?")
_ARXIV_HOSTS = {"arxiv.org", "export.arxiv.org", "ar5iv.labs.arxiv.org", "ar5iv.org"}
_ARXIV_LIKE = re.compile(r"(\d{4})\.(\d+)(v\d+)?")
#: Publishers that put the DOI into the path: dl.acm.org/doi/pdf/10.1145/..., Springer, Wiley.
_DOI_IN_PATH = re.compile(r"/(?:doi|chapter|article|book)/(?:[a-z]+/)*(10\.[0-9]{4,9}/.+)")
#: DOIs that only spell out another identifier.
_ARXIV_DOI = re.compile(r"10\.48550/arxiv\.(.+)", re.IGNORECASE)
_ANTHOLOGY_DOI = re.compile(r"10\.(?:18653/v1|3115/v1)/(.+)", re.IGNORECASE)
_ONE_OF = "give an arXiv number, a DOI, an ACL Anthology or OpenReview id, or the paper's address"


def parse(text: str) -> Identifier:
    """Return the identifier that a person's text means.

    :raises NoIdentifier: It means none.
    """
    text = text.strip().strip("<>\"'").strip()
    if not text:
        raise NoIdentifier(f"nothing was given; {_ONE_OF}")
    if text.startswith("@"):
        raise NoIdentifier("that is BibTeX; give it on standard input: survey add - --to PAGE")
    scheme = re.match(r"([A-Za-z][A-Za-z0-9+.-]*):(//)?", text)
    name = scheme[1].lower() if scheme else ""
    rest = text[scheme.end() :].strip() if scheme else text
    if name in {"http", "https"}:
        return _address(text)
    if name == "arxiv":
        return _arxiv(rest)
    if name == "doi":
        return doi(rest)
    if name == "openreview":
        return _openreview(rest)
    if name in {"acl", "anthology"}:
        return _anthology(rest)
    if name in {"ftp", "file", "javascript", "data", "mailto"}:
        raise NoIdentifier(f"'{text}' is no web address; only http and https are followed")
    return _bare(text)


def _bare(text: str) -> Identifier:
    if text.startswith("10."):
        return doi(text)
    if EPRINT.fullmatch(_VERSION.sub("", text)) or _ARXIV_LIKE.fullmatch(text):
        return _arxiv(text)
    if _ANTHOLOGY.fullmatch(text):
        return _anthology(text)
    if is_web_link(f"https://{text}") and "/" in text and "." in text.split("/")[0]:
        return _address(f"https://{text}")
    if re.search(r"\.(pdf|bib|txt|ris)$", text, re.IGNORECASE):
        right = f"give the BibTeX of a file on standard input: survey add - --to PAGE < {text}"
        raise NoIdentifier(f"'{text}' is a file; {right}")
    if " " in text:
        raise NoIdentifier(f"'{text}' seems to be a title; {_ONE_OF}")
    mixed = text != text.lower() and text != text.upper()
    if FORUM.fullmatch(text) and 9 <= len(text) <= 12 and mixed:
        return Identifier(Form.OPENREVIEW, text)
    raise NoIdentifier(f"'{text}' is no identifier known here; {_ONE_OF}")


def _arxiv(text: str) -> Identifier:
    number = _VERSION.sub("", _SUBJECT.sub("", text).removesuffix(".pdf"))
    like = _ARXIV_LIKE.fullmatch(number)
    if not EPRINT.fullmatch(number) or (like and _digits(like[1]) != len(like[2])):
        expected = f", {_digits(like[1])} digits behind the point" if like else ""
        right = f"write it as 2005.07683{expected}"
        raise NoIdentifier(f"'{text}' is no arXiv number; {right}")
    return Identifier(Form.ARXIV, number)


def _digits(month: str) -> int:
    """Return how long the serial number is: five digits since January 2015, four before."""
    return 5 if month >= "1501" else 4


def doi(text: str) -> Identifier:
    """Return the identifier that a DOI means: arXiv's and the Anthology's spell out their own.

    :raises NoIdentifier: It has not the form of a DOI.
    """
    value = unquote(text.strip().rstrip(".,;"))
    if not DOI.fullmatch(value):
        raise NoIdentifier(f"'{text}' is no DOI; write it whole, as 10.1162/tacl_a_00577")
    if found := _ARXIV_DOI.fullmatch(value):
        return _arxiv(found[1])
    if found := _ANTHOLOGY_DOI.fullmatch(value):
        name = found[1].upper() if found[1][0].isalpha() else found[1].lower()
        if _ANTHOLOGY.fullmatch(name):  # a DOI has no case, the id has
            return Identifier(Form.ANTHOLOGY, name)
    return Identifier(Form.DOI, value)


def _openreview(text: str) -> Identifier:
    if not FORUM.fullmatch(text):
        raise NoIdentifier(f"'{text}' is no OpenReview id; write what stands behind 'forum?id='")
    return Identifier(Form.OPENREVIEW, text)


def _anthology(text: str) -> Identifier:
    if not _ANTHOLOGY.fullmatch(text):
        right = "write it as 2020.acl-main.195 or P19-1580"
        raise NoIdentifier(f"'{text}' is no ACL Anthology id; {right}")
    return Identifier(Form.ANTHOLOGY, text)


def _address(text: str) -> Identifier:
    if not is_web_link(text):
        raise NoIdentifier(f"'{text}' is no whole web address; copy it from the browser again")
    parts = urlsplit(text)
    host = (parts.hostname or "").removeprefix("www.")
    path = unquote(parts.path)
    number = _ARXIV_PATH.fullmatch(path)
    if number and (host in _ARXIV_HOSTS or (host == "huggingface.co" and "/papers/" in path)):
        return _arxiv(number[1])
    if host in {"doi.org", "dx.doi.org"}:
        return doi(path.removeprefix("/"))
    if host in {"aclanthology.org", "aclweb.org"}:
        last = re.sub(r"\.(pdf|bib)$", "", path.strip("/").split("/")[-1])
        if _ANTHOLOGY.fullmatch(last):
            return Identifier(Form.ANTHOLOGY, last)
    if host == "openreview.net" and (forum := parse_qs(parts.query).get("id")):
        return _openreview(forum[0])
    if host == "github.com":
        right = "give the paper, and the repository with --code"
        raise NoIdentifier(f"'{text}' is a repository, no paper; {right}")
    if found := _DOI_IN_PATH.fullmatch(path):
        return doi(re.sub(r"\.(pdf|html|epub)$", "", found[1]))
    return Identifier(Form.PAGE, text)
