"""Guardians and helpers on their way through the curtain: a grant for each holder of what is kept about the person."""

from __future__ import annotations

from noren.errors import NotFound
from noren.trust import OWN, Grant, grant_of
from noren.trust.consent.standing import Standing
from noren.view.desk import Desk


def open_access(desk: Desk, standing: Standing) -> None:
    """Let whoever stands in see what is held now; holders that came later are added when it is called again."""
    if "see" not in standing.does or not standing.acts(desk.grants.now()):
        return
    for subject in desk.vault.subjects(standing.person):
        if not _stands(desk, id := grant_of(standing.id, subject)):
            desk.grants.give(
                Grant(
                    id=id,
                    basis=standing.role,
                    subject=subject,
                    holder=desk.vault.collector(subject)[0],
                    tenant=desk.tenant,
                    grantee=standing.actor,
                    purpose=OWN,
                    attributes=standing.attributes,
                    since=standing.since,
                    until=standing.until,
                )
            )


def end_access(desk: Desk, standing: Standing) -> None:
    """Let them see nothing any more, at once."""
    for subject in desk.vault.subjects(standing.person):
        if _stands(desk, id := grant_of(standing.id, subject)):
            desk.grants.withdraw(id)


def _stands(desk: Desk, id: str) -> bool:
    try:
        desk.grants.get(id)
    except NotFound:
        return False
    return True
