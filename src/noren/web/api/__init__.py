"""The portal's own routes, small and documented in docs/api.md; everything else it uses is NGSI-LD like anyone's.

`ROUTES` is the table: method, path, handler.
"""

from __future__ import annotations

from noren.web.api import (
    datasets,
    discussing,
    events,
    functions,
    mine,
    notices,
    now,
    place,
    plan,
    polling,
    privacy,
    recipients,
    search,
    searching,
    staff,
    surveying,
    things,
    vision,
    voice,
)
from noren.web.api.answers import Handler

ROUTES: list[tuple[str, str, Handler]] = [
    ("GET", "/api/city", place.city),
    ("GET", "/api/terms", place.terms),
    ("GET", "/api/now", now.now),
    ("GET", "/api/events", events.events),
    ("GET", "/api/search", search.search),
    ("GET", "/api/datasets", datasets.listing),
    ("GET", "/api/datasets/{id}", datasets.one),
    ("GET", "/api/datasets/{id}/download", datasets.download),
    ("GET", "/api/entities/{id}", things.entity),
    ("GET", "/api/series", things.series),
    ("GET", "/api/curtain/{of}", things.curtain),
    ("GET", "/api/matrix", functions.matrix),
    ("GET", "/api/today", staff.today),
    ("GET", "/api/alerts/{id}.cap", staff.common_alert),
    ("POST", "/api/alerts/{id}/{decision}", staff.decide),
    ("POST", "/api/session", staff.enter),
    ("DELETE", "/api/session", staff.leave),
    *vision.ROUTES,
    *voice.ROUTES,
    *plan.ROUTES,
    *privacy.ROUTES,
    *discussing.ROUTES,
    *polling.ROUTES,
    *surveying.ROUTES,
    *searching.ROUTES,
    *mine.ROUTES,
    *recipients.ROUTES,
    *notices.ROUTES,
]

__all__ = ["ROUTES"]
