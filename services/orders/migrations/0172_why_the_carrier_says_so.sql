-- Why the carrier says another day: reasons by their codes of SMDG, and what he remarks.
ALTER TABLE tracking_statement ADD COLUMN reasons text[] NOT NULL DEFAULT '{}', ADD COLUMN remark text;
