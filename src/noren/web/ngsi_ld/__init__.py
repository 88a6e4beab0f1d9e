"""NGSI-LD over HTTP (ETSI GS CIM 009 v1.9.1, clause 6): reads requests, asks the caller's view, writes answers.

`ROUTES` is the table: method, path, handler. Names to know besides: `Call` (one request), `Answer` (what goes back).
"""

from __future__ import annotations

from noren.web.ngsi_ld import (
    batch,
    contexts,
    corrections,
    discovery,
    entities,
    queries,
    sources,
    subscriptions,
    temporal,
)
from noren.web.ngsi_ld.answers import Answer
from noren.web.ngsi_ld.application import Handler
from noren.web.ngsi_ld.call import Call

_V1 = "/ngsi-ld/v1"
_ROUTES: list[tuple[str, str, Handler]] = [
    ("GET", "/entities", queries.query),
    ("POST", "/entities", entities.create),
    ("DELETE", "/entities", queries.purge),
    ("GET", "/entities/{id}", entities.retrieve),
    ("PUT", "/entities/{id}", entities.replace),
    ("PATCH", "/entities/{id}", entities.merge),
    ("DELETE", "/entities/{id}", entities.delete),
    ("POST", "/entities/{id}/attrs", entities.append),
    ("PATCH", "/entities/{id}/attrs", entities.update),
    ("PUT", "/entities/{id}/attrs/{name}", entities.replace_attribute),
    ("PATCH", "/entities/{id}/attrs/{name}", entities.update_attribute),
    ("DELETE", "/entities/{id}/attrs/{name}", entities.delete_attribute),
    ("POST", "/entityOperations/create", batch.create),
    ("POST", "/entityOperations/upsert", batch.upsert),
    ("POST", "/entityOperations/update", batch.update),
    ("POST", "/entityOperations/merge", batch.merge),
    ("POST", "/entityOperations/delete", batch.delete),
    ("POST", "/entityOperations/query", queries.query_by_body),
    ("GET", "/types", discovery.types),
    ("GET", "/types/{type}", discovery.one_type),
    ("GET", "/attributes", discovery.attributes),
    ("GET", "/attributes/{name}", discovery.one_attribute),
    ("GET", "/temporal/entities", temporal.query),
    ("POST", "/temporal/entities", temporal.record),
    ("GET", "/temporal/entities/{id}", temporal.retrieve),
    ("DELETE", "/temporal/entities/{id}", corrections.delete),
    ("POST", "/temporal/entities/{id}/attrs", temporal.add),
    ("DELETE", "/temporal/entities/{id}/attrs/{name}", corrections.delete_attribute),
    ("PATCH", "/temporal/entities/{id}/attrs/{name}/{instance}", corrections.update_instance),
    ("DELETE", "/temporal/entities/{id}/attrs/{name}/{instance}", corrections.delete_instance),
    ("POST", "/temporal/entityOperations/query", temporal.query_by_body),
    ("GET", "/subscriptions", subscriptions.listing),
    ("POST", "/subscriptions", subscriptions.create),
    ("GET", "/subscriptions/{id}", subscriptions.retrieve),
    ("PATCH", "/subscriptions/{id}", subscriptions.update),
    ("DELETE", "/subscriptions/{id}", subscriptions.delete),
    ("GET", "/csourceRegistrations", sources.listing),
    ("POST", "/csourceRegistrations", sources.create),
    ("GET", "/csourceRegistrations/{id}", sources.retrieve),
    ("PATCH", "/csourceRegistrations/{id}", sources.update),
    ("DELETE", "/csourceRegistrations/{id}", sources.delete),
    ("GET", "/jsonldContexts", contexts.listing),
    ("POST", "/jsonldContexts", contexts.add),
    ("GET", "/jsonldContexts/{id}", contexts.serve),
    ("DELETE", "/jsonldContexts/{id}", contexts.delete),
]
ROUTES = [(method, _V1 + path, handler) for method, path, handler in _ROUTES]

__all__ = ["ROUTES", "Answer", "Call"]
