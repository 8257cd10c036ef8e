"""Facts about a graph that are available without opening it."""

from __future__ import annotations

from datetime import UTC, datetime

from clew.api.schema.models import GraphInfo
from clew.kg.errors import ClewError, CorruptSnapshot, UnknownGraph, UnknownVersion
from clew.kg.graph.graph import Graph
from clew.kg.graph.profile import Profile, profile
from clew.kg.store.catalogue import Catalogue
from clew.kg.store.snapshot import MANIFEST, read_manifest
from clew.tries.columns.columns import ValueCounts
from clew.tries.columns.stored import INDEX, KIND, columns_of, keep_columns_in


def graph_infos(catalogue: Catalogue) -> list[GraphInfo]:
    """Return the counts of every graph at its current version; a damaged one stands for itself, the others unharmed."""
    found = []
    for name in catalogue.names():
        try:
            found.append(graph_info(catalogue, name))
        except UnknownGraph:  # removed meanwhile
            continue
        except (ClewError, OSError) as error:
            found.append(_damaged(name, _current(catalogue, name), str(error)))
    return found


def version_infos(catalogue: Catalogue, name: str) -> list[GraphInfo]:
    """Return the counts of every version of a graph, the oldest first; a damaged one stands for itself, the others
    unharmed. Raises ``UnknownGraph``."""
    found = []
    for version in catalogue.versions(name):
        try:
            found.append(graph_info(catalogue, name, version))
        except UnknownVersion:  # removed meanwhile
            continue
        except (CorruptSnapshot, OSError) as error:
            found.append(_damaged(name, version, str(error)))
    return found


def _current(catalogue: Catalogue, name: str) -> str:
    try:
        return catalogue.current(name)
    except ClewError:
        return ""


def _damaged(name: str, version: str, reason: str) -> GraphInfo:
    return GraphInfo(name=name, version=version, triples=None, entities=None, relations=None, damaged=reason)


def graph_info(catalogue: Catalogue, name: str, version: str | None = None) -> GraphInfo:
    """Return the counts of a graph at ``version``, or at its current one, from its manifest.

    Raises ``UnknownGraph``, ``UnknownVersion``, ``CorruptSnapshot``.
    """
    folder = catalogue.version_folder(name, version)
    manifest = read_manifest(folder)
    created = datetime.fromtimestamp((folder / MANIFEST).stat().st_mtime, UTC)
    try:
        return GraphInfo(
            name=name,
            version=str(manifest["content_hash"])[:12],
            triples=manifest["counts"]["statements"],
            entities=manifest["num_entities"],
            relations=manifest["counts"]["relations"],
            created=created.isoformat(timespec="seconds"),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise CorruptSnapshot(f"{folder / MANIFEST}: the counts are missing or wrong") from error


def graph_stats(catalogue: Catalogue, name: str, version: str | None = None) -> dict[str, object]:
    """Return the profile of a graph at ``version``, or at its current one; reads the whole graph."""
    graph = catalogue.open(name, version)
    return stats_of(graph_info(catalogue, name, version), profile(graph), value_counts(catalogue, graph))


def value_counts(catalogue: Catalogue, graph: Graph) -> ValueCounts:
    """Return how many typed values a graph has; opens its columns, and builds them where they are missing."""
    keep_columns_in(graph, catalogue.derived(graph, KIND, INDEX))
    return columns_of(graph).counts()


def stats_of(info: GraphInfo, found: Profile, values: ValueCounts) -> dict[str, object]:
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
        "values": [{"kind": kind.value, "unit": unit, "edges": size} for kind, unit, size in values.sizes],
        "no_values": values.excluded,
    }
