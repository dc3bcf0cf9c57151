"""Temporary."""
from services.orders.work import queries
from services.orders.tasks import store
from tests.orders.calls import *
from tests.orders.test_after_delivery import *
import datetime as dt

async def test_perf(desk: Desk) -> None:
    await sailed(desk)
    await desk.entered(line(promised="2026-06-30"), number="SO-2", template="export-make", incoterm="FOB")
    async with desk.database.connection() as c:
        for number, n in (("SO-2", 4000), ("SO-1", 25000)):
            await c.execute("ALTER TABLE milestone DISABLE TRIGGER USER", timeout=100)
            await c.execute("SET statement_timeout=0")
            await c.execute(f"""CREATE TEMP TABLE made{n} AS SELECT gen_random_uuid() AS id, g FROM generate_series(1,{n}) g""", timeout=600)
            await c.execute(f"""INSERT INTO customer_order SELECT (jsonb_populate_record(o, jsonb_build_object('id', x.id, 'number', 'X{n}-'||x.g))).* FROM customer_order o, made{n} x WHERE o.number=$1""", number, timeout=600)
            await c.execute(f"""INSERT INTO milestone SELECT (jsonb_populate_record(m, jsonb_build_object('order_id', x.id, 'passed', $2::boolean or m.passed))).* FROM milestone m JOIN customer_order o ON o.id=m.order_id, made{n} x WHERE o.number=$1""", number, number=="SO-1", timeout=600)
        await c.execute("ANALYZE", timeout=600)
        today = dt.date(2026,3,20)
        for who in ((["li.wei"],None,"he.yan"),(["li.wei"],["li.wei"],"li.wei"),(["he.yan"],None,"he.yan")):
          for drop in (False, True):
            for attempt in (1,2):
                rows = await c.fetch("EXPLAIN (ANALYZE, BUFFERS OFF) " + queries._MILESTONES, *who, today, True, None, None, None, None, 21, timeout=600)
            print(who, "\n".join(r[0] for r in rows))
            break
        rows = await c.fetch("EXPLAIN (ANALYZE, BUFFERS OFF) " + queries._URGENT, ["li.wei"], None, "he.yan", None, None, 21, timeout=600)
        print("\n".join(r[0] for r in rows))
    assert False
