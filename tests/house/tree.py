"""The tree as the house rules see it: files, their parsed code, their imports."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
CODE = ("shared", "services", "deploy", "benchmarks")
SKIPPED = {"__pycache__", "node_modules"}


def python_files(*folders: str) -> list[Path]:
    """Paths relative to the root, of the named folders."""
    found = (path for folder in folders for path in (ROOT / folder).rglob("*.py"))
    return sorted(path.relative_to(ROOT) for path in found if not SKIPPED & set(path.parts))


def text_files() -> Iterator[Path]:
    """Everything people wrote or committed, without what tools leave behind."""
    for path in sorted(ROOT.rglob("*")):
        relative = path.relative_to(ROOT)
        hidden = any(part.startswith(".") and part not in (".ci", ".env.example") for part in relative.parts)
        if path.is_file() and not hidden and not SKIPPED & set(relative.parts):
            yield relative


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse((ROOT / path).read_text(encoding="utf-8"), str(path))


def module_of(path: Path) -> str:
    """`services/orders/app.py` as `services.orders.app`."""
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: Path) -> Iterator[tuple[str, int]]:
    """Each imported module by its full name with the line, also where a function imports it late."""
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno} imports relatively: write the whole name"
            # What is imported from a package may be a module of it.
            yield from ((f"{node.module}.{alias.name}", node.lineno) for alias in node.names)


def within(name: str, *packages: str) -> bool:
    return any(name == package or name.startswith(package + ".") for package in packages)


def docstrings(tree: ast.Module) -> set[int]:
    """The ids of nodes that are documentation, not text of the program."""
    return {
        id(node.value)
        for parent in ast.walk(tree)
        for node in (parent.body if isinstance(parent, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) else ())
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
