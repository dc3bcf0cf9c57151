"""What people read exists in both languages."""

import ast
import re
from collections.abc import Iterator

from tests.house.tree import CODE, parsed, python_files

SERVICES = ("customers", "notifications/dates", "notifications/previews", "notifications/rules", "orders", "reporting")
MET = (*(f"services/{one}" for one in SERVICES), "shared/approvals", "shared/imports", "shared/operating", "deploy/local/delaying")
"""Where people are refused in words of ours."""
INSIDE = ("TypeError", "SystemExit", "ReferentUnknown")
"""What is not for who asks: mistakes of ours, commands that cannot start, events that come too early."""
CHINESE = re.compile(r"[\u4e00-\u9fff]")
HALF_WIDTH = re.compile(r"[\u4e00-\u9fff] ?[,;:!?()]|[,;:!?(] ?[\u4e00-\u9fff]")
"""Marks of English in a Chinese sentence."""


def test_what_people_are_refused_with_is_said_in_both() -> None:
    calls = [(path, call) for path in python_files(*MET) for call in refusals(parsed(path)) if ast.unparse(call.func) not in INSIDE]
    assert len(calls) > 200
    plain = [
        f"{path}:{call.lineno}" for path, call in calls if any(isinstance(one, ast.JoinedStr | ast.Constant) for one in call.args[-1:])
    ]
    assert plain == []


def test_the_chinese_of_it_is_chinese() -> None:
    said = [(f"{path}:{call.lineno}", call.args[1]) for path in python_files(*CODE) for call in sentences(parsed(path))]
    assert len(said) > 300
    assert [where for where, chinese in said if not CHINESE.search(ast.unparse(chinese))] == []
    assert [where for where, chinese in said if HALF_WIDTH.search(text_of(chinese))] == []


def sentences(tree: ast.Module) -> Iterator[ast.Call]:
    """What is written in both languages at one place."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "Both" and isinstance(node.args[1], ast.JoinedStr | ast.Constant):
            yield node


def text_of(sentence: ast.expr) -> str:
    """The sentence, with a blank in place of what is put in."""
    parts = sentence.values if isinstance(sentence, ast.JoinedStr) else [sentence]
    return "".join(str(part.value) if isinstance(part, ast.Constant) else " " for part in parts)


def refusals(tree: ast.Module) -> Iterator[ast.Call]:
    """What is raised with words, and what is said of fields."""
    for node in ast.walk(tree):
        raised = node.exc if isinstance(node, ast.Raise) else node
        if isinstance(raised, ast.Call) and raised.args and (raised is not node or ast.unparse(raised.func) == "FieldError"):
            yield raised
