-- The staff directory: who is who, who stands in for whom.
CREATE TABLE staff (
  id          uuid    PRIMARY KEY,
  login       text    NOT NULL UNIQUE,
  name        text    NOT NULL CHECK (name <> ''),
  department  text    NOT NULL CHECK (department <> ''),
  team        text,
  -- A manager is himself in the directory, and nobody manages himself; longer circles are refused by the service.
  manager     text    REFERENCES staff (login) CHECK (manager <> login),
  language    text    NOT NULL CHECK (language IN ('en', 'zh-CN')),
  time_zone   text    NOT NULL,
  email       text    NOT NULL,
  phone       text,
  roles       text[]  NOT NULL CHECK (
    roles <@ ARRAY['merchandiser', 'clerk', 'planner', 'buyer', 'qc', 'docs', 'finance', 'manager', 'admin']),
  active      boolean NOT NULL,
  -- Events told of this aggregate so far.
  version     bigint  NOT NULL CHECK (version > 0)
);
CREATE INDEX staff_manager ON staff (manager);

CREATE TABLE deputy (
  principal text NOT NULL REFERENCES staff (login),
  login     text NOT NULL REFERENCES staff (login) CHECK (login <> principal),
  first     date NOT NULL,
  last      date NOT NULL CHECK (last >= first),
  PRIMARY KEY (principal, login, first)
);
COMMENT ON TABLE deputy IS 'login stands in for principal from first to last, both included, in the principal''s time zone';
CREATE INDEX deputy_login ON deputy (login, last);
