"""Facts about a graph that are available without opening it."""

from __future__ import annotations

from datetime import UTC, datetime

from clew.api.schema.models import GraphInfo
from clew.kg.graph.profile import Profile, profile
from clew.kg.store.catalogue import Catalogue
from clew.kg.store.snapshot import MANIFEST, read_manifest


def graph_info(catalogue: Catalogue, name: str, version: str | None = None) -> GraphInfo:
    """Return the counts of a graph at ``version``, or at its current one, from its manifest.

    Raises ``UnknownGraph``, ``UnknownVersion``, ``CorruptSnapshot``.
    """
    folder = catalogue.version_folder(name, version)
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


def graph_stats(catalogue: Catalogue, name: str, version: str | None = None) -> dict[str, object]:
    """Return the profile of a graph at ``version``, or at its current one; reads the whole graph."""
    return stats_of(graph_info(catalogue, name, version), profile(catalogue.open(name, version)))


def stats_of(info: GraphInfo, found: Profile) -> dict[str, object]:
    """Return the profile under the names that `clew graphs --json` uses too."""
    rest = found.to_dict()
    return info.model_dump() | {
        "edges": rest["edges"],
        "literals": rest["literal_nodes"],
        "attributes": rest["attributes"],
        "degrees": [{"from": least, "nodes": nodes} for least, nodes in found.degrees],
        "hubs": [{"key": hub.key, "label": hub.label, "edges": hub.count} for hub in found.hubs],
        "labelled": rest["labelled"],
        "unlabelled": rest["unlabelled"],
        "shared_labels": {
            "labels": found.num_shared_labels,
            "entities": found.num_sharing_entities,
            "most": rest["shared_labels"],
        },
        "relation_counts": rest["relation_profiles"],
        "literals_by_type": rest["literals"],
    }
