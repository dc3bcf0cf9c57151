-- The people of logistics and of the warehouse have roles of their own: they work on every customer's orders.
ALTER TABLE staff DROP CONSTRAINT staff_roles_check, ADD CONSTRAINT staff_roles_check CHECK (
  roles <@ ARRAY['merchandiser', 'clerk', 'planner', 'buyer', 'qc', 'docs', 'logistics', 'warehouse', 'finance', 'manager', 'admin']);
