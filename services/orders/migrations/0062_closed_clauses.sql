-- How a clause stood when it was closed: its days and penalty are what was settled, whatever becomes of its order.
ALTER TABLE clause ADD COLUMN stood jsonb CHECK (stood IS NULL OR status = 'closed');
