"""Manifests written by hand."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from clew.kg.store.manifest import SEAL, sealed
from clew.kg.store.mapped_file import Checksums
from clew.kg.store.snapshot import MANIFEST


def change_manifest(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Change the manifest in a folder, and make its checksum fit."""
    manifest = json.loads((folder / MANIFEST).read_text())
    del manifest[SEAL]
    change(manifest)
    (folder / MANIFEST).write_bytes(sealed(manifest))


def make_checksums_fit(file: Path) -> None:
    """Put the checksums of a file as it is now into the manifest beside it."""
    sums = Checksums.of_file(file).to_json()
    change_manifest(file.parent, lambda manifest: manifest["files"].update({file.name: sums}))
