"""The service contract: what may be declared, and nothing that runs.

A service says what it is for, what it reads and what it writes; Noren derives from that its policy attributes,
privacy notice, catalogue entry, cell of the 3 x 11 matrix and readiness. Names to know: `service`, `Declaration`,
`Function` with `Layer`.

>>> from noren.contract import Function, Layer, service
>>> @service(
...     functions=[Function.FINANCE],
...     layers=[Layer.VIBRANCY],
...     purpose="public-information",
...     reads=["KeyPerformanceIndicator"],
... )
... async def count_money(view):
...     '''Adds up what the city spends.'''
>>> count_money.declaration.name
'count_money'
"""

from noren.contract.connector import Connector, FeedState, Here, Push
from noren.contract.declaration import Declaration, Function, Layer, Service, Stage, service

__all__ = ["Connector", "Declaration", "FeedState", "Function", "Here", "Layer", "Push", "Service", "Stage", "service"]
