"""The milestones of an order's legs, as reports about what hangs on them read them."""

MILESTONE_DAY = """
milestone_day AS NOT MATERIALIZED (
    SELECT m.order_id, m.leg, m.milestone, m.actual, coalesce(m.actual, m.estimated) AS day
    FROM projection.milestone m
    WHERE EXISTS (
        SELECT FROM projection.line l
        WHERE l.order_id = m.order_id AND coalesce(l.shipment, '') = m.leg AND (l.cancelled_on IS NULL OR NOT EXISTS (
            SELECT FROM projection.line s WHERE s.order_id = m.order_id AND s.cancelled_on IS NULL)))
)"""
"""When each has happened or is expected, of the legs that lines travel in. A leg that its lines have left, or whose lines are cancelled,
stays in the projection as it was; the plan of an order that is cancelled as a whole is read as it was."""
