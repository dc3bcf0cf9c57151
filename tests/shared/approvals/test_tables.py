"""The tables of approvals stand in the services' migrations as they are here."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def test_every_service_that_asks_has_the_same_tables() -> None:
    made = list(ROOT.glob("services/*/migrations/*_approvals.sql"))
    assert made
    assert all(path.samefile(ROOT / "shared/approvals/tables.sql") for path in made)
