-- Work calendars, and plan templates that are networks kept in revisions.

-- Public holidays and moved working days of countries, as they were taken from the library.
CREATE TABLE public_list (
    digest   text PRIMARY KEY,
    country  text NOT NULL,
    document jsonb NOT NULL,
    taken_at timestamptz NOT NULL DEFAULT now()
);
SELECT append_only('public_list');

CREATE TABLE calendar (
    id         uuid PRIMARY KEY,
    code       text NOT NULL UNIQUE CHECK (code ~ '^[a-z][a-z0-9-]{1,59}$'),
    owner_kind text NOT NULL CHECK (owner_kind IN ('general', 'department', 'supplier', 'carrier', 'customer_country')),
    owner      text,
    -- Events told of it so far: 0 as shipped.
    version    bigint NOT NULL CHECK (version >= 0),
    -- The list that its plans are estimated with; null until the service has started for the first time.
    public_days text REFERENCES public_list,
    CHECK ((owner_kind = 'general') = (owner IS NULL)),
    UNIQUE (owner_kind, owner)
);

-- Every version with who said it; `id` names the version for good, and with it the days that were made of it.
CREATE TABLE calendar_version (
    id          uuid PRIMARY KEY,
    code        text NOT NULL REFERENCES calendar (code),
    version     bigint NOT NULL CHECK (version >= 0),
    document    jsonb NOT NULL CHECK (document->>'code' = code),
    actor       text NOT NULL,
    recorded_at timestamptz NOT NULL,
    UNIQUE (code, version)
);
SELECT append_only('calendar_version');

INSERT INTO calendar (id, code, owner_kind, owner, version) VALUES
(gen_random_uuid(), 'every-day', 'general', NULL, 0),
(gen_random_uuid(), 'office', 'general', NULL, 0),
(gen_random_uuid(), 'factory', 'department', 'production', 0);

INSERT INTO calendar_version (id, code, version, document, actor, recorded_at)
SELECT gen_random_uuid(), document->>'code', 0, document, 'gendan', now() FROM (VALUES
('{"code": "every-day", "name": {"en": "Every day", "zh-CN": "每天"}, "owner_kind": "general", "owner": null, "week": "every_day"}'::jsonb),
('{"code": "office", "name": {"en": "Office", "zh-CN": "办公室"}, "owner_kind": "general", "owner": null, "week": "five_days", "country": "CN"}'),
('{"code": "factory", "name": {"en": "Factory", "zh-CN": "工厂"}, "owner_kind": "department", "owner": "production", "week": "six_days", "country": "CN",
  "closures": [
    {"first": "2026-02-10", "last": "2026-02-25", "name": {"en": "Spring Festival stop", "zh-CN": "春节停工"}},
    {"first": "2027-01-30", "last": "2027-02-14", "name": {"en": "Spring Festival stop", "zh-CN": "春节停工"}},
    {"first": "2028-01-19", "last": "2028-02-03", "name": {"en": "Spring Festival stop", "zh-CN": "春节停工"}}]}')
) AS shipped (document);

-- An order keeps the revision it was planned with.
CREATE TABLE template_revision (
    id          uuid PRIMARY KEY,
    code        text NOT NULL REFERENCES template (code),
    revision    integer NOT NULL CHECK (revision >= 1),
    document    jsonb NOT NULL CHECK (document->>'code' = code),
    actor       text NOT NULL,
    recorded_at timestamptz NOT NULL,
    UNIQUE (code, revision)
);
SELECT append_only('template_revision');

ALTER TABLE template DROP COLUMN document;
INSERT INTO template (code) VALUES ('export-make'), ('domestic-make'), ('bonded-make'), ('from-stock'), ('urgent');

-- The first four are plain chains that count every day. Durations are a starting proposal.
INSERT INTO template_revision (id, code, revision, document, actor, recorded_at)
SELECT gen_random_uuid(), code, 1, document::jsonb, 'gendan', now() FROM (VALUES
('export-sea', '{"code": "export-sea", "name": {"en": "Export by sea", "zh-CN": "海运出口"}, "delivery_point": "DELIVERED", "delivery_point_by_incoterm": {"FOB": "DEPART", "CFR": "DEPART", "CIF": "DEPART"}, "milestones": [
    {"code": "ORD_CONF", "name": {"en": "Order confirmed", "zh-CN": "订单确认"}, "stage": "order", "department": "sales", "calendar": "every-day", "duration_days": 0, "visible": true},
    {"code": "MAT_IN", "name": {"en": "Material in house", "zh-CN": "物料到厂"}, "stage": "material", "department": "purchasing", "calendar": "every-day", "duration_days": 28, "visible": false, "after": [{"milestone": "ORD_CONF"}]},
    {"code": "PRD_START", "name": {"en": "Production starts", "zh-CN": "生产启动"}, "stage": "production", "department": "production", "calendar": "every-day", "duration_days": 2, "visible": true, "after": [{"milestone": "MAT_IN"}]},
    {"code": "PRD_END", "name": {"en": "Production finished", "zh-CN": "生产完成"}, "stage": "production", "department": "production", "calendar": "every-day", "duration_days": 20, "visible": true, "after": [{"milestone": "PRD_START"}]},
    {"code": "QC_FINAL", "name": {"en": "Final inspection", "zh-CN": "最终验货"}, "stage": "quality", "department": "qc", "calendar": "every-day", "duration_days": 2, "visible": false, "after": [{"milestone": "PRD_END"}]},
    {"code": "DEPART", "name": {"en": "Departure", "zh-CN": "离港"}, "stage": "logistics", "department": "logistics", "calendar": "every-day", "duration_days": 8, "visible": true, "after": [{"milestone": "QC_FINAL"}]},
    {"code": "ARRIVE", "name": {"en": "Arrival at the port", "zh-CN": "到港"}, "stage": "logistics", "department": "logistics", "calendar": "every-day", "duration_days": 30, "visible": true, "after": [{"milestone": "DEPART"}]},
    {"code": "DELIVERED", "name": {"en": "Delivered to you", "zh-CN": "送达"}, "stage": "logistics", "department": "logistics", "calendar": "every-day", "duration_days": 5, "visible": true, "after": [{"milestone": "ARRIVE"}]}]}'),
('export-air', '{"code": "export-air", "name": {"en": "Export by air", "zh-CN": "空运出口"}, "delivery_point": "DELIVERED", "delivery_point_by_incoterm": {"FCA": "DEPART", "CPT": "DEPART", "CIP": "DEPART"}, "milestones": [
    {"code": "ORD_CONF", "name": {"en": "Order confirmed", "zh-CN": "订单确认"}, "stage": "order", "department": "sales", "calendar": "every-day", "duration_days": 0, "visible": true},
    {"code": "MAT_IN", "name": {"en": "Material in house", "zh-CN": "物料到厂"}, "stage": "material", "department": "purchasing", "calendar": "every-day", "duration_days": 28, "visible": false, "after": [{"milestone": "ORD_CONF"}]},
    {"code": "PRD_START", "name": {"en": "Production starts", "zh-CN": "生产启动"}, "stage": "production", "department": "production", "calendar": "every-day", "duration_days": 2, "visible": true, "after": [{"milestone": "MAT_IN"}]},
    {"code": "PRD_END", "name": {"en": "Production finished", "zh-CN": "生产完成"}, "stage": "production", "department": "production", "calendar": "every-day", "duration_days": 20, "visible": true, "after": [{"milestone": "PRD_START"}]},
    {"code": "QC_FINAL", "name": {"en": "Final inspection", "zh-CN": "最终验货"}, "stage": "quality", "department": "qc", "calendar": "every-day", "duration_days": 2, "visible": false, "after": [{"milestone": "PRD_END"}]},
    {"code": "DEPART", "name": {"en": "Departure", "zh-CN": "起飞"}, "stage": "logistics", "department": "logistics", "calendar": "every-day", "duration_days": 3, "visible": true, "after": [{"milestone": "QC_FINAL"}]},
    {"code": "ARRIVE", "name": {"en": "Arrival at the airport", "zh-CN": "到达机场"}, "stage": "logistics", "department": "logistics", "calendar": "every-day", "duration_days": 2, "visible": true, "after": [{"milestone": "DEPART"}]},
    {"code": "DELIVERED", "name": {"en": "Delivered to you", "zh-CN": "送达"}, "stage": "logistics", "department": "logistics", "calendar": "every-day", "duration_days": 3, "visible": true, "after": [{"milestone": "ARRIVE"}]}]}'),
('domestic', '{"code": "domestic", "name": {"en": "Domestic delivery", "zh-CN": "国内交货"}, "delivery_point": "DELIVERED", "milestones": [
    {"code": "ORD_CONF", "name": {"en": "Order confirmed", "zh-CN": "订单确认"}, "stage": "order", "department": "sales", "calendar": "every-day", "duration_days": 0, "visible": true},
    {"code": "MAT_IN", "name": {"en": "Material in house", "zh-CN": "物料到厂"}, "stage": "material", "department": "purchasing", "calendar": "every-day", "duration_days": 15, "visible": false, "after": [{"milestone": "ORD_CONF"}]},
    {"code": "PRD_START", "name": {"en": "Production starts", "zh-CN": "生产启动"}, "stage": "production", "department": "production", "calendar": "every-day", "duration_days": 1, "visible": true, "after": [{"milestone": "MAT_IN"}]},
    {"code": "PRD_END", "name": {"en": "Production finished", "zh-CN": "生产完成"}, "stage": "production", "department": "production", "calendar": "every-day", "duration_days": 12, "visible": true, "after": [{"milestone": "PRD_START"}]},
    {"code": "QC_FINAL", "name": {"en": "Final inspection", "zh-CN": "最终验货"}, "stage": "quality", "department": "qc", "calendar": "every-day", "duration_days": 1, "visible": false, "after": [{"milestone": "PRD_END"}]},
    {"code": "DEPART", "name": {"en": "Goods sent", "zh-CN": "货物发出"}, "stage": "logistics", "department": "logistics", "calendar": "every-day", "duration_days": 1, "visible": true, "after": [{"milestone": "QC_FINAL"}]},
    {"code": "DELIVERED", "name": {"en": "Delivered to you", "zh-CN": "送达"}, "stage": "logistics", "department": "logistics", "calendar": "every-day", "duration_days": 3, "visible": true, "after": [{"milestone": "DEPART"}]}]}'),
('delivery', '{"code": "delivery", "name": {"en": "Purchase and delivery", "zh-CN": "采购与交付"}, "delivery_point": "DELIVERED", "milestones": [
    {"code": "MAT_PO", "name": {"en": "Ordered from the supplier", "zh-CN": "向供应商下单"}, "stage": "material", "department": "purchasing", "calendar": "every-day", "duration_days": 0, "visible": false},
    {"code": "DELIVERED", "name": {"en": "Delivered to you", "zh-CN": "送达"}, "stage": "logistics", "department": "logistics", "calendar": "every-day", "duration_days": 60, "visible": true, "after": [{"milestone": "MAT_PO"}]}]}'),
('export-make', '{"code": "export-make", "name": {"en": "Export by sea, made to order", "zh-CN": "海运出口（按单生产）"}, "trade_types": ["export"], "routes": ["make"], "modes": ["sea"], "delivery_point": "DELIVERED", "delivery_point_by_incoterm": {"EXW": "PACKED", "FCA": "CY_CUT", "CPT": "CY_CUT", "CIP": "CY_CUT", "FAS": "CY_CUT", "FOB": "ON_BOARD", "CFR": "ON_BOARD", "CIF": "ON_BOARD"}, "milestones": [
    {"code": "ORD_REVIEW", "name": {"en": "Order reviewed", "zh-CN": "订单评审"}, "stage": "order", "department": "sales", "calendar": "department", "duration_days": 0, "visible": false},
    {"code": "ORD_CONF", "name": {"en": "Order confirmed", "zh-CN": "订单确认"}, "stage": "order", "department": "sales", "calendar": "department", "duration_days": 2, "visible": true, "after": [{"milestone": "ORD_REVIEW"}]},
    {"code": "PAY_DEP", "name": {"en": "Deposit received", "zh-CN": "收到定金"}, "stage": "payment", "department": "finance", "calendar": "department", "duration_days": 5, "visible": false, "after": [{"milestone": "ORD_CONF"}], "gate": true},
    {"code": "PP_SENT", "name": {"en": "Pre-production sample sent", "zh-CN": "产前样寄出"}, "stage": "sample", "department": "sales", "calendar": "factory", "duration_days": 8, "visible": true, "after": [{"milestone": "ORD_CONF"}]},
    {"code": "PP_OK", "name": {"en": "Pre-production sample approved", "zh-CN": "产前样确认"}, "stage": "sample", "department": "sales", "calendar": "customer", "duration_days": 5, "visible": true, "after": [{"milestone": "PP_SENT"}], "gate": true},
    {"code": "MAT_PO", "name": {"en": "Material ordered", "zh-CN": "物料下单"}, "stage": "material", "department": "purchasing", "calendar": "department", "duration_days": 3, "visible": false, "after": [{"milestone": "ORD_CONF"}]},
    {"code": "MAT_IN", "name": {"en": "Material in house", "zh-CN": "物料到厂"}, "stage": "material", "department": "purchasing", "calendar": "supplier", "duration_days": 18, "visible": false, "after": [{"milestone": "MAT_PO"}], "tolerance_days": 1},
    {"code": "PRD_START", "name": {"en": "Production starts", "zh-CN": "生产启动"}, "stage": "production", "department": "production", "calendar": "factory", "duration_days": 2, "visible": true, "after": [{"milestone": "MAT_IN"}, {"milestone": "PP_OK"}, {"milestone": "PAY_DEP"}], "early": true},
    {"code": "QC_INLINE", "name": {"en": "Inline inspection", "zh-CN": "中期验货"}, "stage": "quality", "department": "qc", "calendar": "factory", "duration_days": 10, "visible": false, "after": [{"milestone": "PRD_START"}], "early": true},
    {"code": "PRD_END", "name": {"en": "Production finished", "zh-CN": "生产完成"}, "stage": "production", "department": "production", "calendar": "factory", "duration_days": 18, "visible": true, "after": [{"milestone": "PRD_START"}, {"milestone": "QC_INLINE", "waits": "finish_to_finish", "lag_days": 4}], "early": true},
    {"code": "QC_FINAL", "name": {"en": "Final inspection", "zh-CN": "最终验货"}, "stage": "quality", "department": "qc", "calendar": "factory", "duration_days": 2, "visible": false, "after": [{"milestone": "PRD_END"}], "early": true},
    {"code": "PACKED", "name": {"en": "Packed and ready", "zh-CN": "包装备妥"}, "stage": "logistics", "department": "logistics", "calendar": "factory", "duration_days": 1, "visible": false, "after": [{"milestone": "QC_FINAL"}], "early": true},
    {"code": "BKG_CONF", "name": {"en": "Booking confirmed", "zh-CN": "订舱确认"}, "stage": "logistics", "department": "logistics", "calendar": "department", "duration_days": 3, "visible": false, "after": [{"milestone": "PRD_START", "waits": "start_to_start", "lag_days": 5}]},
    {"code": "CST_DECL", "name": {"en": "Customs declared", "zh-CN": "报关"}, "stage": "customs", "department": "logistics", "calendar": "department", "duration_days": 2, "visible": false, "after": [{"milestone": "PACKED"}, {"milestone": "BKG_CONF"}]},
    {"code": "CST_REL", "name": {"en": "Released by customs", "zh-CN": "海关放行"}, "stage": "customs", "department": "logistics", "calendar": "office", "duration_days": 2, "visible": false, "after": [{"milestone": "CST_DECL"}]},
    {"code": "CY_CUT", "name": {"en": "Gated in at the terminal", "zh-CN": "进港"}, "stage": "logistics", "department": "logistics", "calendar": "every-day", "duration_days": 1, "visible": false, "after": [{"milestone": "PACKED"}, {"milestone": "BKG_CONF", "lag_days": 7, "calendar_days": true}]},
    {"code": "ON_BOARD", "name": {"en": "Loaded on board", "zh-CN": "装船"}, "stage": "logistics", "department": "logistics", "calendar": "carrier", "duration_days": 2, "visible": true, "after": [{"milestone": "CY_CUT"}, {"milestone": "CST_REL"}]},
    {"code": "DEPART", "name": {"en": "Departure", "zh-CN": "离港"}, "stage": "logistics", "department": "logistics", "calendar": "carrier", "duration_days": 0, "visible": true, "after": [{"milestone": "ON_BOARD"}]},
    {"code": "BL_ISS", "name": {"en": "Bill of lading issued", "zh-CN": "提单签发"}, "stage": "documents", "department": "docs", "calendar": "department", "duration_days": 2, "visible": true, "after": [{"milestone": "ON_BOARD"}]},
    {"code": "DOC_SENT", "name": {"en": "Documents sent", "zh-CN": "单证寄出"}, "stage": "documents", "department": "docs", "calendar": "department", "duration_days": 3, "visible": true, "after": [{"milestone": "BL_ISS"}]},
    {"code": "PAY_BAL", "name": {"en": "Balance received", "zh-CN": "收到余款"}, "stage": "payment", "department": "finance", "calendar": "department", "duration_days": 5, "visible": false, "after": [{"milestone": "DOC_SENT"}]},
    {"code": "ARRIVE", "name": {"en": "Arrival at the port", "zh-CN": "到港"}, "stage": "logistics", "department": "logistics", "calendar": "carrier", "duration_days": 30, "visible": true, "after": [{"milestone": "DEPART"}]},
    {"code": "DELIVERED", "name": {"en": "Delivered to you", "zh-CN": "送达"}, "stage": "logistics", "department": "logistics", "calendar": "customer", "duration_days": 5, "visible": true, "after": [{"milestone": "ARRIVE"}]},
    {"code": "AFTER_VISIT", "name": {"en": "After-sales visit", "zh-CN": "售后回访"}, "stage": "after_sales", "department": "sales", "calendar": "department", "duration_days": 10, "visible": true, "after": [{"milestone": "DELIVERED"}]}]}'),
('domestic-make', '{"code": "domestic-make", "name": {"en": "Domestic, made to order", "zh-CN": "内销（按单生产）"}, "trade_types": ["domestic"], "routes": ["make"], "delivery_point": "DELIVERED", "delivery_point_by_incoterm": {"EXW": "PACKED"}, "milestones": [
    {"code": "ORD_REVIEW", "name": {"en": "Order reviewed", "zh-CN": "订单评审"}, "stage": "order", "department": "sales", "calendar": "department", "duration_days": 0, "visible": false},
    {"code": "ORD_CONF", "name": {"en": "Order confirmed", "zh-CN": "订单确认"}, "stage": "order", "department": "sales", "calendar": "department", "duration_days": 2, "visible": true, "after": [{"milestone": "ORD_REVIEW"}]},
    {"code": "PAY_DEP", "name": {"en": "Deposit received", "zh-CN": "收到定金"}, "stage": "payment", "department": "finance", "calendar": "department", "duration_days": 5, "visible": false, "after": [{"milestone": "ORD_CONF"}], "gate": true},
    {"code": "MAT_PO", "name": {"en": "Material ordered", "zh-CN": "物料下单"}, "stage": "material", "department": "purchasing", "calendar": "department", "duration_days": 3, "visible": false, "after": [{"milestone": "ORD_CONF"}]},
    {"code": "MAT_IN", "name": {"en": "Material in house", "zh-CN": "物料到厂"}, "stage": "material", "department": "purchasing", "calendar": "supplier", "duration_days": 18, "visible": false, "after": [{"milestone": "MAT_PO"}], "tolerance_days": 1},
    {"code": "PRD_START", "name": {"en": "Production starts", "zh-CN": "生产启动"}, "stage": "production", "department": "production", "calendar": "factory", "duration_days": 2, "visible": true, "after": [{"milestone": "MAT_IN"}, {"milestone": "PAY_DEP"}], "early": true},
    {"code": "QC_INLINE", "name": {"en": "Inline inspection", "zh-CN": "中期验货"}, "stage": "quality", "department": "qc", "calendar": "factory", "duration_days": 10, "visible": false, "after": [{"milestone": "PRD_START"}], "early": true},
    {"code": "PRD_END", "name": {"en": "Production finished", "zh-CN": "生产完成"}, "stage": "production", "department": "production", "calendar": "factory", "duration_days": 18, "visible": true, "after": [{"milestone": "PRD_START"}, {"milestone": "QC_INLINE", "waits": "finish_to_finish", "lag_days": 4}], "early": true},
    {"code": "QC_FINAL", "name": {"en": "Final inspection", "zh-CN": "最终验货"}, "stage": "quality", "department": "qc", "calendar": "factory", "duration_days": 2, "visible": false, "after": [{"milestone": "PRD_END"}], "early": true},
    {"code": "PACKED", "name": {"en": "Packed and ready", "zh-CN": "包装备妥"}, "stage": "logistics", "department": "logistics", "calendar": "factory", "duration_days": 1, "visible": false, "after": [{"milestone": "QC_FINAL"}], "early": true},
    {"code": "PAY_BAL", "name": {"en": "Balance received", "zh-CN": "收到余款"}, "stage": "payment", "department": "finance", "calendar": "department", "duration_days": 3, "visible": false, "after": [{"milestone": "QC_FINAL"}], "gate": true},
    {"code": "DEPART", "name": {"en": "Goods sent", "zh-CN": "货物发出"}, "stage": "logistics", "department": "logistics", "calendar": "department", "duration_days": 1, "visible": true, "after": [{"milestone": "PACKED"}, {"milestone": "PAY_BAL"}]},
    {"code": "DELIVERED", "name": {"en": "Delivered to you", "zh-CN": "送达"}, "stage": "logistics", "department": "logistics", "calendar": "every-day", "duration_days": 3, "visible": true, "after": [{"milestone": "DEPART"}]},
    {"code": "AFTER_VISIT", "name": {"en": "After-sales visit", "zh-CN": "售后回访"}, "stage": "after_sales", "department": "sales", "calendar": "department", "duration_days": 10, "visible": true, "after": [{"milestone": "DELIVERED"}]}]}'),
('bonded-make', '{"code": "bonded-make", "name": {"en": "Bonded processing", "zh-CN": "保税加工"}, "trade_types": ["bonded"], "routes": ["make"], "delivery_point": "DELIVERED", "delivery_point_by_incoterm": {"EXW": "PACKED", "FCA": "HANDED_OVER", "CPT": "HANDED_OVER", "CIP": "HANDED_OVER"}, "milestones": [
    {"code": "ORD_REVIEW", "name": {"en": "Order reviewed", "zh-CN": "订单评审"}, "stage": "order", "department": "sales", "calendar": "department", "duration_days": 0, "visible": false},
    {"code": "ORD_CONF", "name": {"en": "Order confirmed", "zh-CN": "订单确认"}, "stage": "order", "department": "sales", "calendar": "department", "duration_days": 2, "visible": true, "after": [{"milestone": "ORD_REVIEW"}]},
    {"code": "BND_REG", "name": {"en": "Registered with customs", "zh-CN": "海关备案"}, "stage": "customs", "department": "docs", "calendar": "department", "duration_days": 7, "visible": false, "after": [{"milestone": "ORD_CONF"}]},
    {"code": "MAT_PO", "name": {"en": "Material ordered", "zh-CN": "物料下单"}, "stage": "material", "department": "purchasing", "calendar": "department", "duration_days": 3, "visible": false, "after": [{"milestone": "ORD_CONF"}]},
    {"code": "MAT_IN", "name": {"en": "Material in house", "zh-CN": "物料到厂"}, "stage": "material", "department": "purchasing", "calendar": "supplier", "duration_days": 18, "visible": false, "after": [{"milestone": "MAT_PO"}, {"milestone": "BND_REG"}], "tolerance_days": 1},
    {"code": "PRD_START", "name": {"en": "Production starts", "zh-CN": "生产启动"}, "stage": "production", "department": "production", "calendar": "factory", "duration_days": 2, "visible": true, "after": [{"milestone": "MAT_IN"}], "early": true},
    {"code": "PRD_END", "name": {"en": "Production finished", "zh-CN": "生产完成"}, "stage": "production", "department": "production", "calendar": "factory", "duration_days": 18, "visible": true, "after": [{"milestone": "PRD_START"}], "early": true},
    {"code": "QC_FINAL", "name": {"en": "Final inspection", "zh-CN": "最终验货"}, "stage": "quality", "department": "qc", "calendar": "factory", "duration_days": 2, "visible": false, "after": [{"milestone": "PRD_END"}], "early": true},
    {"code": "PACKED", "name": {"en": "Packed and ready", "zh-CN": "包装备妥"}, "stage": "logistics", "department": "logistics", "calendar": "factory", "duration_days": 1, "visible": false, "after": [{"milestone": "QC_FINAL"}], "early": true},
    {"code": "CST_DECL", "name": {"en": "Customs declared", "zh-CN": "报关"}, "stage": "customs", "department": "logistics", "calendar": "department", "duration_days": 2, "visible": false, "after": [{"milestone": "PACKED"}]},
    {"code": "CST_REL", "name": {"en": "Released by customs", "zh-CN": "海关放行"}, "stage": "customs", "department": "logistics", "calendar": "office", "duration_days": 2, "visible": false, "after": [{"milestone": "CST_DECL"}]},
    {"code": "HANDED_OVER", "name": {"en": "Handed to the carrier", "zh-CN": "交付承运人"}, "stage": "logistics", "department": "logistics", "calendar": "carrier", "duration_days": 1, "visible": true, "after": [{"milestone": "CST_REL"}]},
    {"code": "DELIVERED", "name": {"en": "Delivered to you", "zh-CN": "送达"}, "stage": "logistics", "department": "logistics", "calendar": "carrier", "duration_days": 5, "visible": true, "after": [{"milestone": "HANDED_OVER"}]},
    {"code": "BND_CLOSE", "name": {"en": "Bonded account closed", "zh-CN": "核销"}, "stage": "customs", "department": "docs", "calendar": "department", "duration_days": 20, "visible": false, "after": [{"milestone": "DELIVERED"}]}]}'),
('from-stock', '{"code": "from-stock", "name": {"en": "From stock", "zh-CN": "现货"}, "routes": ["stock"], "delivery_point": "DELIVERED", "delivery_point_by_incoterm": {"EXW": "PACKED", "FCA": "DEPART", "CPT": "DEPART", "CIP": "DEPART"}, "milestones": [
    {"code": "ORD_CONF", "name": {"en": "Order confirmed", "zh-CN": "订单确认"}, "stage": "order", "department": "sales", "calendar": "department", "duration_days": 0, "visible": true},
    {"code": "STOCK_OK", "name": {"en": "Stock checked and reserved", "zh-CN": "库存核查并预留"}, "stage": "material", "department": "warehouse", "calendar": "department", "duration_days": 1, "visible": false, "after": [{"milestone": "ORD_CONF"}]},
    {"code": "PAY_BAL", "name": {"en": "Balance received", "zh-CN": "收到余款"}, "stage": "payment", "department": "finance", "calendar": "department", "duration_days": 3, "visible": false, "after": [{"milestone": "ORD_CONF"}], "gate": true},
    {"code": "PACKED", "name": {"en": "Packed and ready", "zh-CN": "包装备妥"}, "stage": "logistics", "department": "logistics", "calendar": "department", "duration_days": 1, "visible": false, "after": [{"milestone": "STOCK_OK"}], "early": true},
    {"code": "DEPART", "name": {"en": "Goods sent", "zh-CN": "货物发出"}, "stage": "logistics", "department": "logistics", "calendar": "department", "duration_days": 1, "visible": true, "after": [{"milestone": "PACKED"}, {"milestone": "PAY_BAL"}]},
    {"code": "DELIVERED", "name": {"en": "Delivered to you", "zh-CN": "送达"}, "stage": "logistics", "department": "logistics", "calendar": "carrier", "duration_days": 3, "visible": true, "after": [{"milestone": "DEPART"}]}]}'),
('urgent', '{"code": "urgent", "name": {"en": "Small and urgent", "zh-CN": "小批量急单"}, "urgent": true, "delivery_point": "DELIVERED", "delivery_point_by_incoterm": {"EXW": "PACKED", "FCA": "DEPART", "CPT": "DEPART", "CIP": "DEPART"}, "milestones": [
    {"code": "ORD_CONF", "name": {"en": "Order confirmed", "zh-CN": "订单确认"}, "stage": "order", "department": "sales", "calendar": "every-day", "duration_days": 0, "visible": true},
    {"code": "PACKED", "name": {"en": "Packed and ready", "zh-CN": "包装备妥"}, "stage": "logistics", "department": "logistics", "calendar": "factory", "duration_days": 3, "visible": false, "after": [{"milestone": "ORD_CONF"}], "early": true},
    {"code": "DEPART", "name": {"en": "Goods sent", "zh-CN": "货物发出"}, "stage": "logistics", "department": "logistics", "calendar": "every-day", "duration_days": 1, "visible": true, "after": [{"milestone": "PACKED"}]},
    {"code": "DELIVERED", "name": {"en": "Delivered to you", "zh-CN": "送达"}, "stage": "logistics", "department": "logistics", "calendar": "every-day", "duration_days": 4, "visible": true, "after": [{"milestone": "DEPART"}]}]}')
) AS shipped (code, document);

ALTER TABLE customer_order
    ADD COLUMN template_revision integer NOT NULL DEFAULT 1,
    ADD COLUMN urgent boolean NOT NULL DEFAULT false,
    ADD FOREIGN KEY (template, template_revision) REFERENCES template_revision (code, revision),
    DROP CONSTRAINT customer_order_number_check,
    ADD CONSTRAINT customer_order_number_check CHECK (number NOT IN
        ('shipments', 'imports', 'mappings', 'delays', 'suppliers', 'templates', 'calendars', 'codes', 'openapi.json', 'docs'));

-- Small urgent orders have a queue of their own.
CREATE INDEX customer_order_urgent ON customer_order (number) WHERE urgent;

-- The days of a milestone are counted in the calendar that was chosen when it was planned.
ALTER TABLE milestone ADD COLUMN calendar text NOT NULL DEFAULT 'every-day' REFERENCES calendar (code);
-- Whose dates a changed calendar may move.
CREATE INDEX milestone_calendar ON milestone (calendar, order_id) WHERE calendar <> 'every-day';

-- An order is held by a delay until it has left the milestone behind, also where others of the shipment have not.
UPDATE delay_order t SET open = false
FROM milestone m
WHERE t.open AND m.order_id = t.order_id AND m.shipment IS NOT DISTINCT FROM t.shipment AND m.code = t.milestone AND EXISTS (
    SELECT FROM milestone p WHERE p.order_id = m.order_id AND p.shipment IS NOT DISTINCT FROM m.shipment AND p.position >= m.position
        AND p.actual IS NOT NULL);
