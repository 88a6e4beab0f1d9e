"""Who is asking: the one door for tokens and sessions, over the register of those who are known."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from pathlib import Path

import msgspec

from noren.errors import BadInput, NotAllowed, NotSignedIn
from noren.net.http import Http
from noren.trust.identity.accounts import Account, Accounts
from noren.trust.identity.credentials import Credentials
from noren.trust.identity.devices import Devices
from noren.trust.identity.issuer import Issuer
from noren.trust.identity.once import Once
from noren.trust.identity.passkeys import Passkeys
from noren.trust.identity.providers import Providers
from noren.trust.identity.register import Register
from noren.trust.identity.sessions import PREFIX, Session, Sessions
from noren.trust.identity.settings import IdentitySettings
from noren.trust.identity.standings import DEMO, Place, Standings, stopped
from noren.trust.principals import Principal
from noren.trust.purposes import purpose
from noren.trust.tokens import HINT, Tokens

SHORT = 600.0
REFRESH = 60.0
INVITATION = "noren-invitation."
_INVITED = 86_400.0
_HELD = 10_000


class _Held(msgspec.Struct):
    principal: Principal
    session: Session
    until: float
    refresh: float


class Identity:
    """The identities of one city: `identify` says whom a token or session speaks for; its parts are the register's.

    What was verified is remembered until it ends or the register changes in a way that matters, in any process: then a
    token costs a look into memory and one at the register's version.
    """

    def __init__(
        self,
        folder: Path,
        place: Place,
        settings: IdentitySettings | None = None,
        *,
        city: Path | None = None,
        production: bool = False,
        http: Callable[[], Http] = Http,
        clock: Callable[[], float] | None = None,
    ) -> None:
        """Open or make the register in `folder`; raises `BadInput` when others may read it or its keys."""
        self.settings = settings or IdentitySettings()
        self.register = Register(folder / "identity.db", clock)
        self.once = Once(self.register)
        self.accounts = Accounts(self.register, place.slug, (place.organisation, place.name))
        self.sessions = Sessions(self.register)
        self.devices = Devices(self.register, self.accounts, self.once, place.slug)
        self.passkeys = Passkeys(self.register, self.accounts, self.once, place.name)
        self.credentials = Credentials(self.register, folder / "credentials.key")
        self.issuer = Issuer(self.register, self.accounts, self.once, folder / "issuer.key")
        self.providers = Providers(
            self.settings.providers, self.register, self.accounts, self.credentials, self.once, http, city or folder
        )
        self._tokens = Tokens(folder / "tokens.key", place.slug)
        self.standings = Standings(self.accounts, self.devices, place, production=production)
        self._held: dict[str, _Held] = {}
        self._version = 0

    @property
    def version(self) -> int:
        """Rises whenever somebody's access may have ended; whoever remembers a view asks for it."""
        return self.register.version()

    def identify(self, token: str) -> Principal:
        """Whom a token or a browser's secret speaks for; raises `NotSignedIn`."""
        return self._hold(token).principal

    def session(self, token: str) -> Session:
        """The session that a token or a browser's secret shows; raises `NotSignedIn`."""
        return self._hold(token).session

    def holds(self, token: str, principal: Principal | None = None) -> bool:
        """Whether a token or secret still holds, and for this very principal where one is given: not when a role or
        purpose was given or withdrawn. Asking is no use of the session, which may end for want of one."""
        try:
            held = self._hold(token, use=False)
        except NotSignedIn:
            return False
        return principal is None or held.principal == principal

    def _hold(self, token: str, *, use: bool = True) -> _Held:
        version = self.register.version()
        if version != self._version or len(self._held) > _HELD:
            self._held.clear()
            self._version = version
        now = self.register.now()
        held = self._held.get(token)
        if held is None or now >= held.until:
            held = self._held[token] = self._found(token, now)
        if use and now >= held.refresh:
            self._use(held, now)
        return held

    def _use(self, held: _Held, now: float) -> None:
        self.sessions.use(held.session.id)
        held.refresh = now + REFRESH
        held.until = max(held.until, min(held.session.until, now + held.session.idle))

    def _found(self, token: str, now: float) -> _Held:
        self._held.pop(token, None)
        try:
            return self._look(token, now)
        except NotSignedIn:
            # Refused for its age here, it must not be let in elsewhere by a clock that is behind.
            self.register.settle()
            raise

    def _look(self, token: str, now: float) -> _Held:
        if token.startswith(PREFIX):
            session, until = self.sessions.shown(token), float("inf")
        else:
            ticket = self._tokens.read(token, now)
            session, until = self.sessions.find(ticket.session), ticket.until
        if session is None or session.ended is not None:
            raise NotSignedIn("This session has ended.", hint=HINT)
        if session.ends() <= now:
            self.sessions.end(session.id)
            raise NotSignedIn("This session has ended.", hint=HINT)
        principal = self._principal(session)
        until = min(until, session.ends())
        return _Held(principal, session, until, now if session.idle else float("inf"))

    def _principal(self, session: Session) -> Principal:
        """Whom a session speaks for at this moment; raises `NotSignedIn` when account, device or organisation does not
        stand any more."""
        account = self.accounts.find(session.holder)
        if account is not None and account.stopped is not None:
            raise stopped()
        if session.kind == "device":
            principal = self.standings.device(session.holder)
        elif session.principal is not None:
            principal = session.principal
        elif account is None:
            raise stopped()
        else:
            principal = self.standings.account(account, session.tenant)
        self.standings.check(principal)
        return principal

    def standing(self, principal: Principal) -> Principal:
        """Somebody for whom the city goes on working when they are away, as they stand now; raises `NotAllowed` when
        account, device or organisation does not stand any more."""
        account = self.accounts.find(principal.id)
        try:
            if account is not None and account.stopped is not None:
                raise stopped()
            if self.devices.find(principal.id) is not None:
                principal = self.standings.device(principal.id)
            elif account is not None:
                principal = self.standings.account(account, principal.tenant)
            self.standings.check(principal)
        except NotSignedIn as error:
            raise NotAllowed("Whoever asked for this is not let in any more.") from error
        return principal

    def issue(self, principal: Principal, *, seconds: float, label: str = "") -> str:
        """A token for `principal` and the session that it opens, which ends after `seconds` of wall time or when
        somebody ends it; raises `BadInput` for one that nobody could use: no purpose, an unknown one, or a default that
        is not among them."""
        for name in principal.purposes:
            purpose(name)
        if principal.default_purpose not in principal.purposes:
            raise BadInput("The default purpose is not among the purposes.", where="purposes")
        if seconds <= 0:
            raise BadInput("A token must last some time.", where="hours", hint="Give more than 0.")
        session, _ = self.sessions.open(
            "token",
            principal.id,
            seconds=seconds,
            tenant=principal.tenant,
            principal=principal,
            label=label,
            how="noren token",
        )
        return self._tokens.sign(session.id, principal.id, now=session.opened, until=session.until)

    def prove(self, assertion: str, audiences: list[str]) -> tuple[str, int]:
        """A token for a device that proved itself, and for how many seconds it holds; raises `NotSignedIn`."""
        device = self.devices.prove(assertion, audiences)
        self.standings.device(device.id)
        open_ones = [each for each in self.sessions.of(device.id) if each.kind == "device"]
        if open_ones:
            session = open_ones[0]
            self.sessions.extend(session.id, SHORT)
        else:
            session, _ = self.sessions.open(
                "device", device.id, seconds=SHORT, tenant=device.tenant, label=device.id, how="key"
            )
        now = self.register.now()
        return self._tokens.sign(session.id, device.id, now=now, until=now + SHORT), int(SHORT)

    def enter(self, account: Account, *, how: str, label: str = "", tenant: str | None = None) -> str:
        """A browser's session for an account: the secret for its cookie. Raises `NotAllowed` for an account that is
        stopped, or staff without a role."""
        if account.stopped is not None:
            raise NotAllowed("This account was stopped.", hint="Ask the city.")
        here = self._tenant(account) if tenant is None else tenant
        try:
            self.standings.account(account, here)
        except NotSignedIn as error:
            raise NotAllowed(error.what, hint=error.hint) from error
        return self._browser(account.id, tenant=here, how=how, label=label)

    def enter_with(self, token: str, *, label: str = "") -> str:
        """A browser's session for who shows a token, as long as that holds, or an invitation, once; raises
        `NotSignedIn`."""
        if token.startswith(INVITATION):
            facts = self.once.take("invitation", token)
            account = self.accounts.find(facts["account"]) if facts else None
            if account is None:
                raise NotSignedIn("This invitation does not hold any more.", hint="Ask for a new one.")
            return self.enter(account, how="invitation", label=label)
        if token.startswith(PREFIX):
            raise NotSignedIn("This is no token.", hint=HINT)
        given = self._hold(token).session
        return self._browser(given.holder, tenant=given.tenant, how="token", label=label, parent=given)

    def _browser(
        self,
        holder: str,
        *,
        tenant: str,
        how: str,
        label: str,
        parent: Session | None = None,
    ) -> str:
        """`parent` is the session of the token by which somebody came in; it takes this one along when it ends."""
        seconds = self.settings.hours * 3600
        _, secret = self.sessions.open(
            "browser",
            holder,
            seconds=min(seconds, parent.until - self.register.now()) if parent else seconds,
            idle=self.settings.idle_minutes * 60,
            tenant=tenant,
            parent=parent.id if parent else "",
            principal=parent.principal if parent else None,
            label=label,
            how=how,
        )
        return secret

    def _tenant(self, account: Account) -> str:
        tenants = self.accounts.tenants(account.id)
        return tenants[0] if tenants and account.kind == "staff" else ""

    def invite(self, account: Account) -> str:
        """A word that lets somebody into an account once within a day, to make a passkey there."""
        secret = INVITATION + secrets.token_urlsafe(32)
        self.once.keep("invitation", secret, {"account": account.id}, seconds=_INVITED)
        return secret

    def demo(self, name: str, kind: str) -> Account:
        """A demo account of that name, made when it is new; staff of a demo may do all that staff may."""
        account = self.accounts.login(DEMO, f"{kind}:{name}", "staff" if kind == "staff" else "resident", name)
        if account.kind == "staff":
            self.accounts.entrust(account.id, "role", "administrator", source=DEMO)
        return account

    def close(self) -> None:
        """Let go of the register."""
        self.register.close()
