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
    f"GET {V1}/csourceRegistrations": of(f"{V1}/csourceRegistrations?type=<type>"),
    f"POST {V1}/csourceRegistrations": of(
        f"{V1}/csourceRegistrations",
        body={
            "type": "ContextSourceRegistration",
            "information": [{"entities": [{"type": "<type>", "id": "<entity>"}]}],
            "endpoint": "https://other.example",
        },
    ),
    f"GET {V1}/csourceRegistrations/{{id}}": of(f"{V1}/csourceRegistrations/<entity>"),
    f"PATCH {V1}/csourceRegistrations/{{id}}": of(
        f"{V1}/csourceRegistrations/<entity>", body={"endpoint": "https://other.example"}
    ),
    f"DELETE {V1}/csourceRegistrations/{{id}}": of(f"{V1}/csourceRegistrations/<entity>"),
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
    "GET /.well-known/japanese-model.json": of("/.well-known/japanese-model.json"),
    "GET /api/privacy": of("/api/privacy"),
    "GET /api/privacy/page": of("/api/privacy/page?language=en"),
    "GET /api/privacy/record.jsonld": of("/api/privacy/record.jsonld"),
    "GET /api/privacy/declarations": of("/api/privacy/declarations"),
    "GET /api/privacy/consents": of("/api/privacy/consents", "/api/privacy/consents?for=<entity>"),
    "DELETE /api/privacy/consents/{id}": of("/api/privacy/consents/<entity>"),
    "GET /api/commands": of("/api/commands"),
    "POST /api/commands": of("/api/commands", body={"signed": "<entity>"}),
    "POST /api/commands/{id}/approvals": of("/api/commands/<entity>/approvals", body={"signed": "x"}),
    "POST /api/commands/{id}/recall": of("/api/commands/<entity>/recall", body={"reason": "A test."}),
    "POST /api/stops": of("/api/stops", body={"kind": "valve", "reason": "A test."}),
    "POST /api/stops/{kind}/lifts": of("/api/stops/valve/lifts", body={"reason": "A test."}),
    "GET /api/search-requests": of("/api/search-requests"),
    "POST /api/search-requests": of("/api/search-requests", body={"what": "person", "order": "<entity>"}),
    "GET /api/mine": of("/api/mine", "/api/mine?for=<entity>"),
    "GET /api/mine/held": of("/api/mine/held", "/api/mine/held?for=<entity>"),
    "GET /api/mine/uses": of("/api/mine/uses", "/api/mine/uses?for=<entity>"),
    "GET /api/mine/proofs/{num}": of("/api/mine/proofs/0", "/api/mine/proofs/1?for=<entity>"),
    "GET /api/mine/offers": of("/api/mine/offers?for=<entity>"),
    "GET /api/mine/offers/{id}": of("/api/mine/offers/<entity>"),
    "GET /api/mine/grants": of("/api/mine/grants", "/api/mine/grants?for=<entity>"),
    "POST /api/mine/grants": of("/api/mine/grants?for=<entity>", body={"question": "x", "answer": 0, "offer": "x"}),
    "DELETE /api/mine/grants/{id}": of("/api/mine/grants/<entity>"),
    "POST /api/mine/grants/{id}/renewal": of("/api/mine/grants/<entity>/renewal", body={"question": "x", "answer": 0}),
    "GET /api/mine/grants/{id}/receipt": of("/api/mine/grants/<entity>/receipt"),
    "POST /api/mine/corrections": of(
        "/api/mine/corrections", body={"id": "<entity>", "type": "<type>", "attributes": {"<attribute>": "put right"}}
    ),
    "GET /api/mine/points": of("/api/mine/points", "/api/mine/points?for=<entity>"),
    "POST /api/mine/points": of("/api/mine/points", body={"to": "recipient:School", "points": 1, "name": "<entity>"}),
    "GET /api/mine/export": of("/api/mine/export", "/api/mine/export?for=<entity>"),
    "POST /api/mine/erasure": of(
        "/api/mine/erasure?for=<entity>", "/api/mine/erasure", body={"sure": True, "organisation": "Nobody"}
    ),
    "GET /api/mine/helpers": of("/api/mine/helpers", "/api/mine/helpers?for=<entity>"),
    "POST /api/mine/helpers": of("/api/mine/helpers", body={"helper": "<entity>", "attributes": ["Person.*"]}),
    "POST /api/mine/helpers/{id}/agreement": of("/api/mine/helpers/<entity>/agreement"),
    "DELETE /api/mine/helpers/{id}": of("/api/mine/helpers/<entity>"),
    "GET /api/mine/messages": of("/api/mine/messages", "/api/mine/messages?for=<entity>"),
    "POST /api/mine/messages/read": of("/api/mine/messages/read?for=<entity>"),
    "GET /api/mine/emergencies": of("/api/mine/emergencies", "/api/mine/emergencies?for=<entity>"),
    "GET /api/recipients": of("/api/recipients"),
    "POST /api/recipients": of("/api/recipients", body={"organisation": "School"}),
    "GET /api/recipients/{organisation}": of("/api/recipients/School", "/api/recipients/<entity>"),
    "POST /api/recipients/{organisation}/vetting": of("/api/recipients/School/vetting", body={"days": 30}),
    "POST /api/recipients/{organisation}/decision": of(
        "/api/recipients/School/decision", body={"decided": "stop", "reason": {"en": "A test."}}
    ),
    "GET /api/offers": of("/api/offers"),
    "POST /api/offers": of("/api/offers", body={"purpose": "education", "attributes": ["Person.<attribute>"]}),
    "DELETE /api/offers/{id}": of("/api/offers/<entity>"),
    "GET /api/duties": of("/api/duties"),
    "POST /api/duties/{id}/confirmation": of("/api/duties/<entity>/confirmation", body={"confirmation": "x.y.z"}),
    "GET /api/emergencies": of("/api/emergencies"),
    "POST /api/emergencies": of("/api/emergencies", body={"person": "<entity>", "reason": ""}),
    "GET /api/emergencies/reviews": of("/api/emergencies/reviews"),
    "POST /api/emergencies/{id}/review": of(
        "/api/emergencies/<entity>/review", body={"outcome": "justified", "finding": "A test."}
    ),
    "POST /api/guardians": of(
        "/api/guardians", body={"child": "<entity>", "guardian": "urn:x", "of_age": 4e9, "evidence": ""}
    ),
    "DELETE /api/guardians/{id}": of("/api/guardians/<entity>"),
    "GET /api/notices": of("/api/notices"),
    "POST /api/notices": of(
        "/api/notices",
        body={
            "name": "x",
            "collects": {"en": "x"},
            "used_for": "city-operation",
            "kept_days": 1,
            "notice_of": ["<entity>"],
        },
    ),
    "GET /api/notices/{code}": of("/api/notices/<entity>"),
    "GET /n/{code}": of("/n/<entity>"),
    "GET /n/{code}/sign": of("/n/<entity>/sign"),
    "GET /n/{code}/sign.svg": of("/n/<entity>/sign.svg"),
    "GET /api/identity": of("/api/identity"),
    "POST /api/identity/demo": of("/api/identity/demo", body={"name": "<entity>", "kind": "staff"}),
    "POST /api/identity/token": of(
        "/api/identity/token", body=b"grant_type=client_credentials&client_assertion_type=x&client_assertion=x"
    ),
    "GET /api/identity/providers/{name}": of("/api/identity/providers/none"),
    "GET /api/identity/callback": of("/api/identity/callback?code=x&state=x"),
    "POST /api/identity/passkeys/ask": of("/api/identity/passkeys/ask"),
    "POST /api/identity/passkeys/enter": of("/api/identity/passkeys/enter", body={"credential": {"id": "x"}}),
    "POST /api/identity/passkeys/offer": of("/api/identity/passkeys/offer"),
    "POST /api/identity/passkeys": of("/api/identity/passkeys", body={"credential": {"id": "x"}}),
    "DELETE /api/identity/passkeys/{id}": of("/api/identity/passkeys/AAAA"),
    "GET /api/identity/me": of("/api/identity/me"),
    "DELETE /api/identity/sessions/{id}": of("/api/identity/sessions/<entity>"),
    "DELETE /api/identity/sessions": of("/api/identity/sessions"),
    "POST /api/identity/credentials": of("/api/identity/credentials", body={"keys": [{"kty": "EC"}]}),
    "POST /api/identity/attributes": of(
        "/api/identity/attributes", body={"account": "<entity>", "name": "adult", "value": True, "evidence": "x"}
    ),
    "GET /api/identity/requests/{id}": of("/api/identity/requests/<entity>"),
    "POST /api/identity/requests/{id}": of("/api/identity/requests/<entity>", body={"agree": True}),
    "GET /oidc/.well-known/openid-configuration": of("/oidc/.well-known/openid-configuration"),
    "GET /oidc/jwks": of("/oidc/jwks"),
    "GET /oidc/authorize": of("/oidc/authorize?client_id=x&redirect_uri=https://x.example/"),
    "POST /oidc/token": of("/oidc/token", body=b"grant_type=authorization_code&code=x&client_id=x"),
    "GET /oidc/userinfo": of("/oidc/userinfo"),
    "GET /.well-known/jwt-vc-issuer": of("/.well-known/jwt-vc-issuer"),
    "POST /custody/v1/ask": of("/custody/v1/ask", body=b"x.y.z"),
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
    "POST /ledger/entries": of("/ledger/entries", body=b"x"),
    "GET /ledger/tile/{path:path}": of("/ledger/tile/0/000", "/ledger/tile/entries/000.p/1"),
}
