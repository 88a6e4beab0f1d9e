"""`noren identity`: who is known to the city, what they may do, and which sessions are open."""

from __future__ import annotations

from cyclopts import App

from noren.cli.identity import access, credentials, people

identity = App(name="identity", help="Look after who is known, what they may do, and which sessions are open.")
for part in (people.organisation, people.account, people.role, access.device, access.session, access.client):
    identity.command(part)
identity.command(credentials.credential)
