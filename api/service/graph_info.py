"""What is told of a graph without opening it."""

from __future__ import annotations

from datetime import UTC, datetime

from clew.api.schema.models import GraphInfo
from clew.kg.store.catalogue import Catalogue
from clew.kg.store.snapshot import MANIFEST, read_manifest


def graph_info(catalogue: Catalogue, name: str) -> GraphInfo:
    """Return a graph's current version and counts, from its manifest. Raises ``UnknownGraph``, ``CorruptSnapshot``."""
    folder = catalogue.version_folder(name)
    manifest = read_manifest(folder)
    counts = manifest["counts"]
    created = datetime.fromtimestamp((folder / MANIFEST).stat().st_mtime, UTC)
    return GraphInfo(
        name=name,
        version=str(manifest["content_hash"])[:12],
        triples=counts["statements"],
        entities=manifest["num_entities"],
        relations=counts["relations"],
        created=created.isoformat(timespec="seconds"),
    )
