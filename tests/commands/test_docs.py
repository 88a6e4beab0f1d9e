"""The page for makers of devices: its example runs, and its lists are whole."""

from __future__ import annotations

import ast
import doctest
from pathlib import Path

from noren.commands import device, plan

PAGE = Path(__file__).parents[2] / "docs" / "commands.md"


def test_the_worked_example_runs() -> None:
    result = doctest.testfile(str(PAGE), module_relative=False)
    assert result.attempted > 10
    assert not result.failed


def test_every_setting_is_described() -> None:
    text = PAGE.read_text("utf-8")
    for kind in (plan.Plan, plan.Operator, plan.Controller, plan.Actuator, plan.Limits, plan.Interlock, plan.Part):
        for name in kind.__struct_fields__:
            assert f"`{name}`" in text or f"[[{name}]]" in text, f"{kind.__name__}.{name}"


def test_every_reason_of_a_device_is_described() -> None:
    """Those that a device answers, as its source raises them."""
    tree = ast.parse(Path(device.__file__).read_text("utf-8"))
    calls = [
        node for node in ast.walk(tree) if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Refused"
    ]
    words = {each.args[0].value for each in calls if isinstance(each.args[0], ast.Constant)}
    assert {"replayed", "expired", "recalled"} <= words
    for word in words:
        assert f"`{word}`" in PAGE.read_text("utf-8"), word
