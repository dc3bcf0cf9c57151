-- What a shipment knows beside its transport: what the carrier says of its sailing, what was agreed about delivery, and its cut-offs.
ALTER TABLE shipment
    ADD COLUMN vessel_imo text CHECK (vessel_imo ~ '^[0-9]{7}$'),
    ADD COLUMN transhipment_ports text[] NOT NULL DEFAULT '{}',
    ADD COLUMN delivery jsonb,
    -- The carrier's word, kept for the lines that join later; each leg has it as a word on its own departure and arrival.
    ADD COLUMN etd date,
    ADD COLUMN eta date,
    ADD COLUMN said_at timestamptz,
    -- The arrival that its customers were last told of before it came.
    ADD COLUMN arriving_told date,
    ADD CONSTRAINT shipment_said CHECK ((etd IS NULL AND eta IS NULL) OR said_at IS NOT NULL);
CREATE INDEX shipment_vessel_imo ON shipment (vessel_imo, upper(voyage)) WHERE vessel_imo IS NOT NULL;

-- Instants in the port's zone. One that the carrier has stated moves only when he states another.
CREATE TABLE shipment_cutoff (
    shipment_id uuid NOT NULL REFERENCES shipment,
    kind        text NOT NULL CHECK (kind IN ('shipping_instructions', 'verified_gross_mass', 'container_yard', 'customs')),
    at          timestamptz NOT NULL,
    zone        text NOT NULL,
    stated      boolean NOT NULL,
    revision    integer NOT NULL CHECK (revision >= 1),
    -- What must have happened by then.
    milestone   text NOT NULL,
    -- The revision of which it was told that it is at risk.
    told        integer CHECK (told <= revision),
    met_at      timestamptz,
    PRIMARY KEY (shipment_id, kind)
);
CREATE INDEX shipment_cutoff_told ON shipment_cutoff (at) WHERE met_at IS NULL AND told IS NOT NULL;
