-- A retired template is chosen for no new order; orders planned with it keep it. `version` counts the events told of it.
ALTER TABLE template
    ADD COLUMN id uuid NOT NULL UNIQUE DEFAULT gen_random_uuid(),
    ADD COLUMN version bigint NOT NULL DEFAULT 0 CHECK (version >= 0),
    ADD COLUMN retired_at timestamptz,
    ADD COLUMN retired_by text,
    ADD COLUMN retired_because text,
    ADD CONSTRAINT template_retired CHECK (num_nonnulls(retired_at, retired_by, retired_because) IN (0, 3));

-- Export by each mode, made to order and from stock: what goes before the goods are packed is as in the templates that are there, what
-- comes after is by how they travel. Durations are a starting proposal. The balance is a gate: no paper but a bill of lading holds the goods
-- back once they have left. Terms of carriage by water, agreed for other modes all the same, deliver as FCA does: to the carrier.
-- Where a firm has a template of its own that such orders are planned with, ours comes retired, and export-make stays for the sea alone.
WITH newest AS (
    SELECT DISTINCT ON (code) code, revision, document, actor FROM template_revision ORDER BY code, revision DESC
), own AS (
    SELECT document FROM newest
    WHERE actor <> 'gendan' AND document ?| '{trade_types,routes,modes}' AND coalesce(document->'trade_types', '["export"]') ? 'export'
        AND NOT coalesce((document->'urgent')::boolean, false)
), route (code, as_in, booked_after, paid_after, en, zh) AS (VALUES
    ('make', 'export-make', '{"milestone": "PRD_START", "waits": "start_to_start", "lag_days": 5}', 'QC_FINAL', 'made to order', '按单生产'),
    ('stock', 'from-stock', '{"milestone": "STOCK_OK"}', 'ORD_CONF', 'from stock', '现货')
), mode (suffix, modes, en, zh, points, milestones) AS (VALUES
('', '{sea,barge}'::text[], 'Export by sea', '海运出口', '{"EXW": "PACKED", "FCA": "CY_CUT", "CPT": "CY_CUT", "CIP": "CY_CUT", "FAS": "CY_CUT", "FOB": "ON_BOARD", "CFR": "ON_BOARD", "CIF": "ON_BOARD"}'::jsonb, '[
    {"code": "BKG_CONF", "name": {"en": "Booking confirmed", "zh-CN": "订舱确认"}, "stage": "logistics", "department": "logistics", "calendar": "department", "duration_days": 3, "visible": false, "after": [%1$s]},
    {"code": "CST_DECL", "name": {"en": "Customs declared", "zh-CN": "报关"}, "stage": "customs", "department": "logistics", "calendar": "department", "duration_days": 2, "visible": false, "after": [{"milestone": "PACKED"}, {"milestone": "BKG_CONF"}]},
    {"code": "CST_REL", "name": {"en": "Released by customs", "zh-CN": "海关放行"}, "stage": "customs", "department": "logistics", "calendar": "office", "duration_days": 2, "visible": false, "after": [{"milestone": "CST_DECL"}]},
    {"code": "CY_CUT", "name": {"en": "Gated in at the terminal", "zh-CN": "进港"}, "stage": "logistics", "department": "logistics", "calendar": "every-day", "duration_days": 1, "visible": false, "after": [{"milestone": "PACKED"}, {"milestone": "PAY_BAL"}, {"milestone": "BKG_CONF", "lag_days": 7, "calendar_days": true}]},
    {"code": "ON_BOARD", "name": {"en": "Loaded on board", "zh-CN": "装船"}, "stage": "logistics", "department": "logistics", "calendar": "carrier", "duration_days": 2, "visible": true, "after": [{"milestone": "CY_CUT"}, {"milestone": "CST_REL"}]},
    {"code": "DEPART", "name": {"en": "Departure", "zh-CN": "离港"}, "stage": "logistics", "department": "logistics", "calendar": "carrier", "duration_days": 0, "visible": true, "after": [{"milestone": "ON_BOARD", "together": true}]},
    {"code": "BL_ISS", "name": {"en": "Bill of lading issued", "zh-CN": "提单签发"}, "stage": "documents", "department": "docs", "calendar": "department", "duration_days": 2, "visible": true, "after": [{"milestone": "ON_BOARD"}]},
    {"code": "DOC_SENT", "name": {"en": "Documents sent", "zh-CN": "单证寄出"}, "stage": "documents", "department": "docs", "calendar": "department", "duration_days": 3, "visible": true, "after": [{"milestone": "BL_ISS"}]},
    {"code": "ARRIVE", "name": {"en": "Arrival at the port", "zh-CN": "到港"}, "stage": "logistics", "department": "logistics", "calendar": "carrier", "duration_days": 30, "visible": true, "after": [{"milestone": "DEPART"}]},
    {"code": "DELIVERED", "name": {"en": "Delivered to you", "zh-CN": "送达"}, "stage": "logistics", "department": "logistics", "calendar": "customer", "duration_days": 5, "visible": true, "after": [{"milestone": "ARRIVE"}]}]'),
('-air', '{air}', 'Export by air', '空运出口', NULL, '[
    {"code": "BKG_CONF", "name": {"en": "Booking confirmed", "zh-CN": "订舱确认"}, "stage": "logistics", "department": "logistics", "calendar": "department", "duration_days": 2, "visible": false, "after": [%1$s]},
    {"code": "HANDED_OVER", "name": {"en": "Handed to the carrier", "zh-CN": "交付承运人"}, "stage": "logistics", "department": "logistics", "calendar": "carrier", "duration_days": 1, "visible": true, "after": [{"milestone": "PACKED"}, {"milestone": "PAY_BAL"}, {"milestone": "BKG_CONF", "lag_days": 3, "calendar_days": true}]},
    {"code": "CST_DECL", "name": {"en": "Customs declared", "zh-CN": "报关"}, "stage": "customs", "department": "logistics", "calendar": "department", "duration_days": 1, "visible": false, "after": [{"milestone": "PACKED"}, {"milestone": "BKG_CONF"}]},
    {"code": "CST_REL", "name": {"en": "Released by customs", "zh-CN": "海关放行"}, "stage": "customs", "department": "logistics", "calendar": "office", "duration_days": 1, "visible": false, "after": [{"milestone": "CST_DECL"}]},
    {"code": "DEPART", "name": {"en": "Departure", "zh-CN": "起飞"}, "stage": "logistics", "department": "logistics", "calendar": "carrier", "duration_days": 1, "visible": true, "after": [{"milestone": "HANDED_OVER"}, {"milestone": "CST_REL"}]},
    {"code": "TRD_ISS", "name": {"en": "Air waybill issued", "zh-CN": "空运单签发"}, "stage": "documents", "department": "docs", "calendar": "department", "duration_days": 1, "visible": true, "after": [{"milestone": "HANDED_OVER"}]},
    {"code": "DOC_SENT", "name": {"en": "Documents sent", "zh-CN": "单证寄出"}, "stage": "documents", "department": "docs", "calendar": "department", "duration_days": 2, "visible": true, "after": [{"milestone": "TRD_ISS"}]},
    {"code": "ARRIVE", "name": {"en": "Arrival at the airport", "zh-CN": "到达机场"}, "stage": "logistics", "department": "logistics", "calendar": "carrier", "duration_days": 3, "visible": true, "after": [{"milestone": "DEPART"}]},
    {"code": "DELIVERED", "name": {"en": "Delivered to you", "zh-CN": "送达"}, "stage": "logistics", "department": "logistics", "calendar": "customer", "duration_days": 3, "visible": true, "after": [{"milestone": "ARRIVE"}]}]'),
('-land', '{rail,road,multimodal}', 'Export by rail, road or combined transport', '陆运及多式联运出口', NULL, '[
    {"code": "BKG_CONF", "name": {"en": "Booking confirmed", "zh-CN": "订舱确认"}, "stage": "logistics", "department": "logistics", "calendar": "department", "duration_days": 2, "visible": false, "after": [%1$s]},
    {"code": "HANDED_OVER", "name": {"en": "Handed to the carrier", "zh-CN": "交付承运人"}, "stage": "logistics", "department": "logistics", "calendar": "carrier", "duration_days": 1, "visible": true, "after": [{"milestone": "PACKED"}, {"milestone": "PAY_BAL"}, {"milestone": "BKG_CONF", "lag_days": 5, "calendar_days": true}]},
    {"code": "CST_DECL", "name": {"en": "Customs declared", "zh-CN": "报关"}, "stage": "customs", "department": "logistics", "calendar": "department", "duration_days": 2, "visible": false, "after": [{"milestone": "PACKED"}, {"milestone": "BKG_CONF"}]},
    {"code": "CST_REL", "name": {"en": "Released by customs", "zh-CN": "海关放行"}, "stage": "customs", "department": "logistics", "calendar": "office", "duration_days": 2, "visible": false, "after": [{"milestone": "CST_DECL"}]},
    {"code": "DEPART", "name": {"en": "Departure", "zh-CN": "发运"}, "stage": "logistics", "department": "logistics", "calendar": "carrier", "duration_days": 2, "visible": true, "after": [{"milestone": "HANDED_OVER"}, {"milestone": "CST_REL"}]},
    {"code": "TRD_ISS", "name": {"en": "Consignment note issued", "zh-CN": "运单签发"}, "stage": "documents", "department": "docs", "calendar": "department", "duration_days": 1, "visible": true, "after": [{"milestone": "HANDED_OVER"}]},
    {"code": "DOC_SENT", "name": {"en": "Documents sent", "zh-CN": "单证寄出"}, "stage": "documents", "department": "docs", "calendar": "department", "duration_days": 2, "visible": true, "after": [{"milestone": "TRD_ISS"}]},
    {"code": "ARRIVE", "name": {"en": "Arrival at the terminal", "zh-CN": "到站"}, "stage": "logistics", "department": "logistics", "calendar": "carrier", "duration_days": 18, "visible": true, "after": [{"milestone": "DEPART"}]},
    {"code": "DELIVERED", "name": {"en": "Delivered to you", "zh-CN": "送达"}, "stage": "logistics", "department": "logistics", "calendar": "customer", "duration_days": 4, "visible": true, "after": [{"milestone": "ARRIVE"}]}]'),
('-courier', '{courier}', 'Export by courier', '快递出口', NULL, '[
    {"code": "HANDED_OVER", "name": {"en": "Handed to the courier", "zh-CN": "交付快递"}, "stage": "logistics", "department": "logistics", "calendar": "carrier", "duration_days": 1, "visible": true, "after": [{"milestone": "PACKED"}, {"milestone": "PAY_BAL"}]},
    {"code": "CST_DECL", "name": {"en": "Customs declared", "zh-CN": "报关"}, "stage": "customs", "department": "logistics", "calendar": "department", "duration_days": 1, "visible": false, "after": [{"milestone": "PACKED"}]},
    {"code": "CST_REL", "name": {"en": "Released by customs", "zh-CN": "海关放行"}, "stage": "customs", "department": "logistics", "calendar": "office", "duration_days": 1, "visible": false, "after": [{"milestone": "CST_DECL"}]},
    {"code": "DEPART", "name": {"en": "Departure", "zh-CN": "发运"}, "stage": "logistics", "department": "logistics", "calendar": "carrier", "duration_days": 1, "visible": true, "after": [{"milestone": "HANDED_OVER"}, {"milestone": "CST_REL"}]},
    {"code": "ARRIVE", "name": {"en": "Arrival in your country", "zh-CN": "到达目的国"}, "stage": "logistics", "department": "logistics", "calendar": "carrier", "duration_days": 3, "visible": true, "after": [{"milestone": "DEPART"}]},
    {"code": "DELIVERED", "name": {"en": "Delivered to you", "zh-CN": "送达"}, "stage": "logistics", "department": "logistics", "calendar": "customer", "duration_days": 1, "visible": true, "after": [{"milestone": "ARRIVE"}]}]')
), made AS (
    SELECT 'export-' || r.code || m.suffix AS code, r.code AS route, m.modes, jsonb_build_object(
        'code', 'export-' || r.code || m.suffix,
        'name', jsonb_build_object('en', concat(m.en, ', ', r.en), 'zh-CN', concat(m.zh, '（', r.zh, '）')),
        'trade_types', jsonb_build_array('export'), 'routes', jsonb_build_array(r.code), 'modes', to_jsonb(m.modes),
        'delivery_point', 'DELIVERED',
        'delivery_point_by_incoterm', coalesce(m.points, '{"EXW": "PACKED", "FCA": "HANDED_OVER", "CPT": "HANDED_OVER", "CIP": "HANDED_OVER", "FAS": "HANDED_OVER", "FOB": "HANDED_OVER", "CFR": "HANDED_OVER", "CIF": "HANDED_OVER"}'),
        'milestones', b.milestones || format('[
    {"code": "PAY_BAL", "name": {"en": "Balance received or secured", "zh-CN": "收到余款或付款有保障"}, "stage": "payment", "department": "finance", "calendar": "department", "duration_days": 3, "visible": false, "after": [{"milestone": "%s"}], "gate": true}]', r.paid_after)::jsonb
            || format(m.milestones, r.booked_after)::jsonb || '[
    {"code": "AFTER_VISIT", "name": {"en": "After-sales visit", "zh-CN": "售后回访"}, "stage": "after_sales", "department": "sales", "calendar": "department", "duration_days": 10, "visible": true, "after": [{"milestone": "DELIVERED"}]}]'
    ) AS document
    FROM route r CROSS JOIN mode m CROSS JOIN LATERAL (
        SELECT jsonb_agg(s.step ORDER BY s.i) FILTER (WHERE s.step->>'code' <> 'PAY_BAL') AS milestones
        FROM template_revision t, jsonb_array_elements(t.document->'milestones') WITH ORDINALITY AS s (step, i)
        WHERE t.code = r.as_in AND t.revision = 1 AND s.i <= (
            SELECT p.i FROM jsonb_array_elements(t.document->'milestones') WITH ORDINALITY AS p (step, i) WHERE p.step->>'code' = 'PACKED')
    ) AS b
    WHERE (r.code, m.suffix) <> ('make', '')
), entered AS (
    INSERT INTO template (code, retired_at, retired_by, retired_because)
    SELECT m.code, CASE WHEN t.own THEN now() END, CASE WHEN t.own THEN 'gendan' END,
        CASE WHEN t.own THEN 'the firm has a template of its own for such orders / 公司已有此类订单的自有模板' END
    FROM made m CROSS JOIN LATERAL (SELECT EXISTS (
        SELECT FROM own o WHERE coalesce(o.document->'routes', to_jsonb(m.route)) ? m.route
            AND coalesce(o.document->'modes', to_jsonb(m.modes)) ?| m.modes)) AS t (own)
    ON CONFLICT DO NOTHING RETURNING code
), revised (code, change) AS (VALUES
    ('export-make', '{"modes": ["sea", "barge"]}'::jsonb),
    ('domestic-make', '{"delivery_point_by_incoterm": {"EXW": "PACKED", "FCA": "DEPART", "CPT": "DEPART", "CIP": "DEPART", "FAS": "DEPART", "FOB": "DEPART", "CFR": "DEPART", "CIF": "DEPART"}}')
)
INSERT INTO template_revision (id, code, revision, document, actor, recorded_at)
SELECT gen_random_uuid(), w.code, w.revision, w.document, 'gendan', now() FROM (
    SELECT code, 1 AS revision, document FROM made JOIN entered USING (code)
    UNION ALL
    SELECT n.code, n.revision + 1, n.document || c.change FROM newest n JOIN revised c USING (code)
    WHERE n.actor = 'gendan' AND NOT (n.code = 'export-make' AND EXISTS (
        SELECT FROM own o WHERE coalesce(o.document->'routes', '["make"]') ? 'make' AND coalesce(o.document->'modes', '["barge"]') ? 'barge'))
) AS w;
