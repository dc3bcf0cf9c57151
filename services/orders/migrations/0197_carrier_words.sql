-- What somebody said by hand for the carrier of the milestones of a whole shipment, of each what he said last: beside what events say of them,
-- and beneath what is said of the goods of one order. `said_at` is not known of what is older than that; without a day he has taken it back.
CREATE TABLE carrier_word (
    shipment_id uuid NOT NULL REFERENCES shipment,
    milestone   text NOT NULL,
    day         date,
    -- The departure that he said with the arrival.
    departs     date CHECK (departs IS NULL OR (day IS NOT NULL AND milestone = 'ARRIVE')),
    said_at     timestamptz CHECK (said_at IS NOT NULL OR day IS NOT NULL),
    PRIMARY KEY (shipment_id, milestone)
);
INSERT INTO carrier_word (shipment_id, milestone, day, departs, said_at)
SELECT id, 'DEPART', typed_etd, NULL, typed_etd_at FROM shipment WHERE num_nonnulls(typed_etd, typed_etd_at) > 0
UNION ALL
SELECT id, 'ARRIVE', typed_eta, typed_departs, typed_eta_at FROM shipment WHERE num_nonnulls(typed_eta, typed_eta_at) > 0;
-- The milestones keep beneath it what is said of the goods, and not the same once more.
UPDATE milestone m SET typed = NULL, typed_allowed = NULL, typed_source = NULL, typed_at = NULL FROM shipment s
WHERE m.shipment = s.number AND m.typed_source = 'carrier' AND (m.code, m.typed) IN (('DEPART', s.typed_etd), ('ARRIVE', s.typed_eta));
ALTER TABLE shipment
    DROP COLUMN typed_etd, DROP COLUMN typed_etd_at, DROP COLUMN typed_eta, DROP COLUMN typed_eta_at, DROP COLUMN typed_departs;
