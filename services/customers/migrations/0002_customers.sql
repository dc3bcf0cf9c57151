-- Customers, the history of their owners, and their contacts.
CREATE EXTENSION IF NOT EXISTS btree_gist;

CREATE TABLE customer (
  id             uuid   PRIMARY KEY,
  code           text   NOT NULL CHECK (code <> ''),
  name           text   NOT NULL CHECK (name <> ''),
  country        text   NOT NULL CHECK (country ~ '^[A-Z]{2}$'),
  language       text   NOT NULL CHECK (language IN ('en', 'zh-CN')),
  time_zone      text   NOT NULL,
  grade          text   NOT NULL CHECK (grade IN ('key', 'normal', 'small')),
  stage          text   NOT NULL CHECK (stage IN ('prospect', 'live')),
  -- The A/B/C class ends when the contract is signed: only a prospect has one.
  prospect_class text   CHECK (prospect_class IN ('A', 'B', 'C')),
  -- One owner at a time: one column, never null. ownership below is its history.
  owner          text   NOT NULL REFERENCES staff (login),
  -- Events told of this aggregate so far; contacts belong to it.
  version        bigint NOT NULL CHECK (version > 0),
  -- The version at which the customer's own file last changed: his ETag, which contacts do not move.
  revision       bigint NOT NULL CHECK (revision BETWEEN 1 AND version),
  CONSTRAINT class_for_prospects_only CHECK (stage = 'prospect' OR prospect_class IS NULL)
);
-- ACME and acme are one customer.
CREATE UNIQUE INDEX customer_code ON customer (lower(code));
CREATE INDEX customer_owner ON customer (owner);

CREATE TABLE ownership (
  customer_id uuid      NOT NULL REFERENCES customer (id),
  owner       text      NOT NULL REFERENCES staff (login),
  period      tstzrange NOT NULL CHECK (NOT isempty(period) AND NOT lower_inf(period)),
  assigned_by text      NOT NULL,
  -- No two owners at the same time.
  CONSTRAINT one_owner_at_a_time EXCLUDE USING gist (customer_id WITH =, period WITH &&)
);

CREATE TABLE contact (
  id          uuid    PRIMARY KEY,
  customer_id uuid    NOT NULL REFERENCES customer (id),
  name        text    NOT NULL CHECK (name <> ''),
  salutation  text,
  roles       text[]  NOT NULL CHECK (cardinality(roles) > 0 AND roles <@ ARRAY['orders', 'documents', 'payment']),
  email       text,
  cc          text[]  NOT NULL CHECK (cardinality(cc) <= 10),
  language    text    NOT NULL CHECK (language IN ('en', 'zh-CN')),
  time_zone   text    NOT NULL,
  country     text    NOT NULL CHECK (country ~ '^[A-Z]{2}$'),
  phone       text,
  active      boolean NOT NULL,
  -- The customer's version at which this contact last changed: its ETag.
  revision    bigint  NOT NULL CHECK (revision > 0),
  CONSTRAINT copies_go_with_an_address CHECK (email IS NOT NULL OR cardinality(cc) = 0)
);
CREATE INDEX contact_customer ON contact (customer_id);
