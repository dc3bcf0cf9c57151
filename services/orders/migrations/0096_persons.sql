-- Who is named on a milestone owns it beside the department: its template says who.
ALTER TABLE milestone ADD COLUMN person text CHECK (person <> '');
UPDATE milestone m SET person = step->>'person'
FROM customer_order o JOIN template_revision t ON t.code = o.template AND t.revision = o.template_revision
CROSS JOIN LATERAL jsonb_array_elements(t.document->'milestones') AS step
WHERE o.id = m.order_id AND step->>'code' = m.code AND step->>'person' IS NOT NULL;
