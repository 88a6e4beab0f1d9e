"""The core @context of NGSI-LD as a term table, and the city's own, which adds the types and attributes of the tables.

The core terms are facts of ETSI GS CIM 009 v1.9.1, annex B, written here by the form of their definition. Both are
served as JSON-LD documents; nothing is fetched.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from noren.terms.tables import ATTRIBUTES, COMMON, DEFAULT_VOCABULARY, TYPES, Kind

CORE_URL = "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.9.jsonld"
CORE_BASE = "https://uri.etsi.org/ngsi-ld/"
_GEOJSON = "https://purl.org/geojson/vocab#"

_CLASSES = """Attribute AttributeList ContextSourceIdentity ContextSourceNotification ContextSourceRegistration Date
DateTime EntityType EntityTypeInfo EntityTypeList GeoProperty JsonProperty LanguageProperty ListProperty
ListRelationship Notification Property Relationship Subscription TemporalProperty Time VocabProperty"""
_GEO_CLASSES = """Feature FeatureCollection GeometryCollection LineString MultiLineString MultiPoint MultiPolygon Point
Polygon"""
_PLAIN = """accept attrs cacheDuration contextSourceAlias contextSourceInfo contextSourceUptime cooldown csf data detail
endpoint entities entity entityCount error errors expandValues format geoQ geoproperty georel idPattern information
isActive join jsonKeys lang linkedMaps localOnly location management managementInterval mode notUpdated notification
notificationTrigger notifierInfo observationInterval observationSpace omit operationSpace operations pick q reason
receiverInfo refreshRate registrationId registrationName scope scopeQ showChanges status subscriptionName sysAttrs
temporalQ throttling timeInterval timeout timeproperty timerel timesFailed timesSent triggerReason unchanged unitCode
updated uri"""
_RENAMED = {
    "containedBy": "isContainedBy",
    "entityMap": "hasEntityMap",
    "joinLevel": "hasJoinLevel",
    "key": "hasKey",
    "previousValue": "hasPreviousValue",
    "value": "hasValue",
}
_DATETIMES = """contextSourceTimeAt createdAt deletedAt endAt endTimeAt expiresAt lastFailure lastNotification
lastSuccess modifiedAt notifiedAt observedAt startAt timeAt"""
_IDS = "datasetId entityId instanceId subscriptionId success tenant"
_VOCABS = """attributeList attributeName attributeNames attributeTypes attributes propertyNames relationshipNames
typeList typeName typeNames watchedAttributes"""
_LISTS = "avg distinctCount entityList jsons max min stddev sum sumsq totalCount"
_HAS_LISTS = {
    "languageMaps": "hasLanguageMaps",
    "objectList": "hasObjectList",
    "objects": "hasObjects",
    "objectsLists": "hasObjectsLists",
    "previousObjectList": "hasPreviousObjectList",
    "previousValueList": "hasPreviousValueList",
    "valueList": "hasValueList",
    "valueLists": "hasValueLists",
    "values": "hasValues",
    "vocabs": "hasVocabs",
}


def _ngsi(name: str, **more: str) -> dict[str, str]:
    return {"@id": f"ngsi-ld:{name}", **more}


def _special() -> dict[str, Any]:
    return {
        "attributeCount": "attributeCount",
        "attributeDetails": "attributeDetails",
        "description": "http://purl.org/dc/terms/description",
        "title": "http://purl.org/dc/terms/title",
        "bbox": {"@container": "@list", "@id": "geojson:bbox"},
        "coordinates": {"@container": "@list", "@id": "geojson:coordinates"},
        "features": {"@container": "@set", "@id": "geojson:features"},
        "geometry": "geojson:geometry",
        "geometryProperty": "geojson:geometryProperty",
        "properties": "geojson:properties",
        "contextSourceExtras": _ngsi("contextSourceExtras", **{"@type": "@json"}),
        "json": _ngsi("hasJSON", **{"@type": "@json"}),
        "previousJson": _ngsi("hasPreviousJson", **{"@type": "@json"}),
        "dataset": _ngsi("hasDataset", **{"@container": "@index"}),
        "languageMap": _ngsi("hasLanguageMap", **{"@container": "@language"}),
        "previousLanguageMap": _ngsi("hasPreviousLanguageMap", **{"@container": "@language"}),
        "object": _ngsi("hasObject", **{"@type": "@id"}),
        "previousObject": _ngsi("hasPreviousObject", **{"@type": "@id"}),
        "objectType": _ngsi("hasObjectType", **{"@type": "@vocab"}),
        "vocab": _ngsi("hasVocab", **{"@type": "@vocab"}),
        "previousVocab": _ngsi("hasPreviousVocab", **{"@type": "@vocab"}),
    }


@cache
def core() -> dict[str, Any]:
    """The core context's term definitions, ready to be served under "@context"."""
    terms: dict[str, Any] = {name: f"ngsi-ld:{name}" for name in f"{_CLASSES} {_PLAIN}".split()}
    terms |= {name: f"geojson:{name}" for name in _GEO_CLASSES.split()}
    terms |= {name: f"ngsi-ld:{iri}" for name, iri in _RENAMED.items()}
    terms |= {name: _ngsi(name, **{"@type": "DateTime"}) for name in _DATETIMES.split()}
    terms |= {name: _ngsi(name, **{"@type": "@id"}) for name in _IDS.split()}
    terms |= {name: _ngsi(name, **{"@type": "@vocab"}) for name in _VOCABS.split()}
    terms |= {name: _ngsi(name, **{"@container": "@list"}) for name in _LISTS.split()}
    terms |= {name: _ngsi(iri, **{"@container": "@list"}) for name, iri in _HAS_LISTS.items()}
    return {
        "@version": 1.1,
        "@protected": True,
        "ngsi-ld": CORE_BASE,
        "geojson": _GEOJSON,
        "id": "@id",
        "type": "@type",
        **dict(sorted((terms | _special()).items())),
        "@vocab": DEFAULT_VOCABULARY,
    }


_COERCED: dict[Kind, str] = {
    "relation": "@id",
    "relations": "@id",
    "datetime": CORE_BASE + "DateTime",
}


@cache
def city() -> dict[str, Any]:
    """The city's own terms, the types and attributes of the tables; to be used with the core behind it."""
    terms: dict[str, Any] = {kind.name: kind.iri for kind in TYPES.values()}
    known = core()
    for attribute in (COMMON | ATTRIBUTES).values():
        if attribute.name not in known:
            kind = _COERCED.get(attribute.kind)
            terms[attribute.name] = {"@id": attribute.iri, "@type": kind} if kind else attribute.iri
    return dict(sorted(terms.items()))


def document() -> dict[str, Any]:
    """The city's own context as a JSON-LD document: its terms, then the core."""
    return {"@context": [city(), core()]}
