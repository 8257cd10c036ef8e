"""Converts snapshots from earlier format versions."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from clew.kg.errors import CorruptSnapshot
from clew.kg.graph.arrays import Arrays, Meta
from clew.kg.graph.fingerprint import fingerprint
from clew.kg.graph.graph import Graph
from clew.kg.store.catalogue import Catalogue
from clew.kg.store.snapshot import FORMAT_VERSION, map_arrays, read_manifest, verify_files, write_snapshot


def migrate(catalogue: Catalogue, name: str) -> dict[str, str]:
    """Rewrite every version of a graph that is of an earlier format; the new version of each old one.

    A version keeps its place in the order, and stays the current one if it was. What a version is called changes where
    the definition of the content hash did; answers kept under the old one can then no longer be looked up in it.
    Killed at any moment, it can be run again. ``CorruptSnapshot`` for damaged files and unknown formats.
    """
    renamed = {}
    for folder, old in catalogue.version_folders(name):
        found = read_manifest(folder, formats=range(1, FORMAT_VERSION + 1))["format_version"]
        if found == FORMAT_VERSION:
            continue
        graph = _read_first_format(folder, name)
        with catalogue.staging() as built:
            write_snapshot(graph, built)
            catalogue.replace(name, folder, built)
        renamed[old] = graph.version
    return renamed


def _read_first_format(folder: Path, name: str) -> Graph:
    """A snapshot of format 1: the same arrays without the chunks of the content hash, which was one over the arrays."""
    verify_files(folder, formats=(1,))
    manifest = read_manifest(folder, formats=(1,))
    arrays: Arrays = map_arrays(folder, manifest)
    try:
        relations = len(arrays["relation_offsets"]) - 1
        arrays["relation_count"] = np.bincount(arrays["out_relation"], minlength=relations)
        content_hash, chunks = fingerprint(arrays)
        meta = Meta(manifest["num_entities"], tuple(manifest["languages"]), content_hash)
        return Graph(name, arrays | chunks, meta)
    except KeyError as error:
        raise CorruptSnapshot(f"{folder}: no array {error} in the manifest") from error
