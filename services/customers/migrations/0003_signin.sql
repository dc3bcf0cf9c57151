-- The built-in sign-in: who has a password, and who has lately got one wrong.
CREATE TABLE credential (
  login  text        PRIMARY KEY REFERENCES staff (login),
  hash   text        NOT NULL CHECK (hash LIKE '$argon2id$%'),
  set_at timestamptz NOT NULL DEFAULT now()
);

-- Also for logins that nobody has, so that their answers do not tell them apart. What was typed may be a password: only its digest is kept.
CREATE TABLE sign_in_try (
  login_digest bytea       PRIMARY KEY CHECK (octet_length(login_digest) = 32),
  known        boolean     NOT NULL,
  failures     integer     NOT NULL CHECK (failures >= 0),
  last_at      timestamptz NOT NULL,
  locked_until timestamptz
);
CREATE INDEX sign_in_try_last ON sign_in_try (last_at);
CREATE INDEX sign_in_try_unknown ON sign_in_try (last_at) WHERE NOT known;
