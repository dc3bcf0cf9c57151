-- What was said long ago is found by when it came.
CREATE INDEX tracking_event_received ON tracking_event (received_at);
