"""import: ten years of deliveries from one file, through mapping, checks, plans and events, against COPY of the same rows."""

import csv
import io
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from benchmarks.ground import Ground
from benchmarks.method import Effort, Reach, Row, Side, compare, side_by_side
from deploy.local.demo.intake import import_file, store_mapping, until_customers_are_known
from deploy.local.demo.knowledge import FILE, Knowledge
from deploy.local.demo.world import World, settle

TABLES = ("supplier", "shipment", "customer_order", "order_line", "milestone", "record")
"""Where an import leaves its rows."""
REACH = Reach(30, at_most=True)


async def run(ground: Ground, effort: Effort) -> list[Row]:
    async with ground.services("customers", "orders"):
        intake = await Intake.prepare(ground, effort)
        sides = [Side("import", intake.take_in), Side("rows", intake.copy_rows), Side("file", intake.copy_file)]
        seconds = await side_by_side(sides, effort.rounds)
    note = f"{intake.lines:,} lines of the file, {sum(map(len, intake.left.values())):,} rows left"
    return [
        compare("SCMS file imported", "s", seconds["import"], "COPY of the rows that it leaves", seconds["rows"], REACH, note),
        compare("SCMS file imported", "s", seconds["import"], "COPY of the file's lines into one table", seconds["file"]),
    ]


@dataclass
class Intake:
    """The file, as many of its lines as the effort asks for, and who may import it. `left` are the rows that an import made, by table."""

    ground: Ground
    world: World
    header: Sequence[str]
    lines: int
    content: bytes
    left: Mapping[str, Sequence[Sequence[object]]]

    @classmethod
    async def prepare(cls, ground: Ground, effort: Effort) -> "Intake":
        knowledge, world = Knowledge.read(), World(ground.suite)
        await settle(world, lambda _: None)
        await store_mapping(world.manager)
        await until_customers_are_known(world, knowledge)
        lines = effort.count(len(knowledge.rows))
        return cls(ground, world, knowledge.header, lines, _first(FILE.read_text(encoding="utf-8-sig"), lines), {})

    async def take_in(self) -> float:
        """Seconds from the upload until every row is decided."""
        async with self.ground.suite.database("orders") as orders:
            await orders.execute("TRUNCATE import_job, customer_order, shipment, supplier, record, outbox CASCADE")
            began = time.monotonic()
            done = await import_file(self.world.manager, self.content, FILE.name)
            seconds = time.monotonic() - began
            if done["status"] != "done" or done["refused"]:
                raise RuntimeError(f"the file was not imported whole: {done}")
            if not self.left:
                self.left = {table: [tuple(row) for row in await orders.fetch(f"SELECT * FROM {table}")] for table in TABLES}
        return seconds

    async def copy_rows(self) -> float:
        """Seconds to write what the import wrote, into empty tables with the same indexes."""
        async with self.ground.suite.database("orders") as orders:
            for table in TABLES:
                await orders.execute(f"DROP TABLE IF EXISTS copy_of_{table}; CREATE TABLE copy_of_{table} (LIKE {table} INCLUDING ALL)")
            began = time.monotonic()
            async with orders.transaction():
                for table, rows in self.left.items():
                    await orders.copy_records_to_table(f"copy_of_{table}", records=rows)
            return time.monotonic() - began

    async def copy_file(self) -> float:
        """Seconds to write the file as it is, its columns as texts."""
        async with self.ground.suite.database("orders") as orders:
            columns = ", ".join(f"c{number} text" for number in range(len(self.header)))
            await orders.execute(f"DROP TABLE IF EXISTS line_of_file; CREATE TABLE line_of_file ({columns})")
            began = time.monotonic()
            await orders.copy_to_table("line_of_file", source=io.BytesIO(self.content), format="csv", header=True)
            return time.monotonic() - began


def _first(text: str, lines: int) -> bytes:
    """The header and that many lines."""
    rows = csv.reader(io.StringIO(text, newline=""))
    kept = io.StringIO()
    csv.writer(kept, lineterminator="\n").writerows(islice(rows, lines + 1))
    return kept.getvalue().encode()
