"""The tables of the orders service that logging a delay reads and writes, as SQLAlchemy maps them; only the columns that it needs."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, ForeignKey
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
from sqlalchemy.types import LargeBinary, Text


class Base(DeclarativeBase):
    type_annotation_map = {  # noqa: RUF012
        str: Text,
        bytes: LargeBinary,
        datetime: DateTime(timezone=True),
        dict[str, Any]: JSONB,
        list[dict[str, Any]]: JSONB,
    }


class IdempotencyKey(Base):
    __tablename__ = "idempotency_key"
    principal: Mapped[str] = mapped_column(primary_key=True)
    route: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    body_hash: Mapped[bytes]
    status: Mapped[int | None]
    headers: Mapped[dict[str, Any] | None]
    answer: Mapped[bytes | None]


class Customer(Base):
    __tablename__ = "known_customer"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    owner: Mapped[str]


class Staff(Base):
    __tablename__ = "known_staff"
    login: Mapped[str] = mapped_column(primary_key=True)
    deputies: Mapped[list[dict[str, Any]]]


class Order(Base):
    __tablename__ = "customer_order"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[str]
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("known_customer.id"))
    delivery_point: Mapped[str]
    status: Mapped[str]
    version: Mapped[int]
    lines: Mapped[list["Line"]] = relationship(order_by="Line.line")
    nodes: Mapped[list["Node"]] = relationship(order_by="Node.position")
    touched: Mapped[list["DelayOrder"]] = relationship(order_by="DelayOrder.ordinal")


class Line(Base):
    __tablename__ = "order_line"
    order_id: Mapped[UUID] = mapped_column(ForeignKey("customer_order.id"), primary_key=True)
    line: Mapped[str] = mapped_column(primary_key=True)
    shipment: Mapped[str | None]
    promised: Mapped[date]
    estimated: Mapped[date]
    estimate_revision: Mapped[int]
    delivered: Mapped[date | None]


class Node(Base):
    __tablename__ = "milestone"
    order_id: Mapped[UUID] = mapped_column(ForeignKey("customer_order.id"), primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    shipment: Mapped[str | None]
    position: Mapped[int]
    visible: Mapped[bool]
    duration_days: Mapped[int]
    planned: Mapped[date]
    estimated: Mapped[date]
    actual: Mapped[date | None]
    revision: Mapped[int]


class Delay(Base):
    __tablename__ = "delay"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    order_id: Mapped[UUID]
    shipment: Mapped[str | None]
    milestone: Mapped[str]
    new_date: Mapped[date]
    action: Mapped[dict[str, Any]]
    next_news_on: Mapped[date | None]
    revision: Mapped[int]
    version: Mapped[int]
    status: Mapped[str]
    logged_by: Mapped[str]
    logged_at: Mapped[datetime]
    causes: Mapped[list["DelayCause"]] = relationship()
    orders: Mapped[list["DelayOrder"]] = relationship()


class DelayCause(Base):
    __tablename__ = "delay_cause"
    delay_id: Mapped[UUID] = mapped_column(ForeignKey("delay.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str]
    party: Mapped[str]


class DelayOrder(Base):
    __tablename__ = "delay_order"
    delay_id: Mapped[UUID] = mapped_column(ForeignKey("delay.id"), primary_key=True)
    order_id: Mapped[UUID] = mapped_column(ForeignKey("customer_order.id"), primary_key=True)
    shipment: Mapped[str | None]
    milestone: Mapped[str]
    ordinal: Mapped[int]
    before: Mapped[date]
    after: Mapped[date]
    open: Mapped[bool]


class Entry(Base):
    __tablename__ = "promise_entry"
    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[UUID]
    line: Mapped[str | None]
    shipment: Mapped[str | None]
    milestone: Mapped[str | None]
    kind: Mapped[str]
    day: Mapped[date]
    revision: Mapped[int]
    recorded_at: Mapped[datetime]
    actor: Mapped[str]
    source: Mapped[str]
    delay_id: Mapped[UUID | None]
    reason: Mapped[str | None]


class Timer(Base):
    __tablename__ = "timer"
    kind: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[UUID] = mapped_column(primary_key=True)
    due_at: Mapped[datetime]
    payload: Mapped[dict[str, Any]]
