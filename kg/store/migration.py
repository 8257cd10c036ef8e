"""Converts snapshots from earlier format versions."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np

from clew.kg.errors import CorruptSnapshot
from clew.kg.graph.arrays import Meta, NewArrays
from clew.kg.graph.fingerprint import fingerprint
from clew.kg.graph.graph import Graph
from clew.kg.store.catalogue import Catalogue
from clew.kg.store.delta_files import BASE, WHOLE
from clew.kg.store.manifest import sealed
from clew.kg.store.mapped_arrays import MappedArrays
from clew.kg.store.mapped_file import Checksums
from clew.kg.store.snapshot import (
    EARLIER,
    FORMAT_VERSION,
    MANIFEST,
    read_manifest,
    storing,
    write_durably,
    write_snapshot,
)


def migrate(catalogue: Catalogue, name: str) -> dict[str, str]:
    """Rewrite every version of a graph that is of an earlier format; the new version of each old one.

    A version keeps its place in the order, and stays the current one if it was. What a version is called changes where
    the definition of the content hash did; answers kept under the old one can then no longer be looked up in it.
    Killed at any moment, it can be run again. ``CorruptSnapshot`` for damaged files and unknown formats.
    """
    renamed = {}
    for folder, old in catalogue.version_folders(name):
        match read_manifest(folder, formats=(*EARLIER, FORMAT_VERSION))["format_version"]:
            case 1:
                graph = _read_first_format(folder, name)
                with catalogue.staging() as built:
                    write_snapshot(graph, built)
                    catalogue.replace(name, folder, built)
                renamed[old] = graph.version
            case 2:
                _replace_hashes(folder)
                renamed[old] = old
            case _:
                continue
    return renamed


def _replace_hashes(folder: Path) -> None:
    """Format 3 differs from 2 in its manifests alone; that of the whole version is written last."""
    for part in (folder / BASE, folder / WHOLE, folder):
        if not (part / MANIFEST).is_file():
            continue
        manifest = read_manifest(part, formats=(2, FORMAT_VERSION))
        if manifest["format_version"] == 2:
            files = {file: sums.to_json() for file, sums in _verified(part, manifest).items()}
            with storing(part):
                write_durably(part / MANIFEST, sealed(manifest | {"format_version": FORMAT_VERSION, "files": files}))


def _verified(folder: Path, manifest: dict[str, Any]) -> dict[str, Checksums]:
    """The checksums of the files of a folder, whose SHA-256 the manifest has."""
    found = {}
    for file, facts in manifest["files"].items():
        try:
            with (folder / file).open("rb") as stream:
                digest = hashlib.file_digest(stream, "sha256").hexdigest()
            found[file] = Checksums.of_file(folder / file)
        except OSError as error:
            raise CorruptSnapshot(f"{folder / file}: {error.strerror or error}") from error
        if digest != facts["sha256"]:
            raise CorruptSnapshot(f"{folder / file}: its SHA-256 differs from the manifest")
    return found


def _read_first_format(folder: Path, name: str) -> Graph:
    """A snapshot of format 1: the same arrays without the chunks of the content hash, which was one over the arrays."""
    manifest = read_manifest(folder, formats=(1,))
    try:
        arrays: NewArrays = dict(MappedArrays(folder, _verified(folder, manifest)))
        relations = len(arrays["relation_offsets"]) - 1
        arrays["relation_count"] = np.bincount(arrays["out_relation"], minlength=relations)
        content_hash, chunks = fingerprint(arrays)
        meta = Meta(manifest["num_entities"], tuple(manifest["languages"]), content_hash)
        return Graph(name, arrays | chunks, meta)
    except KeyError as error:
        raise CorruptSnapshot(f"{folder}: no array {error} in the manifest") from error
