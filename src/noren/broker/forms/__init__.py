"""The forms in which NGSI-LD writes an entity, and the way between each of them and the stored document.

Names to know: `parse_entity`, `render`, `Form`.

>>> from noren.broker.contexts import ContextRegistry
>>> context = ContextRegistry().get()
>>> doc = parse_entity({"id": "urn:x:1", "type": "Vehicle", "speed": {"value": 30, "unitCode": "KMH"}}, context)
>>> render(doc, context)["speed"]
{'type': 'Property', 'value': 30, 'unitCode': 'KMH'}
"""

from noren.broker.forms.checks import NULL, geometry, instant, scopes, uri
from noren.broker.forms.geojson import feature, feature_collection
from noren.broker.forms.members import MEMBERS, types
from noren.broker.forms.parse import parse_entity, parse_fragment, parse_instances
from noren.broker.forms.render import Form, choose_language, is_shown, render

__all__ = [
    "MEMBERS",
    "NULL",
    "Form",
    "choose_language",
    "feature",
    "feature_collection",
    "geometry",
    "instant",
    "is_shown",
    "parse_entity",
    "parse_fragment",
    "parse_instances",
    "render",
    "scopes",
    "types",
    "uri",
]
