-- Goods are loaded when the vessel is there: what holds a departure holds the loading, too. A new revision of each template that ships
-- with the suite and has both; orders keep the revision that they were planned with.
INSERT INTO template_revision (id, code, revision, document, actor, recorded_at)
SELECT gen_random_uuid(), n.code, n.revision + 1, jsonb_set(n.document, '{milestones}', (
    SELECT jsonb_agg(CASE WHEN m->>'code' = 'DEPART' THEN jsonb_set(m, '{after}', (
        SELECT jsonb_agg(CASE WHEN a->>'milestone' = 'ON_BOARD' THEN a || '{"together": true}' ELSE a END ORDER BY k)
        FROM jsonb_array_elements(m->'after') WITH ORDINALITY AS w (a, k))) ELSE m END ORDER BY i)
    FROM jsonb_array_elements(n.document->'milestones') WITH ORDINALITY AS s (m, i))), 'gendan', now()
FROM (SELECT DISTINCT ON (code) code, revision, document, actor FROM template_revision ORDER BY code, revision DESC) AS n
WHERE n.actor = 'gendan' AND n.document->'milestones' @> '[{"code": "DEPART", "after": [{"milestone": "ON_BOARD"}]}]';
