"""Staff of a hospital or a university are let in for what is theirs, and do none of the city's work."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from noren.trust import PURPOSES, Principal
from tests.web.api.conftest import ALERT, Served

SOURCE = {
    "type": "ContextSourceRegistration",
    "endpoint": "https://example.org",
    "information": [{"entities": [{"type": "Shelter"}]}],
}
SAID = {"account": "urn:noren:resident:town:1", "name": "age_over_18", "value": True, "evidence": "A paper."}
NOTICE = {"name": "Gate", "collects": {"en": "x", "ja": "x"}, "used_for": "city-operation", "days_kept": 1}
WORK: list[tuple[str, str, Any]] = [
    ("GET", "/api/today", None),
    ("POST", f"/api/alerts/{ALERT}/withdraw", None),
    ("POST", "/api/identity/attributes", SAID),
    ("POST", "/api/notices", NOTICE),
    ("GET", "/api/commands", None),
    ("POST", "/ngsi-ld/v1/jsonldContexts", {"@context": {"a": "urn:a"}}),
    ("POST", "/ngsi-ld/v1/csourceRegistrations", SOURCE),
    ("PATCH", f"/ngsi-ld/v1/entities/{ALERT}/attrs", {"confirmation": "withdrawn"}),
    ("POST", "/ngsi-ld/v1/entities", {"id": "urn:ngsi-ld:Alert:t:false", "type": "Alert", "severity": "critical"}),
    ("POST", "/ngsi-ld/v1/entities", {"id": "urn:ngsi-ld:EmergencyCard:t:y", "type": "EmergencyCard",
                                      "dataSubject": {"type": "Relationship", "object": "urn:p:1"}, "bloodGroup": "A"}),
    ("POST", "/api/guardians", {"child": "urn:p:1", "guardian": "urn:p:2", "of_age": 2e9, "evidence": "ab" * 32}),
]  # fmt: skip
NURSE = Principal(
    id="urn:noren:staff:town:nurse",
    kind="staff",
    organisation="Clinic",
    organisation_kind="health",
    purposes=frozenset(PURPOSES),
    default_purpose="data-management",
    roles=frozenset({"clinician", "reviewer", "administrator"}),
)


@pytest.mark.parametrize(("method", "path", "body"), WORK)
async def test_staff_of_another_organisation_do_none_of_the_city_s_work(
    served: Served, method: str, path: str, body: Any
) -> None:
    for kind in ("health", "government"):
        nurse = msgspec.structs.replace(NURSE, organisation_kind=kind)
        token = served.city.tokens.issue(nurse, seconds=600)
        async with served.http.request(method, path, json=body, headers={"Authorization": f"Bearer {token}"}) as reply:
            assert reply.status in (403, 404), (reply.status, await reply.text())


async def test_staff_of_one_tenant_vouch_for_nobody_of_the_city(served: Served) -> None:
    served.city.config = msgspec.structs.replace(served.city.config, tenants=("port",))
    clerk = served.city.employee("urn:noren:staff:town:port", tenant="port")
    headers = {"Authorization": f"Bearer {served.city.tokens.issue(clerk, seconds=600)}"}
    async with served.http.post("/api/identity/attributes", json=SAID, headers=headers) as reply:
        assert reply.status == 403
