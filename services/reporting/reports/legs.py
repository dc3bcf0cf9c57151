"""The milestones of an order's legs, as reports about what hangs on them read them."""

MILESTONE_DAY = """
milestone_day AS NOT MATERIALIZED (
    SELECT m.order_id, m.leg, m.milestone, m.actual, coalesce(m.actual, m.estimated) AS day
    FROM projection.milestone m
    WHERE EXISTS (SELECT FROM projection.line l WHERE l.order_id = m.order_id AND coalesce(l.shipment, '') = m.leg)
)"""
"""When each has happened or is expected, of the legs in which lines travel: one that all lines have left stays as it was."""
