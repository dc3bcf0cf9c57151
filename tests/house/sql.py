"""Finds SQL in the code."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.house.tree import docstrings, parsed

STATEMENT = re.compile(
    r"\s*(?:--[^\n]*\n\s*)*(SELECT|INSERT INTO|UPDATE|DELETE FROM|WITH( RECURSIVE)?|MERGE INTO|LOCK TABLE|TRUNCATE|COPY)\s"
)
PREPARABLE = re.compile(r"\s*(?:--[^\n]*\n\s*)*(SELECT|INSERT INTO|UPDATE|DELETE FROM|WITH|MERGE INTO)\s")


def sql_texts(path: Path) -> Iterator[tuple[str | None, int]]:
    """Each SQL text with its line; None for the text of one that is put together when it runs."""
    tree = parsed(path)
    skipped = docstrings(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            skipped.update(id(part) for part in node.values)
            first = node.values[0] if node.values else None
            if isinstance(first, ast.Constant) and STATEMENT.match(str(first.value)):
                yield None, node.lineno
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in skipped and STATEMENT.match(node.value):
            yield node.value, node.lineno


def sent_texts(path: Path) -> Iterator[str]:
    """The SQL that functions write out where they send it."""
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Call):
            for given in node.args:
                if isinstance(given, ast.Constant) and isinstance(given.value, str) and PREPARABLE.match(given.value):
                    yield given.value


def inserted(path: Path) -> Iterator[tuple[str, int]]:
    """What f-strings of SQL insert, as code, with the line."""
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.JoinedStr) and node.values:
            first = node.values[0]
            if isinstance(first, ast.Constant) and STATEMENT.match(str(first.value)):
                yield from ((ast.unparse(part.value), node.lineno) for part in node.values if isinstance(part, ast.FormattedValue))


def stars(text: str) -> list[str]:
    """The relations of which a statement takes every column: not what it made itself, by unnest or WITH, one line above."""
    text = re.sub(r"extract\s*\(\s*\w+\s+FROM", "extract(", text)
    made = {*re.findall(r"(\w+)\s*(?:\([^()]*\))?\s+AS\s+(?:NOT\s+)?(?:MATERIALIZED\s+)?\(", text)}
    taken = re.findall(r"SELECT\s+(?:\w+\.)?\*.*?\sFROM\s+(?:LATERAL\s+)?(\w+)", text, re.DOTALL)
    return [relation for relation in taken if relation not in made and relation not in ("unnest", "jsonb_to_recordset", "generate_series")]
