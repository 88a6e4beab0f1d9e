"""Entities as GeoJSON (CIM 009, 4.5.16 and 4.5.17): a Feature each, with one of its geometries standing out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from noren.broker.contexts import Context
from noren.broker.forms.render import DEFAULT, Form, render
from noren.store.query import Doc

LOCATION = "https://uri.etsi.org/ngsi-ld/location"


def feature(doc: Doc, context: Context, form: Form = DEFAULT, geometry: str = LOCATION) -> dict[str, Any]:
    """The entity as a GeoJSON Feature; `geometry` is the IRI of the GeoProperty, "geometry" null where it has none."""
    properties = render(doc, context, form)
    identity = properties.pop("id", doc["id"])
    return {"id": identity, "type": "Feature", "geometry": _geometry(doc, geometry), "properties": properties}


def feature_collection(
    docs: Iterable[Doc], context: Context, form: Form = DEFAULT, geometry: str = LOCATION
) -> dict[str, Any]:
    """Entities as a GeoJSON FeatureCollection."""
    return {"type": "FeatureCollection", "features": [feature(doc, context, form, geometry) for doc in docs]}


def _geometry(doc: Doc, name: str) -> Any:
    stored = doc["attrs"].get(name)
    if isinstance(stored, list):
        stored = next((instance for instance in stored if "datasetId" not in instance), stored[0])
    found = stored["value"] if stored and stored["type"] == "GeoProperty" else None
    return found if isinstance(found, dict) else None
