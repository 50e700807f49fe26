"""Stale pages: a build after edits writes the same bytes as a first build.

Sphinx forgets a change that a build with another builder or a killed one has seen, keeps
the files of pages that are gone, and does not write a page anew when a style sheet, or
what a reference of the page shows, changed. Here each builder and output folder has a
stamp: void while a build is under way, so that after a killed one all is written anew.
"""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import TYPE_CHECKING, cast

from surveyext.build.stamp import Stamp, files_below, read, remove, write
from surveyext.library.model import digest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

    from surveyext.build.bibtex_domain import IndexedBibtexDomain
    from surveyext.build.domain import SurveyDomain


def outdated(
    app: Sphinx, env: BuildEnvironment, added: set[str], changed: set[str], removed: set[str]
) -> set[str]:
    """Return pages to read that Sphinx would not (env-get-outdated)."""
    data = _domain(env).data
    touched = changed | removed
    states = _states(app, sorted(env.found_docs - added))
    touched |= {name for name, state in states.items() if data["states"].get(name) != state}
    # Of names that two pages define Sphinx knows the later, and neither when that one goes.
    names = {name for docname in touched for name in data["names"].get(docname, ())}
    sharing = {page for page, own in data["names"].items() if not names.isdisjoint(own)}
    # Contents that list a page keep it when it is gone.
    listing = {page for page, below in env.toctree_includes.items() if removed & {*below}}
    citing = cast("IndexedBibtexDomain", env.domains["cite"])
    return touched | sharing | listing | citing.outdated()


def note_states(app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
    """Note in what state each page is read (env-before-read-docs)."""
    _domain(env).states = _states(app, docnames)


def let_go(app: Sphinx, docname: str, content: list[str]) -> None:
    """Hold no doctree between reading and writing, which Sphinx would (source-read).

    One of sixty entries takes 1.3 MB; to read it back takes 2 ms, and is what a build after
    edits does.
    """
    app.env._write_doc_doctree_cache.clear()


def _states(app: Sphinx, docnames: Iterable[str]) -> dict[str, tuple[str, int]]:
    """Return what must not have changed since pages were read, beside what Sphinx looks at.

    It reads files that are newer than the last reading, but not a file that was put back
    from a copy. And sphinxcontrib-bibtex makes its lines when pages are read, but has its
    settings concern the writing.
    """
    settings = sorted((each.name, each.value) for each in app.config if "bibtex" in each.name)
    versions = sorted((each.name, each.version) for each in app.extensions.values())
    common = digest(settings, versions)
    return {name: (common, _written(app.env.doc2path(name))) for name in docnames}


def _written(path: Path) -> int:
    """Return when a file was written, ns; 0 for one that is gone."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


def begin(app: Sphinx, digests: Mapping[str, str]) -> tuple[set[str], list[str]]:
    """Void the stamp and remove what is gone (env-updated).

    :param digests: What each page shows of the others and of the survey.
    :returns: The files that are there and the pages to write.
    """
    out = Path(app.outdir)
    before = read(_path(app))
    there = files_below(out, Path(app.doctreedir))
    foreign = there - {*before.files} if before and before.setup else there
    if before and not before.setup:
        foreign = there & {*before.foreign}
    write(_path(app), Stamp(foreign=tuple(sorted(foreign))))
    if before is None or before.setup != _setup(app):
        remove(out, sorted(there - foreign))
        return foreign, sorted(digests)
    gone = {*before.outputs} - foreign - _outputs(app)
    remove(out, sorted(gone))
    stale = sorted(name for name, digest in digests.items() if before.pages.get(name) != digest)
    return there - gone, stale


def end(app: Sphinx, digests: Mapping[str, str]) -> None:
    """Remember what each page showed and which files there are (build-finished)."""
    out = Path(app.outdir)
    remove(out, [".buildinfo.bak"])  # Sphinx keeps it when the configuration has changed
    under_way = read(_path(app)) or Stamp()
    files = files_below(out, Path(app.doctreedir)) - {*under_way.foreign}
    outputs = _outputs(app)
    stamp = Stamp(_setup(app), digests, tuple(sorted(outputs)), tuple(sorted(files)))
    write(_path(app), stamp)


def _path(app: Sphinx) -> Path:
    """Return where the stamp lies; not in the environment, which builders share."""
    return Path(app.doctreedir) / f"survey-{app.builder.name}-{digest(str(app.outdir))[:8]}.json"


def _setup(app: Sphinx) -> str:
    """Return a digest of what every page depends on beside the pages."""
    info = getattr(app.builder, "build_info", None)
    static = [
        (str(path), zlib.crc32(path.read_bytes()))
        for name in app.config.html_static_path
        for path in _files(Path(app.confdir) / name)
    ]
    return digest(info and (info.config_hash, info.tags_hash), static)


def _files(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
    yield from sorted(each for each in path.rglob("*") if each.is_file())


def place(app: Sphinx, docname: str) -> Path:
    """Return the file that a builder writes a page to."""
    suffix = getattr(app.builder, "out_suffix", "")
    own = getattr(app.builder, "get_output_path", None)
    return Path(own(docname)) if own else Path(app.outdir) / f"{docname}{suffix}"


def _outputs(app: Sphinx) -> set[str]:
    """Return the files that follow from the pages that there are, of those Sphinx never removes."""
    env, out = app.env, Path(app.outdir)
    names = [
        *env.found_docs,
        *(name for each in _domain(env).memory.parts.values() for name in each),
    ]
    paged = getattr(app.builder, "out_suffix", "")
    found = {place(app, name).relative_to(out).as_posix() for name in names if paged}
    source = app.config.html_sourcelink_suffix
    for name in env.found_docs:
        path = env.doc2path(name, base=False)
        found.add(f"_sources/{path.as_posix()}{'' if path.suffix == source else source}")
    found |= {f"_images/{name}" for _, name in env.images.values()}
    found |= {f"_downloads/{name}" for _, name in env.dlfiles.values()}
    return found


def _domain(env: BuildEnvironment) -> SurveyDomain:
    return cast("SurveyDomain", env.domains["survey"])
