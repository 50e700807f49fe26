"""Zips: files into one, so that the same files always give the same bytes."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_FILE = 0o100644 << 16  # a regular file that its owner writes and all read


def write_zip(target: Path, files: Mapping[str, Path]) -> None:
    """Write files into a zip, in their order, without dates and owners.

    :param files: Where each file lies, by its name in the zip. One called ``mimetype`` is
        stored as it is: https://www.w3.org/TR/epub-33/#sec-zip-container-mime.
    """
    part = target.with_name(f"{target.name}.part")
    with zipfile.ZipFile(part, "w") as archive:
        for name, path in files.items():
            info = zipfile.ZipInfo(name)  # its date is the oldest that a zip can hold
            info.external_attr = _FILE
            info.create_system = 3  # Unix, on Windows too
            stored = name == "mimetype"
            info.compress_type = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
            archive.writestr(info, path.read_bytes())
    part.replace(target)
