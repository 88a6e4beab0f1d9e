"""Every engine passes the contract."""

from tests.store.contract import (
    TestChangeLog,
    TestFinding,
    TestHistory,
    TestHistoryFiles,
    TestValues,
    TestWriting,
)

__all__ = ["TestChangeLog", "TestFinding", "TestHistory", "TestHistoryFiles", "TestValues", "TestWriting"]
