-- A vessel is found by its name, in which one blank is as good as two: it is kept with one.
UPDATE shipment SET vessel = regexp_replace(vessel, '\s+', ' ', 'g') WHERE vessel ~ '\s\s';
ALTER TABLE shipment ADD CONSTRAINT shipment_vessel_blanks CHECK (vessel !~ '  ');
