"""Who may import whom."""

import ast
import sys
from pathlib import Path

from shared.contracts.topology import SERVICES
from tests.house.tree import imports, parsed, python_files, within

# Texts, rules and values; neither servers nor drivers.
IMPORT_RULES = ("shared.imports.fields", "shared.imports.rows")
DOMAIN_MAY = ("pydantic", "shared.contracts", "shared.calendars", "shared.approvals", "shared.problems", *IMPORT_RULES)
PURE = {"domain", "model", "obstacles", "correcting", "repeating", "fields", "examples", "words"}
MOMENTS = {"now", "utcnow", "today", "uuid1", "uuid4", "uuid7", "new_id", "time", "monotonic", "random"}
WAITS = ("asyncio", "threading", "socket", "subprocess", "time", "secrets")


def test_services_never_import_each_other() -> None:
    wrong = [
        f"{path}:{line} imports {name}"
        for service in SERVICES
        for path in python_files(f"services/{service}")
        for name, line in imports(path)
        if within(name, "services") and not within(name, f"services.{service}")
    ]
    assert wrong == []


def test_shared_knows_no_service() -> None:
    wrong = [
        f"{path}:{line} imports {name}"
        for path in python_files("shared")
        for name, line in imports(path)
        if within(name, "services", "deploy", "tests", "benchmarks")
    ]
    assert wrong == []


def test_what_runs_knows_no_test() -> None:
    wrong = [
        f"{path}:{line} imports {name}"
        for path in python_files("services", "deploy")
        for name, line in imports(path)
        if within(name, "tests") or (within(name, "deploy") and path.parts[0] == "services")
    ]
    assert wrong == []


def test_the_contracts_know_nothing_else() -> None:
    wrong = [
        f"{path}:{line} imports {name}"
        for path in python_files("shared/contracts")
        for name, line in imports(path)
        if within(name, "shared") and not within(name, "shared.contracts")
    ]
    assert wrong == []


def domains() -> list[Path]:
    return [path for path in python_files("services") if path.stem == "domain" or "domain" in path.parent.parts]


def test_domains_import_no_server_and_no_driver() -> None:
    wrong = []
    for path in domains():
        service = ".".join(path.parts[:2])
        for name, line in imports(path):
            own = within(name, service) and bool(PURE & set(name.split(".")))
            library = name.split(".")[0] in sys.stdlib_module_names and not within(name, *WAITS)
            if not (own or library or within(name, *DOMAIN_MAY)):
                wrong.append(f"{path}:{line} imports {name}")
    assert wrong == []


def test_time_and_ids_come_into_a_domain_as_arguments() -> None:
    wrong = [
        f"{path}:{node.lineno} calls {ast.unparse(node.func)}"
        for path in domains()
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Call) and (getattr(node.func, "attr", None) or getattr(node.func, "id", None)) in MOMENTS
    ]
    assert wrong == []
