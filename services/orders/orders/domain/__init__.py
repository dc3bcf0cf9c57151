"""The rules of new orders and lines. Pure; the one door to them."""

from services.orders.orders.domain.deciding import add_lines, candidates, decide

__all__ = ["add_lines", "candidates", "decide"]
