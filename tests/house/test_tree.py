"""What must not stand anywhere in the tree."""

import re

import pytest

from tests.house.tree import ROOT, text_files

# Written in parts, so that this file does not hold what it looks for.
MACHINE_PATHS = re.compile(r"(?<![\w.])/(?:wor" r"k|roo" r"t|hom" r"e|User" r"s)/\w")
HOSTS = re.compile(r"(?:pypi\.or" r"g|pythonhoste" r"d\.org|npmj" r"s\.|registr" r"y\.\w+\.|mirror" r"s?\.\w+\.|proxy\.golan" r"g)", re.I)
SECRETS = re.compile(r"-----BEGIN (?:\w+ )?PRIVATE KE" r"Y-----|AKI" r"A[0-9A-Z]{16}")
BINARY = {".xlsx", ".png", ".jpg", ".gz", ".zip", ".ico", ".woff2", ".pdf"}
LARGEST = 10 * 1024 * 1024


@pytest.mark.parametrize("pattern", [MACHINE_PATHS, HOSTS, SECRETS], ids=["machine paths", "registry hosts", "private keys"])
def test_is_nowhere_in_the_tree(pattern: re.Pattern[str]) -> None:
    wrong = []
    for path in text_files():
        if path.suffix in BINARY or (ROOT / path).stat().st_size > LARGEST:
            continue
        for number, line in enumerate((ROOT / path).read_bytes().decode("utf-8", "replace").splitlines(), start=1):
            if pattern.search(line):
                wrong.append(f"{path}:{number} {line.strip()[:100]}")
    assert wrong == []


def test_locks_hold_names_versions_and_hashes_only() -> None:
    locks = sorted((ROOT / "requirements").glob("*.lock"))
    assert locks
    for lock in locks:
        for number, line in enumerate(lock.read_text(encoding="utf-8").splitlines(), start=1):
            assert "://" not in line and not line.startswith(("-i ", "--index", "--extra-index", "--find")), f"{lock.name}:{number} {line}"  # noqa: PT018
        assert "--hash=sha256:" in lock.read_text(encoding="utf-8"), lock.name


def test_files_are_utf8_with_plain_line_ends() -> None:
    wrong = [
        str(path)
        for path in text_files()
        if path.suffix in {".py", ".md", ".sql", ".toml", ".yml", ".j2"} and b"\r" in (ROOT / path).read_bytes()
    ]
    assert wrong == []
