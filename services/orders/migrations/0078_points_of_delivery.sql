-- The sea terms too say where goods of these templates are delivered: to the carrier, with whom their plans know no loading on board.
-- A firm that has written revisions of its own keeps them.
INSERT INTO template_revision (id, code, revision, document, actor, recorded_at)
SELECT gen_random_uuid(), r.code, 2,
    jsonb_set(r.document, '{delivery_point_by_incoterm}', r.document->'delivery_point_by_incoterm'
        || jsonb_build_object('FAS', p.point, 'FOB', p.point, 'CFR', p.point, 'CIF', p.point)),
    'gendan', now()
FROM (VALUES ('bonded-make', 'HANDED_OVER'), ('from-stock', 'DEPART'), ('urgent', 'DEPART')) AS p (code, point)
JOIN template_revision r ON r.code = p.code AND r.revision = 1
WHERE NOT EXISTS (SELECT FROM template_revision n WHERE n.code = r.code AND n.revision > 1);
