"""Manifests: JSON objects that hold a checksum of themselves, so that a changed number in them is noticed."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import xxhash

from clew.kg.errors import ClewError

SEAL = "checksum"


def sealed(manifest: Mapping[str, Any]) -> bytes:
    """A manifest as the content of a file; ``SEAL`` is not a key of it."""
    return json.dumps({**manifest, SEAL: _seal(manifest)}, indent=1).encode()


def read_sealed(path: Path, damaged: type[ClewError], unsealed: Collection[int] = ()) -> dict[str, Any]:
    """The manifest in a file, as it was given to ``sealed``; what it holds is shared, and not to be changed. Raises
    ``damaged`` where it cannot be read or was changed.

    ``unsealed``: the values of ``format_version`` with which a manifest has no checksum.
    """
    try:
        manifest, intact = _opened(path.read_bytes())
    except OSError as error:
        raise damaged(f"{path}: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise damaged(f"{path}: not JSON ({error})") from error
    if manifest is None:
        raise damaged(f"{path}: not a manifest")
    if intact is False or (intact is None and manifest.get("format_version") not in unsealed):
        raise damaged(f"{path}: damaged: its checksum is another one")
    return dict(manifest)


@lru_cache(maxsize=8)
def _opened(data: bytes) -> tuple[Mapping[str, Any] | None, bool | None]:
    """The manifest that a file's content is (None: it is none), and whether its checksum is the manifest's. Remembered
    by content: an index asks for its manifest once for each of its files."""
    manifest = json.loads(data)
    return (manifest, unseal(manifest)) if isinstance(manifest, dict) else (None, None)


def unseal(manifest: dict[str, Any]) -> bool | None:
    """Take the checksum out of a manifest; whether it is the manifest's, None where there is none."""
    seal = manifest.pop(SEAL, None)
    return None if seal is None else bool(seal == _seal(manifest))


def _seal(manifest: Mapping[str, Any]) -> str:
    return xxhash.xxh3_64_hexdigest(json.dumps(manifest, sort_keys=True).encode())
