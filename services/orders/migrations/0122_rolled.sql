-- When a shipment was rolled last: what carriers had said before that was said of a sailing that it missed.
ALTER TABLE shipment ADD COLUMN rolled_at timestamptz;
