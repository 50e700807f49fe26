"""Templates: what Jinja compiles of them, kept beside the doctrees for the next build."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import jinja2
import sphinx
from jinja2 import FileSystemBytecodeCache
from sphinx.jinja2glue import BuiltinTemplateLoader

from surveyext.library.model import digest

if TYPE_CHECKING:
    from jinja2.bccache import Bucket
    from sphinx.application import Sphinx


class Kept(FileSystemBytecodeCache):
    """Jinja's own cache, which no build depends on."""

    def load_bytecode(self, bucket: Bucket) -> None:
        """Take a template from its file, if there is one and it is whole."""
        try:
            super().load_bytecode(bucket)
        except Exception:  # whatever pickle makes of a damaged file
            bucket.reset()

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Write a template to its file, if there is room."""
        with suppress(OSError):
            super().dump_bytecode(bucket)


def keep(app: Sphinx) -> None:
    """Spare each build the templates that an earlier one has compiled (builder-inited).

    Jinja looks at a template's text; on its version and extensions the code depends too.
    """
    templates = getattr(app.builder, "templates", None)
    environment = getattr(templates, "environment", None)
    if isinstance(templates, BuiltinTemplateLoader) and environment is not None:
        folder = Path(app.doctreedir) / "survey-templates"
        with suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
        made_by = digest(jinja2.__version__, sphinx.__version__, sorted(environment.extensions))
        environment.bytecode_cache = Kept(str(folder), f"{made_by[:8]}-%s")
