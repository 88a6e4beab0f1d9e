"""How each route of the table is called in the matrix: one line or more a route.

A recipe is an address after its method, and a body where it needs one. `<entity>` stands for each of the entities that
the matrix knows, `<type>` for each type, `<attribute>` for each attribute that holds something to hide; `<gone>` for an
id that was never there. A route of the table without a recipe fails the test: add a line here when you add a route.
"""

from __future__ import annotations

from typing import Any

V1 = "/ngsi-ld/v1"
HOOK = {"uri": "https://hooks.example/x", "accept": "application/json"}
WANTED = {"type": "Subscription", "entities": [{"type": "<type>"}], "notification": {"endpoint": HOOK}}
NEW = {"id": "<gone>", "type": "<type>", "name": "new"}
Recipe = tuple[str, Any]


def of(*addresses: str, body: Any = None) -> list[Recipe]:
    """The same body sent to each address."""
    return [(address, body) for address in addresses]


RECIPES: dict[str, list[Recipe]] = {
    f"GET {V1}/entities": of(
        f"{V1}/entities?type=<type>&limit=1000",
        f"{V1}/entities?type=<type>&options=sysAttrs,keyValues",
        f"{V1}/entities?type=<type>&attrs=<attribute>",
        f"{V1}/entities?type=<type>&q=<attribute>",
        f"{V1}/entities?type=<type>&q=<attribute>~=canary",
        f"{V1}/entities?type=<type>&orderBy=<attribute>",
        f"{V1}/entities?type=<type>&count=true&limit=0",
        f"{V1}/entities?type=<type>&join=flat&joinLevel=3",
        f"{V1}/entities?type=<type>&join=inline&options=concise",
        f"{V1}/entities?type=<type>&idPattern=.*",
        f"{V1}/entities?type=<type>&pick=<attribute>",
        f"{V1}/entities?type=<type>&omit=name&lang=en",
        f"{V1}/entities?type=<type>&scopeQ=/%23",
        f"{V1}/entities?type=<type>&georel=near;maxDistance==100000000&geometry=Point&coordinates=[134,34]",
        f"{V1}/entities?type=*",
        f"{V1}/entities?id=<entity>",
        f"{V1}/entities?type=<type>&id=<entity>",
        f"{V1}/entities?attrs=<attribute>",
        f"{V1}/entities?q=<attribute>~=canary",
    ),
    f"POST {V1}/entities": [(f"{V1}/entities", NEW)],
    f"DELETE {V1}/entities": of(
        f"{V1}/entities?type=<type>&drop=<attribute>", f"{V1}/entities?id=<entity>&type=<type>"
    ),
    f"GET {V1}/entities/{{id}}": of(
        f"{V1}/entities/<entity>",
        f"{V1}/entities/<entity>?options=sysAttrs",
        f"{V1}/entities/<entity>?attrs=<attribute>",
        f"{V1}/entities/<entity>?pick=<attribute>",
        f"{V1}/entities/<entity>?join=inline&joinLevel=3",
        f"{V1}/entities/<entity>?type=<type>",
    ),
    f"PUT {V1}/entities/{{id}}": of(f"{V1}/entities/<entity>", body={"type": "Building", "name": "put"}),
    f"PATCH {V1}/entities/{{id}}": of(f"{V1}/entities/<entity>", body={"name": "patched"}),
    f"DELETE {V1}/entities/{{id}}": of(f"{V1}/entities/<entity>"),
    f"POST {V1}/entities/{{id}}/attrs": of(
        f"{V1}/entities/<entity>/attrs?options=noOverwrite", body={"<attribute>": "added"}
    ),
    f"PATCH {V1}/entities/{{id}}/attrs": of(f"{V1}/entities/<entity>/attrs", body={"<attribute>": "changed"}),
    f"PUT {V1}/entities/{{id}}/attrs/{{name}}": of(f"{V1}/entities/<entity>/attrs/<attribute>", body={"value": "put"}),
    f"PATCH {V1}/entities/{{id}}/attrs/{{name}}": of(
        f"{V1}/entities/<entity>/attrs/<attribute>", body={"value": "patched"}
    ),
    f"DELETE {V1}/entities/{{id}}/attrs/{{name}}": of(f"{V1}/entities/<entity>/attrs/<attribute>"),
    f"POST {V1}/entityOperations/create": of(f"{V1}/entityOperations/create", body=[NEW, {**NEW, "id": "<entity>"}]),
    f"POST {V1}/entityOperations/upsert": of(
        f"{V1}/entityOperations/upsert?options=update", body=[{**NEW, "id": "<entity>"}]
    ),
    f"POST {V1}/entityOperations/update": of(
        f"{V1}/entityOperations/update?options=noOverwrite", body=[{"id": "<entity>", "<attribute>": "x"}]
    ),
    f"POST {V1}/entityOperations/merge": of(
        f"{V1}/entityOperations/merge", body=[{"id": "<entity>", "<attribute>": "x"}]
    ),
    f"POST {V1}/entityOperations/delete": of(f"{V1}/entityOperations/delete", body=["<entity>", "<gone>"]),
    f"POST {V1}/entityOperations/query": [
        (f"{V1}/entityOperations/query", {"type": "Query", "entities": [{"type": "<type>"}]}),
        (f"{V1}/entityOperations/query", {"type": "Query", "entities": [{"type": "*", "id": "<entity>"}]}),
        (f"{V1}/entityOperations/query", {"type": "Query", "entities": [{"type": "*", "idPattern": ".*"}]}),
        (
            f"{V1}/entityOperations/query",
            {"type": "Query", "entities": [{"type": "<type>"}, {"type": "Building"}], "q": '<attribute>~="canary"'},
        ),
        (
            f"{V1}/entityOperations/query?count=true",
            {"type": "Query", "entities": [{"type": "<type>"}], "ordering": {"orderBy": ["<attribute>"]}},
        ),
    ],
    f"GET {V1}/types": of(f"{V1}/types", f"{V1}/types?details=true"),
    f"GET {V1}/types/{{type}}": of(f"{V1}/types/<type>"),
    f"GET {V1}/attributes": of(f"{V1}/attributes", f"{V1}/attributes?details=true"),
    f"GET {V1}/attributes/{{name}}": of(f"{V1}/attributes/<attribute>"),
    f"GET {V1}/temporal/entities": of(
        f"{V1}/temporal/entities?type=<type>&timerel=after&timeAt=2000-01-01T00:00:00Z&timeproperty=modifiedAt",
        f"{V1}/temporal/entities?type=<type>&timerel=after&timeAt=2000-01-01T00:00:00Z&options=temporalValues",
        f"{V1}/temporal/entities?type=<type>&attrs=<attribute>&timerel=after&timeAt=2000-01-01T00:00:00Z",
        f"{V1}/temporal/entities?type=<type>&attrs=<attribute>&timerel=after&timeAt=2000-01-01T00:00:00Z"
        "&options=aggregatedValues&aggrMethods=totalCount,distinctCount,min,max&aggrPeriodDuration=P1Y",
        f"{V1}/temporal/entities?type=<type>&q=<attribute>~=canary&timerel=after&timeAt=2000-01-01T00:00:00Z",
        f"{V1}/temporal/entities?type=*&timerel=after&timeAt=2000-01-01T00:00:00Z&timeproperty=createdAt",
    ),
    f"POST {V1}/temporal/entities": [
        (f"{V1}/temporal/entities", {"id": "<entity>", "type": "<type>", "<attribute>": [{"value": "past"}]})
    ],
    f"GET {V1}/temporal/entities/{{id}}": of(
        f"{V1}/temporal/entities/<entity>",
        f"{V1}/temporal/entities/<entity>?attrs=<attribute>&options=temporalValues&timeproperty=modifiedAt",
    ),
    f"DELETE {V1}/temporal/entities/{{id}}": of(f"{V1}/temporal/entities/<entity>"),
    f"POST {V1}/temporal/entities/{{id}}/attrs": of(
        f"{V1}/temporal/entities/<entity>/attrs", body={"<attribute>": [{"value": "past"}]}
    ),
    f"DELETE {V1}/temporal/entities/{{id}}/attrs/{{name}}": of(
        f"{V1}/temporal/entities/<entity>/attrs/<attribute>?deleteAll=true"
    ),
    f"PATCH {V1}/temporal/entities/{{id}}/attrs/{{name}}/{{instance}}": of(
        f"{V1}/temporal/entities/<entity>/attrs/<attribute>/urn:x:1", body={"<attribute>": [{"value": "past"}]}
    ),
    f"DELETE {V1}/temporal/entities/{{id}}/attrs/{{name}}/{{instance}}": of(
        f"{V1}/temporal/entities/<entity>/attrs/<attribute>/urn:x:1"
    ),
    f"POST {V1}/temporal/entityOperations/query": [
        (
            f"{V1}/temporal/entityOperations/query",
            {
                "type": "Query",
                "entities": [{"type": "<type>"}],
                "temporalQ": {"timerel": "after", "timeAt": "2000-01-01T00:00:00Z", "timeproperty": "modifiedAt"},
            },
        )
    ],
    f"GET {V1}/subscriptions": of(f"{V1}/subscriptions?count=true"),
    f"POST {V1}/subscriptions": [
        (f"{V1}/subscriptions", WANTED),
        (f"{V1}/subscriptions", WANTED | {"watchedAttributes": ["<attribute>"], "q": '<attribute>~="canary"'}),
        (f"{V1}/subscriptions", WANTED | {"entities": [{"type": "*", "id": "<entity>"}]}),
    ],
    f"GET {V1}/subscriptions/{{id}}": of(f"{V1}/subscriptions/urn:ngsi-ld:Subscription:somebody"),
    f"PATCH {V1}/subscriptions/{{id}}": of(
        f"{V1}/subscriptions/urn:ngsi-ld:Subscription:somebody", body={"q": '<attribute>~="canary"'}
    ),
    f"DELETE {V1}/subscriptions/{{id}}": of(f"{V1}/subscriptions/urn:ngsi-ld:Subscription:somebody"),
    f"GET {V1}/jsonldContexts": of(f"{V1}/jsonldContexts?details=true"),
    f"POST {V1}/jsonldContexts": of(f"{V1}/jsonldContexts", body={"@context": {"x": "https://x.example/x"}}),
    f"GET {V1}/jsonldContexts/{{id}}": of(f"{V1}/jsonldContexts/none"),
    f"DELETE {V1}/jsonldContexts/{{id}}": of(f"{V1}/jsonldContexts/none"),
    "GET /api/city": of("/api/city"),
    "GET /api/terms": of("/api/terms"),
    "GET /api/now": of("/api/now", "/api/now?lon=134.05&lat=34.34"),
    "GET /api/events": of("/api/events", "/api/events?types=<type>"),
    "GET /api/search": of("/api/search?q=canary", "/api/search?q=<type>"),
    "GET /api/datasets": of("/api/datasets"),
    "GET /api/datasets/{id}": of("/api/datasets/<entity>"),
    "GET /api/datasets/{id}/download": of(
        *(f"/api/datasets/<entity>/download?format={form}" for form in ("csv", "geojson", "jsonl", "parquet"))
    ),
    "GET /api/entities/{id}": of("/api/entities/<entity>"),
    "GET /api/series": of("/api/series?id=<entity>&type=<type>&attribute=<attribute>&span=300d"),
    "GET /api/curtain/{of}": of("/api/curtain/<entity>", "/api/curtain/<type>"),
    "GET /api/matrix": of("/api/matrix"),
    "GET /api/today": of("/api/today"),
    "GET /api/alerts/{id}.cap": of("/api/alerts/<entity>.cap"),
    "POST /api/alerts/{id}/{decision}": of("/api/alerts/<entity>/withdraw"),
    "POST /api/session": of("/api/session", body={"token": "none"}),
    "DELETE /api/session": of("/api/session"),
    "GET /api/vision/outcomes": of("/api/vision/outcomes"),
    "GET /api/vision/initiatives": of("/api/vision/initiatives"),
    "GET /api/vision/initiatives/{id}": of("/api/vision/initiatives/<entity>"),
    "POST /api/vision/initiatives/{id}/start": of(
        "/api/vision/initiatives/<entity>/start", body={"grounds": {"en": "x"}}
    ),
    "POST /api/vision/proposals/{id}/adopt": of("/api/vision/proposals/<entity>/adopt", body={"grounds": {"en": "x"}}),
    "GET /api/vision/trials": of("/api/vision/trials"),
    "GET /api/vision/trials/{id}": of("/api/vision/trials/<entity>"),
    "POST /api/vision/trials/{id}/decision": of(
        "/api/vision/trials/<entity>/decision", body={"verdict": "keep", "grounds": {"en": "x"}}
    ),
    "GET /api/vision/rules": of("/api/vision/rules"),
    "GET /api/vision/life": of("/api/vision/life"),
    "GET /api/vision/money": of("/api/vision/money"),
    "GET /api/vision/people": of("/api/vision/people"),
    "GET /api/vision/plan": of("/api/vision/plan"),
    "GET /api/voice/categories": of("/api/voice/categories"),
    "GET /api/voice/issues": of("/api/voice/issues"),
    "POST /api/voice/issues": of("/api/voice/issues", body={"text": "x", "category": "street-light"}),
    "GET /api/voice/issues/{id}": of("/api/voice/issues/<entity>"),
    "POST /api/voice/issues/{id}/claims": of(
        "/api/voice/issues/<entity>/claims", body={"kind": "cause", "text": "because"}
    ),
    "POST /api/voice/issues/{id}/answers": of(
        "/api/voice/issues/<entity>/answers", body={"state": "seen", "text": {"en": "x"}}
    ),
    "POST /api/voice/issues/{id}/place": of("/api/voice/issues/<entity>/place", body={"category": "street-light"}),
    "POST /api/voice/reports": of(
        "/api/voice/reports", body={"description": "The lamp is out.", "place": [134.0, 34.0]}
    ),
    "GET /api/voice/reports/{reference}": of("/api/voice/reports/T-1", "/api/voice/reports/<entity>"),
    "POST /api/voice/reports/{reference}/moderation": of(
        "/api/voice/reports/T-1/moderation", body={"publish": False, "reason": {"en": "x"}}
    ),
    "POST /api/voice/claims/{id}/moderation": of("/api/voice/claims/<entity>/moderation", body={"publish": True}),
    "GET /api/voice/waiting": of("/api/voice/waiting"),
    "GET /api/voice/levels": of("/api/voice/levels"),
    "GET /media/{name}": of("/media/none.jpg", "/media/..%2Fnoren.toml"),
    "GET /api/voice/proposals": of("/api/voice/proposals"),
    "POST /api/voice/proposals": of("/api/voice/proposals", body={"title": "x", "text": "y"}),
    "GET /api/voice/proposals/{id}": of("/api/voice/proposals/<entity>"),
    "POST /api/voice/proposals/{id}/answers": of("/api/voice/proposals/<entity>/answers", body={"text": {"en": "x"}}),
    "GET /api/voice/discussions/{about}": of("/api/voice/discussions/<entity>"),
    "POST /api/voice/discussions/{about}/comments": of(
        "/api/voice/discussions/<entity>/comments", body={"text": "I agree."}
    ),
    "POST /api/voice/discussions/{about}/stances": of(
        "/api/voice/discussions/<entity>/stances", body={"comment": "<entity>", "agreement": 1}
    ),
    "GET /api/voice/texts": of("/api/voice/texts"),
    "POST /api/voice/texts/{id}/moderation": of("/api/voice/texts/<entity>/moderation", body={"publish": True}),
    "GET /api/voice/polls": of("/api/voice/polls"),
    "POST /api/voice/polls": of("/api/voice/polls", body={"name": "x"}),
    "POST /api/voice/polls/import": of("/api/voice/polls/import", body=b"META\n"),
    "GET /api/voice/polls/{id}": of("/api/voice/polls/<entity>"),
    "POST /api/voice/polls/{id}/opening": of("/api/voice/polls/<entity>/opening", body={}),
    "POST /api/voice/polls/{id}/rights": of("/api/voice/polls/<entity>/rights", body={"count": 1}),
    "POST /api/voice/polls/{id}/ballots": of("/api/voice/polls/<entity>/ballots", body={"code": "x", "votes": {}}),
    "POST /api/voice/polls/{id}/closing": of("/api/voice/polls/<entity>/closing", body={}),
    "POST /api/voice/polls/{id}/decision": of("/api/voice/polls/<entity>/decision", body={"grounds": {"en": "x"}}),
    "GET /api/voice/polls/{id}/ballots": of("/api/voice/polls/<entity>/ballots"),
    "GET /api/voice/polls/{id}/ballots.pb": of("/api/voice/polls/<entity>/ballots.pb"),
    "GET /api/voice/surveys": of("/api/voice/surveys"),
    "POST /api/voice/surveys": of("/api/voice/surveys", body={"name": "x"}),
    "GET /api/voice/surveys/{id}": of("/api/voice/surveys/<entity>"),
    "GET /api/voice/surveys/{id}/questions": of("/api/voice/surveys/<entity>/questions"),
    "POST /api/voice/surveys/{id}/answers": of("/api/voice/surveys/<entity>/answers", body={"answers": {}}),
    "POST /api/voice/surveys/{id}/invitations": of("/api/voice/surveys/<entity>/invitations", body={"count": 1}),
    "POST /api/voice/surveys/{id}/results": of("/api/voice/surveys/<entity>/results", body={}),
    "GET /open311/discovery.{format}": of("/open311/discovery.json", "/open311/discovery.xml"),
    "GET /open311/v2/discovery.{format}": of("/open311/v2/discovery.json"),
    "GET /open311/v2/services.{format}": of("/open311/v2/services.json", "/open311/v2/services.xml"),
    "GET /open311/v2/services/{code}.{format}": of("/open311/v2/services/street-light.json"),
    "GET /open311/v2/requests.{format}": of("/open311/v2/requests.json", "/open311/v2/requests.xml"),
    "POST /open311/v2/requests.{format}": of("/open311/v2/requests.json", body=b"service_code=street-light&lat=34"),
    "GET /open311/v2/requests/{id}.{format}": of("/open311/v2/requests/T-1.json", "/open311/v2/requests/T-1.xml"),
    "GET /open311/v2/tokens/{id}.{format}": of("/open311/v2/tokens/T-1.json"),
    "GET /open311/v2/{other}": of("/open311/v2/other"),
    "GET /open311/v2/{other}/{one}": of("/open311/v2/other/one"),
    "OPTIONS /open311/v2/{other}": of("/open311/v2/other"),
    "OPTIONS /open311/v2/{other}/{one}": of("/open311/v2/other/one"),
    "GET /tiles/layers.json": of("/tiles/layers.json"),
    "GET /tiles/terrain/{z}/{x}/{y}.png": of("/tiles/terrain/0/0/0.png"),
    "GET /tiles/{z}/{x}/{y}.mvt": of("/tiles/14/14291/6499.mvt", "/tiles/0/0/0.mvt"),
    "GET /ledger/checkpoint": of("/ledger/checkpoint"),
    "GET /ledger/policy": of("/ledger/policy"),
    "GET /ledger/tile/{path:path}": of("/ledger/tile/0/000", "/ledger/tile/entries/000.p/1"),
}
