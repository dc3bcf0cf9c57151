-- The further legs that a chase is about: a part of the goods that were asked about travels in each. Null: in no shipment yet.
ALTER TABLE chase ADD COLUMN parts text[] NOT NULL DEFAULT '{}';
