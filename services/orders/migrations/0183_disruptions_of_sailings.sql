-- What joins a shipment asks which disruptions it, or its vessel, has.
CREATE INDEX disruption_sailing ON disruption (kind, upper(name)) WHERE kind IN ('vessel', 'shipment');
