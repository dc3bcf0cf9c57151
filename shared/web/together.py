"""Requests of one route that are answered together: in one transaction, each with an outcome of its own.

Nobody waits for company. A request that finds the route idle goes at once; those that arrive while batches are in the
database make up the next one. What goes wrong with one request is no other's trouble: it is done again, alone.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Coroutine, Hashable, Sequence
from contextvars import Context
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, Generic, Literal, ParamSpec, TypeAlias, TypeVar

from shared.problems import Problem, Unavailable
from shared.web.problems import MOMENT, Overloaded

AT_ONCE = 2
"""Batches in the database at a time: while it works on one, this process works on the other."""
LARGEST = 32
PATIENCE = 2.0
"""Seconds that a request waits for a batch that takes it."""


class _Again(Enum):
    ALONE = "alone"


ALONE: Final = _Again.ALONE
"""The outcome of a request that could not be done without waiting for somebody: it is asked again alone, and may wait then."""

P = ParamSpec("P")
T = TypeVar("T")
Asked = TypeVar("Asked")
Outcome: TypeAlias = T | Problem | Literal[_Again.ALONE]
Outcomes: TypeAlias = Sequence[Outcome[T]]
"""What a handler of several requests answers, one for each, in their order."""


def attempt(decide: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T | Problem:
    """What `decide` gives, or the problem it raises: that of one request, which the others do not share."""
    try:
        return decide(*arguments, **named)
    except Problem as problem:
        return problem


@dataclass(eq=False, slots=True)
class _Waiting(Generic[Asked, T]):
    asked: Asked
    apart: Collection[Hashable]
    answer: "asyncio.Future[T]"
    patience: asyncio.TimerHandle


class Together(Generic[Asked, T]):
    """Gives what is asked to `work` in batches. `work` answers in the order it was asked, or raises for the batch as a whole."""

    def __init__(self, work: Callable[[Sequence[Asked]], Awaitable[Sequence[T | Exception | Literal[_Again.ALONE]]]]) -> None:
        self._work = work
        self._waiting: deque[_Waiting[Asked, T]] = deque()
        self._under_way: set[Hashable] = set()
        self._workers = 0
        self._tasks: set[asyncio.Task[None]] = set()

    async def ask(self, asked: Asked, apart: Collection[Hashable]) -> T:
        """The answer, or its problem raised; Overloaded when no batch could take it in time.

        What shares anything in `apart` is worked on one after the other, in the order it came.
        """
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[T] = loop.create_future()
        self._waiting.append(_Waiting(asked, apart, answer, loop.call_later(PATIENCE, _turn_away, answer)))
        self._call_workers()
        return await answer

    def _call_workers(self) -> None:
        if self._workers < AT_ONCE and self._waiting:
            self._workers += 1
            self._start(self._drain())

    async def _drain(self) -> None:
        """Serves batches until nothing waits that may be served now."""
        try:
            while batch := self._take():
                await self._serve(batch)
        finally:
            self._workers -= 1

    def _take(self) -> list[_Waiting[Asked, T]]:
        """The first that wait and share nothing with one another or with what is under way."""
        batch: list[_Waiting[Asked, T]] = []
        left: list[_Waiting[Asked, T]] = []
        held: set[Hashable] = set()
        while self._waiting and len(batch) < LARGEST:
            one = self._waiting.popleft()
            if one.answer.done():  # whoever asked has gone, or waited too long
                continue
            if held.isdisjoint(one.apart) and self._under_way.isdisjoint(one.apart):
                one.patience.cancel()
                batch.append(one)
                self._under_way.update(one.apart)
            else:
                left.append(one)
                held.update(one.apart)
        self._waiting.extendleft(reversed(left))
        return batch

    async def _serve(self, batch: Sequence[_Waiting[Asked, T]]) -> None:
        answers: Sequence[T | Exception | Literal[_Again.ALONE]]
        try:
            answers = await self._work([one.asked for one in batch])
        except Exception as error:
            # Whose fault it is shows when each is done alone; nobody's when there is no database.
            answers = [error if len(batch) == 1 or isinstance(error, Unavailable) else ALONE] * len(batch)
        for one, answer in zip(batch, answers, strict=True):
            if answer is ALONE and len(batch) > 1:
                self._start(self._serve([one]))
            else:
                self._settle(one, answer)
        self._call_workers()

    def _settle(self, one: _Waiting[Asked, T], answer: T | Exception | Literal[_Again.ALONE]) -> None:
        self._under_way.difference_update(one.apart)
        if one.answer.done():
            return
        if isinstance(answer, Exception):
            one.answer.set_exception(answer)
        elif answer is ALONE:
            one.answer.set_exception(RuntimeError("what is asked alone has to be answered"))
        else:
            one.answer.set_result(answer)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        # In a context of its own: a batch is no one request, and its log lines carry no one's ids.
        task = asyncio.get_running_loop().create_task(work, context=Context())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _turn_away(answer: "asyncio.Future[Any]") -> None:
    if not answer.done():
        answer.set_exception(Overloaded(MOMENT))
