"""Suppliers: who makes or sells what an order line asks for."""

from pydantic import ConfigDict

from services.orders.fields import Body, Number, Short


class NewSupplier(Body):
    model_config = ConfigDict(json_schema_extra={"examples": [{"code": "MILL", "name": "杭州临禾纺织有限公司 Hangzhou Linhe Weaving"}]})

    code: Number
    name: Short
