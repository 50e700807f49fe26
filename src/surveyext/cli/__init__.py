"""survey: the command line. One module per command, all in the table below."""

from __future__ import annotations

import sys


def main() -> None:
    """Run ``survey`` and end the process with one of :class:`surveyext.cli.exits.Exit`."""
    try:
        from surveyext.cli.app import run
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] == "surveyext":
            raise
        missing = f"the command line needs '{error.name}', which is not installed"
        sys.exit(f"survey: {missing}; run: python -m pip install 'surveyext[cli]'")
    sys.exit(run())
