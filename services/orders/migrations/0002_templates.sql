-- The plan templates that the suite ships. Durations are calendar days after the milestone before.
INSERT INTO template (code, document) VALUES
('export-sea', '{
  "code": "export-sea",
  "name": {"en": "Export by sea", "zh-CN": "海运出口"},
  "delivery_point": "DELIVERED",
  "delivery_point_by_incoterm": {"FOB": "DEPART", "CFR": "DEPART", "CIF": "DEPART"},
  "milestones": [
    {"code": "ORD_CONF",  "name": {"en": "Order confirmed", "zh-CN": "订单确认"},        "department": "sales",      "duration_days": 0,  "visible": true},
    {"code": "MAT_IN",    "name": {"en": "Material in house", "zh-CN": "物料到厂"},       "department": "purchasing", "duration_days": 28, "visible": false},
    {"code": "PRD_START", "name": {"en": "Production starts", "zh-CN": "生产启动"},       "department": "production", "duration_days": 2,  "visible": true},
    {"code": "PRD_END",   "name": {"en": "Production finished", "zh-CN": "生产完成"},     "department": "production", "duration_days": 20, "visible": true},
    {"code": "QC_FINAL",  "name": {"en": "Final inspection", "zh-CN": "最终验货"},        "department": "qc",         "duration_days": 2,  "visible": false},
    {"code": "DEPART",    "name": {"en": "Departure", "zh-CN": "离港"},                  "department": "logistics",  "duration_days": 8,  "visible": true},
    {"code": "ARRIVE",    "name": {"en": "Arrival at the port", "zh-CN": "到港"},         "department": "logistics",  "duration_days": 30, "visible": true},
    {"code": "DELIVERED", "name": {"en": "Delivered to you", "zh-CN": "送达"},           "department": "logistics",  "duration_days": 5,  "visible": true}
  ]}'),
('export-air', '{
  "code": "export-air",
  "name": {"en": "Export by air", "zh-CN": "空运出口"},
  "delivery_point": "DELIVERED",
  "delivery_point_by_incoterm": {"FCA": "DEPART", "CPT": "DEPART", "CIP": "DEPART"},
  "milestones": [
    {"code": "ORD_CONF",  "name": {"en": "Order confirmed", "zh-CN": "订单确认"},        "department": "sales",      "duration_days": 0,  "visible": true},
    {"code": "MAT_IN",    "name": {"en": "Material in house", "zh-CN": "物料到厂"},       "department": "purchasing", "duration_days": 28, "visible": false},
    {"code": "PRD_START", "name": {"en": "Production starts", "zh-CN": "生产启动"},       "department": "production", "duration_days": 2,  "visible": true},
    {"code": "PRD_END",   "name": {"en": "Production finished", "zh-CN": "生产完成"},     "department": "production", "duration_days": 20, "visible": true},
    {"code": "QC_FINAL",  "name": {"en": "Final inspection", "zh-CN": "最终验货"},        "department": "qc",         "duration_days": 2,  "visible": false},
    {"code": "DEPART",    "name": {"en": "Departure", "zh-CN": "起飞"},                  "department": "logistics",  "duration_days": 3,  "visible": true},
    {"code": "ARRIVE",    "name": {"en": "Arrival at the airport", "zh-CN": "到达机场"},  "department": "logistics",  "duration_days": 2,  "visible": true},
    {"code": "DELIVERED", "name": {"en": "Delivered to you", "zh-CN": "送达"},           "department": "logistics",  "duration_days": 3,  "visible": true}
  ]}'),
('domestic', '{
  "code": "domestic",
  "name": {"en": "Domestic delivery", "zh-CN": "国内交货"},
  "delivery_point": "DELIVERED",
  "milestones": [
    {"code": "ORD_CONF",  "name": {"en": "Order confirmed", "zh-CN": "订单确认"},        "department": "sales",      "duration_days": 0,  "visible": true},
    {"code": "MAT_IN",    "name": {"en": "Material in house", "zh-CN": "物料到厂"},       "department": "purchasing", "duration_days": 15, "visible": false},
    {"code": "PRD_START", "name": {"en": "Production starts", "zh-CN": "生产启动"},       "department": "production", "duration_days": 1,  "visible": true},
    {"code": "PRD_END",   "name": {"en": "Production finished", "zh-CN": "生产完成"},     "department": "production", "duration_days": 12, "visible": true},
    {"code": "QC_FINAL",  "name": {"en": "Final inspection", "zh-CN": "最终验货"},        "department": "qc",         "duration_days": 1,  "visible": false},
    {"code": "DEPART",    "name": {"en": "Goods sent", "zh-CN": "货物发出"},             "department": "logistics",  "duration_days": 1,  "visible": true},
    {"code": "DELIVERED", "name": {"en": "Delivered to you", "zh-CN": "送达"},           "department": "logistics",  "duration_days": 3,  "visible": true}
  ]}'),
('delivery', '{
  "code": "delivery",
  "name": {"en": "Purchase and delivery", "zh-CN": "采购与交付"},
  "delivery_point": "DELIVERED",
  "milestones": [
    {"code": "MAT_PO",    "name": {"en": "Ordered from the supplier", "zh-CN": "向供应商下单"}, "department": "purchasing", "duration_days": 0,  "visible": false},
    {"code": "DELIVERED", "name": {"en": "Delivered to you", "zh-CN": "送达"},              "department": "logistics",  "duration_days": 60, "visible": true}
  ]}');
