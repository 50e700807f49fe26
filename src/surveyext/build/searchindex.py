"""Search index: what Sphinx's keeps or loses when only some pages are written anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from sphinx.util.index_entries import split_index_msg

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sphinx.application import Sphinx
    from sphinx.builders.html import StandaloneHTMLBuilder


def tidy(app: Sphinx) -> Iterable[tuple[str, dict[str, object], str]]:
    """Give the index what an index of all pages would have, and no page (html-collect-pages).

    Sphinx takes pages out of words, but no word out of the index; and it does not read the
    entries of ``{index}`` back, so that those of pages that are not written are lost.
    """
    indexer = cast("StandaloneHTMLBuilder", app.builder).indexer
    if indexer is not None:
        indexer.prune(app.env.all_docs)
        for words in (indexer._mapping, indexer._title_mapping):
            for word in [word for word, docnames in words.items() if not docnames]:
                del words[word]
        entries = app.env.domains.index_domain.entries
        titled = sorted(name for name, title in indexer._titles.items() if title)
        indexer._index_entries = {name: sorted({*_index(entries.get(name, []))}) for name in titled}
    return ()


def _index(
    entries: Iterable[tuple[str, str, str, str, str | None]],
) -> Iterator[tuple[str, str, str]]:
    """Yield word, id and weight of each entry of a page, as Sphinx's indexer does."""
    for kind, value, target, main, _ in entries:
        for word in split_index_msg(kind, value):
            yield word, target or "", main
