"""What is asked of a city for each requirement that can be judged from outside.

`CHECKS` has a coroutine function by the requirement's number; it returns a verdict and raises an error of
`noren.errors` when the city does not answer.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from noren.conformance.checks import (
    classes,
    consent,
    disclosure,
    ledger,
    machines,
    people,
    platform,
    principals,
    purposes,
)
from noren.conformance.finding import Verdict
from noren.conformance.people import People
from noren.conformance.reach import City

Check = Callable[[City, People], Awaitable[Verdict]]

CHECKS: dict[str, Check] = {
    **principals.CHECKS,
    **purposes.CHECKS,
    **classes.CHECKS,
    **people.CHECKS,
    **consent.CHECKS,
    **ledger.CHECKS,
    **machines.CHECKS,
    **disclosure.CHECKS,
    **platform.CHECKS,
}
