-- The departure that the carrier said the arrival of a shipment with: it is the same for lines that join later.
ALTER TABLE shipment ADD COLUMN departs date CHECK (departs IS NULL OR eta IS NOT NULL);
