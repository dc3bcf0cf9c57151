-- One relay publishes a service's events in the order of the record; which shard an event is of stands in its subject.
ALTER TABLE outbox DROP COLUMN shard;
