-- One that is late by days holds what comes to a shipment to the day of that shipment: a vessel leaves each port on a day of its own.
-- Where no day of it was known, to `holds_to`, now that of the first that was listed.
CREATE TABLE disruption_shipment (
    disruption_id uuid NOT NULL REFERENCES disruption,
    shipment      text NOT NULL,
    holds_to      date NOT NULL,
    PRIMARY KEY (disruption_id, shipment)
);
