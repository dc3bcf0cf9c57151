-- What is held of a disruption is read by those who release it.
CREATE INDEX gathered_disruption ON gathered ((facts -> 'delay' ->> 'disruption_id')) WHERE facts -> 'delay' ->> 'disruption_id' IS NOT NULL;
