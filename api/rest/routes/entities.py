"""Routes to look around in a graph: its entities and relations."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Path, Query

from clew.api.rest.access import needs
from clew.api.rest.examples import MATCHES, NEIGHBOURHOOD, PAINTER, RELATIONS, example
from clew.api.rest.routes.dependencies import GraphName, TheFreshness, TheReaders, TheService
from clew.api.schema.exploring import EntityDetail, EntityMatches, RelationPage
from clew.kg import limits

router = APIRouter(prefix="/v1/graphs/{graph}", tags=["entities"])

Text = Annotated[
    str,
    Query(
        min_length=1,
        max_length=limits.MAX_QUESTION_CHARS,
        description="What has been typed of a name.",
        examples=["anna"],
    ),
]
Limit = Annotated[int, Query(ge=1, le=limits.MAX_PAGE, description="Most entries to return.", examples=[20])]
Cursor = Annotated[
    str | None, Query(max_length=4096, description="`next` of the page before; none: the first page.", examples=[None])
]
Key = Annotated[
    str, Path(max_length=4096, description="Key of the entity; an IRI is percent-encoded.", examples=[PAINTER.key])
]


@router.get(
    "/entities",
    operation_id="find_entities",
    dependencies=[needs("read")],
    summary="Find entities by what is typed of a name",
    responses=example(MATCHES, what="The entities, best first", tagged=True),
)
async def entities(
    graph: GraphName, q: Text, service: TheService, readers: TheReaders, fresh: TheFreshness, limit: Limit = 10
) -> EntityMatches:
    """Complete a name: entities whose names are the text, begin with it, hold its words, or are spelled like it. Case,
    accents and punctuation are ignored. Of entities that match equally well, those with more edges come first."""
    if fresh.asked:
        fresh.check(await readers.quick(partial(service.version, graph)))
    found = await readers.slow(partial(service.entities, graph, q, limit))
    fresh.tag(found.version)
    return found


@router.get(
    "/entities/{key:path}",
    operation_id="get_entity",
    dependencies=[needs("read")],
    summary="Show what is around an entity",
    responses=example(NEIGHBOURHOOD, what="The entity, with a page of its triples", tagged=True),
)
async def entity(
    graph: GraphName,
    key: Key,
    service: TheService,
    readers: TheReaders,
    fresh: TheFreshness,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> EntityDetail:
    """Return an entity with its classes, its relations, and its triples page by page. The pages of a cursor are of one
    version of the graph, even if there is a newer one meanwhile."""
    found = await readers.slow(partial(service.entity, graph, key, limit, cursor))
    fresh.tag(found.version)
    return found


@router.get(
    "/relations",
    operation_id="list_relations",
    dependencies=[needs("read")],
    summary="List the relations of a graph",
    responses=example(RELATIONS, what="A page of the relations", tagged=True),
)
async def relations(
    graph: GraphName,
    service: TheService,
    readers: TheReaders,
    fresh: TheFreshness,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> RelationPage:
    """List the relations with the number of their triples, the most frequent first, page by page."""
    found = await readers.slow(partial(service.relations, graph, limit, cursor))
    fresh.tag(found.version)
    return found
