"""Three layers by eleven functions: what runs, what could run and lacks data, what is not built."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from noren.catalogue import readiness
from noren.services import all_services
from noren.web.api.answers import answer, caller, city_of


async def matrix(request: Request) -> Response:
    """Every declared service with its readiness, and the one dataset that would help most."""
    declarations = [service.declaration for service in all_services()]
    return answer(await readiness.matrix(caller(request), declarations, running=city_of(request).running))
