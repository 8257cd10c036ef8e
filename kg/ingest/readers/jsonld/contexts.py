"""Contexts of JSON-LD that are built in: made for Clew, with what turns the terms of each into the right IRIs.

They give the same triples as the published ones for the terms that they know. What they leave out is dropped, as any
term is that no context defines; terms of schema.org need no list, since all lie in one namespace.
"""

from __future__ import annotations

from typing import Any

SCHEMA = "http://schema.org/"
XSD = "http://www.w3.org/2001/XMLSchema#"
AS = "https://www.w3.org/ns/activitystreams#"
OA = "http://www.w3.org/ns/oa#"
DCTERMS = "http://purl.org/dc/terms/"
SEC = "https://w3id.org/security#"
DID = "https://www.w3.org/ns/did#"
CRED = "https://www.w3.org/2018/credentials#"

_SCHEMA_IRIS = """
acquireLicensePage actionableFeedbackPolicy afterMedia archivedAt associatedDisease beforeMedia benefitsSummaryUrl
codeRepository colleague colorSwatch constraintProperty contentUrl correctionsPolicy discussionUrl
diseasePreventionInfo diseaseSpreadStatistics diversityPolicy diversityStaffingReport documentation downloadUrl
duringMedia embedUrl ethicsPolicy gameLocation gettingTestedInfo hasGS1DigitalLink hasMap hasMolecularFunction
healthPlanMarketingUrl image inCodeSet inDefinedTermSet installUrl isBasedOn isBasedOnUrl
isInvolvedInBiologicalProcess isLocatedInSubcellularLocation isPartOf labelDetails layoutImage license logo
mainEntityOfPage map maps masthead merchantReturnLink missionCoveragePrioritiesPolicy newsUpdatesAndGuidelines
noBylinesPolicy originalMediaLink paymentUrl prescribingInfo productReturnLink publicTransportClosuresInfo
publishingPrinciples quarantineGuidelines relatedLink replyToUrl sameAs schoolClosuresInfo screenshot sdLicense
season serviceUrl significantLink significantLinks speakable target targetUrl thumbnailUrl tourBookingPage
trackingUrl travelBans unnamedSourcesPolicy url usageInfo verificationFactCheckingPolicy webFeed
"""
"""Properties of schema.org whose values are addresses or things, and never plain text."""

_SCHEMA_DATES = """
applicationStartDate auditDate availabilityEnds availabilityStarts birthDate commentTime dateCreated dateDeleted
dateIssued dateModified datePosted datePublished dateRead dateVehicleFirstRegistered deathDate dissolutionDate
endDate exceptDate expectedArrivalFrom expectedArrivalUntil expires foundingDate guidelineDate lastReviewed
legislationDate legislationDateOfApplicability legislationDateVersion merchantReturnDays modelDate orderDate
paymentDueDate previousStartDate priceValidUntil productionDate purchaseDate releaseDate scheduledPaymentDate
scheduledTime sdDatePublished startDate uploadDate validFrom validThrough validUntil vehicleModelDate
"""
"""Properties of schema.org whose values are dates."""

_AS_TYPES = """
Accept Activity Add Announce Application Arrive Article Audio Block Collection CollectionPage Create Delete Dislike
Document Event Flag Follow Group Ignore Image IntransitiveActivity Invite Join Leave Like Link Listen Mention Move Note
Object Offer OrderedCollection OrderedCollectionPage Organization Page Person Place Profile Question Read Reject
Relationship Remove Service TentativeAccept TentativeReject Tombstone Travel Undo Update Video View
"""
_AS_IRIS = """
actor anyOf attachment attributedTo audience bcc bto cc context current describes endpoints first followers following
generator href icon image inReplyTo instrument items last liked likes location next oauthAuthorizationEndpoint
oauthTokenEndpoint object oneOf origin outbox partOf prev preview provideClientKey proxyUrl relationship replies result
sharedInbox shares signClientKey streams subject tag target to uploadMedia url
"""
_AS_TEXTS = "content formerType hreflang mediaType name preferredUsername rel source summary units"
_AS_TYPED = {
    "dateTime": "closed deleted endTime published startTime updated",
    "duration": "duration",
    "float": "accuracy altitude latitude longitude radius",
    "nonNegativeInteger": "height startIndex totalItems width",
}

_OA_TYPES = """
Annotation Choice CssSelector CssStyle DataPositionSelector Direction FragmentSelector HttpRequestState Motivation
PreferContainedIRIs PreferContainedDescriptions RangeSelector ResourceSelection SpecificResource SvgSelector
TextPositionSelector TextQuoteSelector TextualBody TimeState XPathSelector
"""
_OA_IRIS = {
    "body": "hasBody", "target": "hasTarget", "source": "hasSource", "selector": "hasSelector", "state": "hasState",
    "scope": "hasScope", "motivation": "motivatedBy", "purpose": "hasPurpose", "stylesheet": "styledBy", "cached":
    "cachedSource", "renderedVia": "renderedVia", "refinedBy": "refinedBy", "canonical": "canonical", "via": "via",
    "startSelector": "hasStartSelector", "endSelector": "hasEndSelector",
}  # fmt: skip
_OA_TEXTS = {"exact": "exact", "prefix": "prefix", "suffix": "suffix", "styleClass": "styleClass"}

_RO_CRATE = {
    "File": SCHEMA + "MediaObject",
    "Journal": SCHEMA + "Periodical",
    "conformsTo": DCTERMS + "conformsTo",
    "RepositoryCollection": "http://pcdm.org/models#Collection",
    "RepositoryObject": "http://pcdm.org/models#Object",
    "hasFile": "http://pcdm.org/models#hasFile",
    "hasMember": "http://pcdm.org/models#hasMember",
    "ComputationalWorkflow": "https://bioschemas.org/ComputationalWorkflow",
    "FormalParameter": "https://bioschemas.org/FormalParameter",
    "input": "https://bioschemas.org/ComputationalWorkflow#input",
    "output": "https://bioschemas.org/ComputationalWorkflow#output",
}

_DID_IRIS = {
    "alsoKnownAs": AS + "alsoKnownAs",
    "assertionMethod": SEC + "assertionMethod",
    "authentication": SEC + "authenticationMethod",
    "capabilityDelegation": SEC + "capabilityDelegationMethod",
    "capabilityInvocation": SEC + "capabilityInvocationMethod",
    "controller": SEC + "controller",
    "keyAgreement": SEC + "keyAgreementMethod",
    "service": DID + "service",
    "serviceEndpoint": DID + "serviceEndpoint",
    "verificationMethod": SEC + "verificationMethod",
}

_CREDENTIAL_IRIS = """
credentialSchema credentialStatus credentialSubject evidence holder issuer refreshService termsOfUse
"""


def _iri(iri: str) -> dict[str, str]:
    return {"@id": iri, "@type": "@id"}


def _typed(iri: str, datatype: str) -> dict[str, str]:
    return {"@id": iri, "@type": datatype}


def schema_org() -> dict[str, Any]:
    """https://schema.org/ (its terms lie in http://schema.org/, as in the published context)."""
    iris = {name: _iri(SCHEMA + name) for name in _SCHEMA_IRIS.split()}
    dates = {name: _typed(SCHEMA + name, SCHEMA + "Date") for name in _SCHEMA_DATES.split()}
    return {"@vocab": SCHEMA, "schema": SCHEMA, "type": "@type", "id": "@id", **iris, **dates}


def activity_streams() -> dict[str, Any]:
    """https://www.w3.org/ns/activitystreams (ActivityPub, Mastodon)."""
    typed = {name: _typed(AS + name, XSD + kind) for kind, names in _AS_TYPED.items() for name in names.split()}
    maps = {f"{name}Map": {"@id": AS + name, "@container": "@language"} for name in ("content", "name", "summary")}
    return {
        "as": AS,
        "id": "@id",
        "type": "@type",
        **{name: AS + name for name in (_AS_TYPES + _AS_TEXTS).split()},
        **{name: _iri(AS + name) for name in _AS_IRIS.split()},
        **typed,
        **maps,
        "inbox": _iri("http://www.w3.org/ns/ldp#inbox"),
        "orderedItems": {**_iri(AS + "items"), "@container": "@list"},
        "Public": _iri(AS + "Public"),
    }


def web_annotation() -> dict[str, Any]:
    """http://www.w3.org/ns/anno.jsonld (Web Annotation)."""
    iris = {name: _iri(OA + tail) for name, tail in _OA_IRIS.items()}
    return {
        "oa": OA,
        "id": "@id",
        "type": "@type",
        **{name: OA + name for name in _OA_TYPES.split()},
        **iris,
        **{name: OA + tail for name, tail in _OA_TEXTS.items()},
        "bodyValue": OA + "bodyValue",
        "start": _typed(OA + "start", XSD + "nonNegativeInteger"),
        "end": _typed(OA + "end", XSD + "nonNegativeInteger"),
        "value": "http://www.w3.org/1999/02/22-rdf-syntax-ns#value",
        "creator": _iri(DCTERMS + "creator"),
        "rights": _iri(DCTERMS + "rights"),
        "conformsTo": _iri(DCTERMS + "conformsTo"),
        "created": _typed(DCTERMS + "created", XSD + "dateTime"),
        "modified": _typed(DCTERMS + "modified", XSD + "dateTime"),
        "format": "http://purl.org/dc/elements/1.1/format",
        "language": "http://purl.org/dc/elements/1.1/language",
        "name": "http://xmlns.com/foaf/0.1/name",
        "Person": "http://xmlns.com/foaf/0.1/Person",
        "Organization": "http://xmlns.com/foaf/0.1/Organization",
        "homepage": _iri("http://xmlns.com/foaf/0.1/homepage"),
        "generator": _iri(AS + "generator"),
        "Software": AS + "Application",
        "items": {**_iri(AS + "items"), "@container": "@list"},
    }


def did() -> dict[str, Any]:
    """https://www.w3.org/ns/did/v1 (decentralised identifiers)."""
    return {"id": "@id", "type": "@type", **{name: _iri(iri) for name, iri in _DID_IRIS.items()}}


def credentials() -> dict[str, Any]:
    """https://www.w3.org/2018/credentials/v1 (verifiable credentials)."""
    return {
        "id": "@id",
        "type": "@type",
        "VerifiableCredential": CRED + "VerifiableCredential",
        "VerifiablePresentation": CRED + "VerifiablePresentation",
        **{name: _iri(CRED + name) for name in _CREDENTIAL_IRIS.split()},
        "verifiableCredential": {**_iri(CRED + "verifiableCredential"), "@container": "@graph"},
        "issuanceDate": _typed(CRED + "issuanceDate", XSD + "dateTime"),
        "expirationDate": _typed(CRED + "expirationDate", XSD + "dateTime"),
        "proof": {**_iri(SEC + "proof"), "@container": "@graph"},
    }


def ro_crate() -> dict[str, Any]:
    """https://w3id.org/ro/crate/1.1/context: terms of schema.org without types, and those that it adds."""
    return {"@vocab": SCHEMA, **_RO_CRATE}


BUILT_IN = {
    "schema.org": schema_org,
    "schema.org/docs/jsonldcontext.json": schema_org,
    "schema.org/docs/jsonldcontext.jsonld": schema_org,
    "www.schema.org": schema_org,
    "www.w3.org/ns/activitystreams": activity_streams,
    "www.w3.org/ns/activitystreams.jsonld": activity_streams,
    "www.w3.org/ns/anno.jsonld": web_annotation,
    "www.w3.org/ns/anno": web_annotation,
    "www.w3.org/ns/did/v1": did,
    "www.w3.org/2018/credentials/v1": credentials,
    "w3id.org/ro/crate/1.0/context": ro_crate,
    "w3id.org/ro/crate/1.1/context": ro_crate,
    "w3id.org/ro/crate/1.2/context": ro_crate,
}
"""Contexts by their addresses, without ``http://`` or ``https://`` and without a slash at the end."""


def built_in(address: str) -> dict[str, Any] | None:
    """The context of an address, None where it is not built in."""
    bare = address.strip().removeprefix("https://").removeprefix("http://")
    make = BUILT_IN.get(bare.rstrip("/#").lower()) if bare != address.strip() else None
    return make() if make else None
