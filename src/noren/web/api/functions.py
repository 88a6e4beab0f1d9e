"""Three layers by eleven functions: what runs, what could run and lacks data, what is not built."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from noren.catalogue import readiness
from noren.civic import following
from noren.services import all_services
from noren.web.api.answers import answer, caller, city_of, kept

KEEP_S = 20.0


async def matrix(request: Request) -> Response:
    """Every declared service with its readiness, and the one dataset that would help most."""
    declarations = [service.declaration for service in all_services()]
    view, running = caller(request), city_of(request).running

    async def work() -> Any:
        return await readiness.matrix(view, declarations, running=running, weights=await following.weights(view))

    return answer(await kept(request, view, frozenset(running)).latest(work, KEEP_S))
