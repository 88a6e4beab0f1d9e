"""Other houses: organisations keep what they collected, the city holds a registration, and asks them when it is asked.

Names to know: `Federation` (the city's side: one question to many), `Custodian` (the other side: decides again),
`Source` (a registration). `DESIGN.md` says why, and how the messages look.

>>> from noren.trust.ledger import Signer
>>> from noren.custody.envelope import Inbox, Requester, ask, nonce
>>> city, bus = Signer.new("town/custody"), Signer.new("bus/custody")
>>> who = Requester(kind="anonymous")
>>> asked = ask(city, "bus/custody", now=100.0, jti=nonce(), who=who, purpose="public-information", types={"Stop": ()})
>>> inbox = Inbox("bus/custody", {"town/custody": city.verifier}, wall=lambda: 100.2, since=0.0)
>>> inbox.take(asked).purpose
'public-information'
>>> inbox.take(asked)
Traceback (most recent call last):
noren.errors.Unproven: This ask does not hold. Are both clocks right, and both keys those that were agreed on?
"""

from noren.custody.custodian import Custodian
from noren.custody.fanout import Missing
from noren.custody.federation import Federated, Federation
from noren.custody.registrations import Registrations
from noren.custody.sources import Source

__all__ = ["Custodian", "Federated", "Federation", "Missing", "Registrations", "Source"]
