"""Words: what the extension prints, in the language of the survey."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from sphinx.locale import get_translation

if TYPE_CHECKING:
    from babel.messages import Catalog
    from sphinx.application import Sphinx

#: The catalogs: LANGUAGE/LC_MESSAGES/survey.po.
LOCALE = Path(__file__).parent / "locale"
#: The script that gives our scripts their words, where they are not English.
SCRIPT = "survey-words.js"

_translate = get_translation("survey")


def _(text: str) -> str:
    """Return a text in the survey's language."""
    return str(_translate(text))  # where there is no catalog, Sphinx gives something lazy


def setup(app: Sphinx) -> None:
    """Load the catalog of the survey's language; there is none for English."""
    language = app.config.language
    path = LOCALE / language / "LC_MESSAGES/survey.po"
    if not path.is_file():
        return
    # Like the catalogs of pages this one is compiled when needed, so that it is never stale.
    folder = Path(app.doctreedir) / "survey-words"
    compiled = folder / language / "LC_MESSAGES/survey.mo"
    compiled.parent.mkdir(parents=True, exist_ok=True)
    with path.open("rb") as file:
        catalog = read_po(file, locale=language)
    with compiled.open("wb") as file:
        write_mo(file, catalog)
    app.add_message_catalog("survey", str(folder))

    static = folder / "static"
    static.mkdir(exist_ok=True)
    (static / SCRIPT).write_text(_script(catalog), encoding="utf-8")
    # Later: Sphinx refuses static folders below that of the output, where doctrees may be.
    app.connect("builder-inited", lambda app: app.config.html_static_path.append(str(static)))
    app.add_js_file(SCRIPT, loading_method="defer", priority=300)


def _script(catalog: Catalog) -> str:
    """Return the words of our scripts as a script."""
    words = {
        str(message.id): str(message.string)
        for message in catalog
        if any(file.endswith(".js") for file, _line in message.locations)
    }
    table = json.dumps(words, ensure_ascii=False, sort_keys=True)
    return f"globalThis.surveyWords = {table};\n"


def N_(text: str) -> str:  # noqa: N802  # the name that catalogs know
    """Mark a word for the catalogs that is looked up later."""
    return text


#: Labels that modules without Sphinx and checks of equations choose.
_LABELS = frozenset(
    {
        N_("Other"),
        N_("Authors' code"),
        N_("Reimplementation only"),
        N_("No code known"),
        N_("Paper"),
        N_("Site"),
        N_("Code"),
        N_("Code (reimplementation)"),
        N_("Project"),
        N_("Model"),
        N_("Reference"),
        N_("References"),
        N_("all entries as JSON"),
        N_("its schema"),
        N_("gradient"),
        N_("optimum"),
        N_("identity"),
        N_("bound"),
        N_("limit"),
        N_("unbiasedness"),
        N_("simulation"),
    }
)


def label(text: str) -> str:
    """Return a label that one of them chose, in the survey's language."""
    return _(text) if text in _LABELS else text


def joined(items: list[str]) -> str:
    """Join as a reader would: "a", "a and b", "a, b and c"."""
    if len(items) < 2:
        return "".join(items)
    return _("%s and %s") % (_(", ").join(items[:-1]), items[-1])
