"""Files and functions that fit into a head."""

import ast

from tests.house.tree import CODE, ROOT, parsed, python_files

FILE_LINES = 300
FUNCTION_LINES = 60


def test_files_stay_short() -> None:
    sizes = {str(path): len((ROOT / path).read_text(encoding="utf-8").splitlines()) for path in python_files(*CODE)}
    assert {path: lines for path, lines in sizes.items() if lines > FILE_LINES} == {}


def test_functions_stay_short() -> None:
    wrong = [
        f"{path}:{node.lineno} {node.name} has {(node.end_lineno or node.lineno) - node.lineno + 1} lines"
        for path in python_files(*CODE)
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and (node.end_lineno or 0) - node.lineno >= FUNCTION_LINES
    ]
    assert wrong == []


def test_every_module_says_what_it_is() -> None:
    wrong = [str(path) for path in python_files(*CODE) if parsed(path).body and not ast.get_docstring(parsed(path))]
    assert wrong == []
