"""What the spine tells Prometheus. Labels are names of this repository: consumers, publishers; never ids."""

from prometheus_client import Counter, Gauge, Histogram

OUTBOX_AGE = Gauge("gendan_outbox_age_seconds", "Age of the oldest event not yet published; 0 when there is none")
OUTBOX_ROWS = Gauge("gendan_outbox_rows", "Events not yet published, as of the last count")
OUTBOX_PARKED = Gauge("gendan_outbox_parked", "Events the broker refuses, with the later ones of their aggregates")
PUBLISHED = Counter("gendan_events_published_total", "Events acknowledged by the broker")
CONSUMED = Counter("gendan_events_consumed_total", "Events whose effect was committed", ["consumer"])
PENDING = Gauge("gendan_consumer_pending", "Events in the stream that the shard has not been sent yet", ["consumer"])
BATCH_SECONDS = Histogram(
    "gendan_batch_seconds",
    "Time to apply and commit one batch",
    ["service"],
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
HELD = Gauge("gendan_events_held", "Events that came but cannot be applied yet", ["reason"])
DEAD_LETTERS = Counter("gendan_dead_letters_total", "Messages given up", ["consumer"])
LACKS = Gauge("gendan_stream_lacks", "Own events of the last weeks that the stream does not hold, as of the last look")
SILENT = Counter("gendan_consumer_silent_total", "Times the broker had events and did not deliver them until it was reset", ["consumer"])
