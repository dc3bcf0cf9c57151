"""What people read exists in both languages."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.house.tree import parsed, python_files

MET = ("services/orders/delays", "services/orders/disruptions", "services/notifications/previews", "deploy/local/delaying")
"""Where a merchandiser is refused who walks through a delay."""


def test_what_a_delay_is_refused_with_is_said_in_both() -> None:
    paths = [*python_files(*MET), Path("services/orders/planning/legs.py"), Path("services/orders/sight.py")]
    calls = [(path, call) for path in paths for call in refusals(parsed(path))]
    assert len(calls) > 30
    plain = [
        f"{path}:{call.lineno}" for path, call in calls if any(isinstance(one, ast.JoinedStr | ast.Constant) for one in call.args[-1:])
    ]
    assert plain == []


def refusals(tree: ast.Module) -> Iterator[ast.Call]:
    """What is raised with words, and what is said of fields."""
    for node in ast.walk(tree):
        raised = node.exc if isinstance(node, ast.Raise) else node
        if isinstance(raised, ast.Call) and raised.args and (raised is not node or ast.unparse(raised.func) == "FieldError"):
            yield raised
