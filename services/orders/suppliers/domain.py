"""Suppliers: who makes or sells what an order line asks for."""

from services.orders.fields import Body, Number, Short


class NewSupplier(Body):
    code: Number
    name: Short
