"""The SCMS file as the demo uses it: what was known on the day it begins, what happened after, and the figures that must come out."""

import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from pathlib import Path

FOLDER = Path(__file__).parents[3] / "examples" / "scms"
FILE = FOLDER / "SCMS_Delivery_History_Dataset_20150929.csv"
MAPPING = FOLDER / "mapping.json"
BEGIN = date(2013, 1, 1)
WARNING_DAYS = 5
"""Working days between the day a merchandiser logs a delay and the date that it breaks."""

_ORDER, _SHIPMENT, _COUNTRY, _VENDOR = "PO / SO #", "ASN/DN #", "Country", "Vendor"
_ORDERED, _SCHEDULED = "PO Sent to Vendor Date", "Scheduled Delivery Date"
_DELIVERED, _RECORDED = "Delivered to Client Date", "Delivery Recorded Date"
_MONTH_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTHS = {name: number for number, name in enumerate(_MONTH_NAMES, start=1)}


@dataclass(frozen=True, slots=True)
class Late:
    """A shipment that was late, and when a merchandiser would have logged it."""

    shipment: str
    country: str
    order: str
    promised: date
    delivered: date
    logged_on: date
    next_news_on: date


@dataclass(slots=True)
class Day:
    """What happened on one day: delays logged, and shipments delivered (number, country)."""

    day: date
    late: list[Late] = field(default_factory=list)
    delivered: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Knowledge:
    """The rows of the file. Everything else follows from them."""

    header: Sequence[str]
    rows: Sequence[dict[str, str]]

    @classmethod
    def read(cls, path: Path = FILE) -> "Knowledge":
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            rows = list(reader)
        return cls(tuple(reader.fieldnames or ()), rows)

    def as_known(self) -> bytes:
        """The file as it stood on the first day: nothing that happens from that day on is in it."""
        text = io.StringIO()
        writer = csv.DictWriter(text, self.header, lineterminator="\n")
        writer.writeheader()
        writer.writerows(map(_as_known, self.rows))
        return b"\xef\xbb\xbf" + text.getvalue().encode()

    def one_row_of_each_country(self) -> bytes:
        """A small file with a row for each customer, to see whether orders knows them all."""
        text = io.StringIO()
        writer = csv.DictWriter(text, self.header, lineterminator="\n")
        writer.writeheader()
        writer.writerows({row[_COUNTRY]: _as_known(row) for row in self.rows}.values())
        return text.getvalue().encode()

    @cached_property
    def countries(self) -> list[str]:
        return sorted({row[_COUNTRY] for row in self.rows})

    @cached_property
    def lines_on_time(self) -> int:
        return sum(day_of(row[_DELIVERED]) <= day_of(row[_SCHEDULED]) for row in self.rows)

    @cached_property
    def open_lines(self) -> int:
        return sum(day_of(row[_DELIVERED]) >= BEGIN for row in self.rows)

    def count(self, what: str) -> int:
        """How many `orders`, `shipments`, `customers` or `suppliers` the file has."""
        column = {"orders": _ORDER, "shipments": _SHIPMENT, "customers": _COUNTRY, "suppliers": _VENDOR}[what]
        return len({row[column] for row in self.rows})

    @cached_property
    def late(self) -> list[Late]:
        """The shipments that were open on the first day and came after their earliest promise, by the day they are logged."""
        return sorted(self._late(), key=lambda late: (late.logged_on, late.shipment))

    def _late(self) -> Iterator[Late]:
        for number, rows in self._open_shipments().items():
            promised = min(day_of(row[_SCHEDULED]) for row in rows)
            delivered = max(day_of(row[_DELIVERED]) for row in rows)
            if delivered > promised:
                logged = max(working_days_before(promised, WARNING_DAYS), BEGIN)
                news = min(logged + timedelta(days=7), delivered)
                yield Late(number, rows[0][_COUNTRY], rows[0][_ORDER], promised, delivered, logged, news)

    @cached_property
    def days(self) -> list[Day]:
        """The days on which something happens, in order."""
        days: dict[date, Day] = {}
        for late in self.late:
            days.setdefault(late.logged_on, Day(late.logged_on)).late.append(late)
        for number, rows in self._open_shipments().items():
            delivered = max(day_of(row[_DELIVERED]) for row in rows)
            days.setdefault(delivered, Day(delivered)).delivered.append((number, rows[0][_COUNTRY]))
        return [days[day] for day in sorted(days)]

    @cached_property
    def customers_late(self) -> int:
        return len({late.country for late in self.late})

    @cached_property
    def deliveries(self) -> int:
        return sum(len(day.delivered) for day in self.days)

    def on_time_by_customer(self) -> Counter[str]:
        """Lines on time by country."""
        return Counter(row[_COUNTRY] for row in self.rows if day_of(row[_DELIVERED]) <= day_of(row[_SCHEDULED]))

    def _open_shipments(self) -> dict[str, list[dict[str, str]]]:
        found: dict[str, list[dict[str, str]]] = {}
        for row in self.rows:
            if day_of(row[_DELIVERED]) >= BEGIN:
                found.setdefault(row[_SHIPMENT], []).append(row)
        return found


def day_of(text: str) -> date:
    """`02-Jun-06`, in whatever locale."""
    day, month, year = text.split("-")
    return date(2000 + int(year), _MONTHS[month], int(day))


def _as_known(row: dict[str, str]) -> dict[str, str]:
    """Without the day on which it was ordered or delivered, where that lies ahead on the first."""
    year = row[_ORDERED][-4:]
    ordered = {_ORDERED: ""} if year.isdigit() and int(year) >= BEGIN.year else {}
    delivered = {_DELIVERED: "", _RECORDED: ""} if day_of(row[_DELIVERED]) >= BEGIN else {}
    return row | ordered | delivered


def working_days_before(day: date, count: int) -> date:
    """The day that lies `count` days of Monday to Friday before `day`."""
    while count:
        day -= timedelta(days=1)
        count -= day.weekday() < 5
    return day


def morning(day: date) -> datetime:
    """When the demo's people begin to work, UTC."""
    return datetime.fromisoformat(f"{day.isoformat()}T07:00:00+00:00")
