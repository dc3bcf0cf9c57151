"""What machines ask: alive, ready, and the metrics."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
from aiohttp import web

from shared.database.migrate import missing
from shared.database.pool import Database
from shared.problems import Unavailable
from shared.telemetry import LOOP_LAG_SECONDS, METRICS_TYPE, metrics

PING_DEADLINE = 1.0
PING_KEPT = 1.0
TICK = 0.5
DEAD_AFTER = 10.0


class Health:
    """`/livez` depends on this process only; `/readyz` on what its requests need, which the broker is not: writes go on without it."""

    def __init__(self, service: str, migrations: Path, database: Database, spine_unready: Callable[[], list[str]]) -> None:
        self._service = service
        self._migrations = migrations
        self._database = database
        self._spine_unready = spine_unready
        self._asked = -PING_KEPT
        self._away: str | None = "not asked yet"
        self._asking = asyncio.Lock()
        self._migrated = False
        self._ticked = time.monotonic()
        self.draining = False

    def add_to(self, app: web.Application) -> None:
        app.router.add_get("/livez", self.livez)
        app.router.add_get("/readyz", self.readyz)
        app.router.add_get("/metrics", self.metrics)

    async def watch(self, stopping: asyncio.Event) -> None:
        """Tick, and measure how late the loop lets us."""
        while not stopping.is_set():
            before = time.monotonic()
            await asyncio.sleep(TICK)
            self._ticked = time.monotonic()
            LOOP_LAG_SECONDS.set(max(0.0, self._ticked - before - TICK))

    async def livez(self, request: web.Request) -> web.Response:
        alive = time.monotonic() - self._ticked < DEAD_AFTER
        return _answer({"status": "alive" if alive else "stuck", "service": self._service}, alive)

    async def readyz(self, request: web.Request) -> web.Response:
        away = await self._database_away()
        lacking = [] if away else await self._lacking()
        parts: dict[str, dict[str, Any]] = {
            "process": _part(["draining"] if self.draining else []),
            "database": _part([away] if away else []),
            "migrations": _part([f"{len(lacking)} missing, first {lacking[0]}"] if lacking else []),
            "spine": _part(self._spine_unready(), needed=False),
        }
        ready = all(part["ok"] for part in parts.values() if part["needed"])
        return _answer({"status": "ready" if ready else "unready", "service": self._service, "parts": parts}, ready)

    async def metrics(self, request: web.Request) -> web.Response:
        return web.Response(body=metrics(), headers={"Content-Type": METRICS_TYPE})

    async def migrated(self) -> bool:
        """Whether the database answers and has every migration this code needs."""
        return await self._database_away() is None and not await self._lacking()

    async def _database_away(self) -> str | None:
        """Why it cannot be used, asked once a second however many ask."""
        async with self._asking:
            if time.monotonic() - self._asked >= PING_KEPT:
                try:
                    await self._database.ping(PING_DEADLINE)
                    self._away = None
                except Unavailable as error:
                    self._away = error.detail
                self._asked = time.monotonic()
            return self._away

    async def _lacking(self) -> list[str]:
        if self._migrated:
            return []
        try:
            async with self._database.connection() as tx:
                lacking = await missing(tx, self._service, self._migrations)
        except Unavailable as error:
            return [error.detail]
        self._migrated = not lacking
        return lacking


def _part(reasons: list[str], needed: bool = True) -> dict[str, Any]:
    return {"ok": not reasons, "needed": needed, **({"reasons": reasons} if reasons else {})}


def _answer(body: dict[str, Any], good: bool) -> web.Response:
    return web.Response(
        status=200 if good else 503, body=orjson.dumps(body), content_type="application/json", headers={"Cache-Control": "no-store"}
    )
