"""Cases to appraise, written as their TOML decodes."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from noren.governance.money.case import Case, parse


def case(*lines: dict[str, Any], **given: Any) -> Case:
    """A case of five years from 2030 among a town, a firm and an office."""
    whole = {
        "title": "Case",
        "start": 2030,
        "years": 5,
        "parties": {"town": "Town", "firm": "Firm", "office": "Office"},
    }
    return parse(whole | {"line": list(lines)} | given)


def cost(amount: Any = 100, **given: Any) -> dict[str, Any]:
    """What the town pays."""
    return {"name": "Cost", "kind": "cost", "payer": "town", "amount": amount} | given


def gain(amount: Any = 150, **given: Any) -> dict[str, Any]:
    """What the firm gains."""
    return {"name": "Gain", "kind": "benefit", "payee": "firm", "amount": amount} | given


def fee(amount: Any = 30, **given: Any) -> dict[str, Any]:
    """What the firm pays to the town."""
    return {"name": "Fee", "kind": "fee", "payer": "firm", "payee": "town", "amount": amount} | given


@st.composite
def at_random(draw: st.DrawFn) -> Case:
    """A case of lines of every kind, certain and uncertain."""
    figure = st.one_of(
        st.integers(0, 1000),
        st.tuples(st.integers(0, 100), st.integers(0, 100)).map(lambda ab: {"low": min(ab), "high": max(ab)}),
        st.integers(1, 99).map(lambda likely: {"low": 0, "likely": likely, "high": 100}),
        st.integers(0, 99).map(lambda mean: {"mean": mean, "sd": 10}),
    )
    lines = []
    for make in draw(st.lists(st.sampled_from([cost, gain, fee]), min_size=1, max_size=5)):
        first = draw(st.integers(2030, 2034))
        extra = {"from": first, "to": draw(st.integers(first, 2034)), "growth": draw(st.sampled_from([0, 0.02, -0.1]))}
        once = draw(st.booleans())
        extra |= {"once": True, "lifetime": draw(st.integers(1, 7))} if once and make is cost else {}
        lines.append(make(draw(figure), **extra))
    return case(*lines, draws=200, discount=draw(st.sampled_from([0, 0.04, 0.3])), inflation=0.02)
