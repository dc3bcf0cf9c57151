-- Material that waited for an inspection is recorded with it: orders that were to be looked at for that are looked at as after a regrouping.
INSERT INTO timer AS t (kind, subject, due_at, payload)
SELECT 'material_regrouped', p.subject, p.due_at, p.payload FROM timer p WHERE p.kind = 'material_passed' ORDER BY p.subject
ON CONFLICT (kind, subject) DO NOTHING;
DELETE FROM timer WHERE kind = 'material_passed';
