"""The IRIs Clew knows by name, and which predicates carry labels."""

from __future__ import annotations

from typing import Literal as Choice

LabelKind = Choice["preferred", "alternative", "description"]

Inference = Choice["none", "rdfs", "owl"]
"""What is inferred while a graph is loaded (``clew.kg.graph.inference``)."""

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"
SKOS = "http://www.w3.org/2004/02/skos/core#"
XSD = "http://www.w3.org/2001/XMLSchema#"

WIKIBASE = "http://wikiba.se/ontology#"
STATED_BY = frozenset(
    WIKIBASE + name
    for name in (
        "directClaim", "directClaimNormalized", "claim", "statementProperty", "statementValue",
        "statementValueNormalized", "qualifier", "qualifierValue", "qualifierValueNormalized", "reference",
        "referenceValue", "referenceValueNormalized",
    )
)  # fmt: skip
"""From a Wikidata property to the relations that state it: the property has the label."""
RDF_TYPE = RDF + "type"
RDF_FIRST = RDF + "first"
RDF_REST = RDF + "rest"
RDF_NIL = RDF + "nil"
RDF_LIST = RDF + "List"
LIST_POSITION = "list position"
"""The attribute that says where a member stood in its list (``clew.kg.graph.lists``)."""
TIME_STARTS = ("start", "begin", "since", "from", "valid from", "start date", "start time", "begin date", "P580")
TIME_ENDS = ("end", "until", "to", "valid to", "valid until", "end date", "end time", "P582")
TIME_INSTANTS = ("at", "valid at", "point in time", "P585")
"""Attributes of edges read as times unless others are named: common column names, schema.org's and Wikidata's
qualifiers. Case, spaces, hyphens and what comes before an IRI's last part do not matter."""
RDF_REIFIES = RDF + "reifies"
RDF_LANGSTRING = RDF + "langString"
RDF_DIRLANGSTRING = RDF + "dirLangString"
RDFS_LABEL = RDFS + "label"
RDFS_SUBCLASS = RDFS + "subClassOf"
RDFS_SUBPROPERTY = RDFS + "subPropertyOf"
RDFS_DOMAIN, RDFS_RANGE = RDFS + "domain", RDFS + "range"
OWL = "http://www.w3.org/2002/07/owl#"
OWL_IMPORTS = OWL + "imports"
OWL_INVERSE_OF = OWL + "inverseOf"
OWL_SYMMETRIC, OWL_TRANSITIVE = OWL + "SymmetricProperty", OWL + "TransitiveProperty"
OWL_SAME_CLASS, OWL_SAME_PROPERTY = OWL + "equivalentClass", OWL + "equivalentProperty"
PLUMBING = frozenset({RDF_FIRST, RDF_REST}) | frozenset(
    OWL + name
    for name in (
        "onProperty", "onProperties", "onClass", "onDataRange", "onDatatype", "withRestrictions", "someValuesFrom",
        "allValuesFrom", "hasValue", "hasSelf", "cardinality", "minCardinality", "maxCardinality",
        "qualifiedCardinality", "minQualifiedCardinality", "maxQualifiedCardinality", "unionOf", "intersectionOf",
        "complementOf", "datatypeComplementOf", "oneOf", "disjointUnionOf", "members", "distinctMembers", "hasKey",
        "propertyChainAxiom", "annotatedSource", "annotatedProperty", "annotatedTarget", "sourceIndividual",
        "assertionProperty", "targetIndividual", "targetValue",
    )
)  # fmt: skip
"""Relations that hold together what RDF and OWL write as several statements: nobody asks for one of them."""
XSD_STRING = XSD + "string"

LABEL_PREDICATES: dict[str, LabelKind] = {
    RDFS_LABEL: "preferred",
    SKOS + "prefLabel": "preferred",
    "http://schema.org/name": "preferred",
    "https://schema.org/name": "preferred",
    "http://xmlns.com/foaf/0.1/name": "preferred",
    SKOS + "altLabel": "alternative",
    SKOS + "hiddenLabel": "alternative",
    "http://schema.org/alternateName": "alternative",
    "https://schema.org/alternateName": "alternative",
    RDFS + "comment": "description",
    "http://schema.org/description": "description",
    "https://schema.org/description": "description",
    "http://purl.org/dc/terms/description": "description",
    SKOS + "definition": "description",
}
"""Predicates whose string-valued statements are labels of their subject, not edges; the first is used on export."""

PREDICATE_OF_KIND: dict[LabelKind, str] = {
    "preferred": RDFS_LABEL,
    "alternative": SKOS + "altLabel",
    "description": RDFS + "comment",
}
"""The predicate under which a label given without one is stored."""

_DCT, _DC = "http://purl.org/dc/terms/", "http://purl.org/dc/elements/1.1/"
_FOAF, _GEONAMES = "http://xmlns.com/foaf/0.1/", "http://www.geonames.org/ontology#"
_SCHEMA = ("http://schema.org/", "https://schema.org/")
_VCARD, _OBO = "http://www.w3.org/2006/vcard/ns#", "http://www.geneontology.org/formats/oboInOwl#"
_XL = "http://www.w3.org/2008/05/skos-xl#"

XL_LABEL, XL_FORM = _XL + "prefLabel", _XL + "literalForm"
XL_ALIASES = (_XL + "altLabel", _XL + "hiddenLabel")
FULL_NAMES: tuple[tuple[str, ...], ...] = (
    (*(key for key, kind in LABEL_PREDICATES.items() if kind == "preferred"), XL_FORM),
    (_DCT + "title", _DC + "title", _GEONAMES + "name", _VCARD + "fn"),
    (_GEONAMES + "officialName", _GEONAMES + "shortName"),
)
"""Relations whose literals name their head where no label does, the best ones first; they stay edges."""
GIVEN_NAMES = (
    *(_FOAF + name for name in ("givenName", "firstName", "givenname")),
    *(schema + "givenName" for schema in _SCHEMA),
    _VCARD + "given-name",
)
FAMILY_NAMES = (
    *(_FOAF + name for name in ("familyName", "lastName", "surname", "family_name")),
    *(schema + "familyName" for schema in _SCHEMA),
    _VCARD + "family-name",
)
"""Relations to the parts of a person's name."""
ALIASES = (
    *(_GEONAMES + name for name in ("alternateName", "officialName", "shortName")),
    *(_OBO + name for name in ("hasExactSynonym", "hasSynonym")),
    _FOAF + "nick",
    _VCARD + "nickname",
)
"""Relations to further names."""
