-- One service's two roles. Parameters: service, migrator's password, runtime's password. Each row is a statement to run.
-- Utility statements take no parameters, so the server itself quotes the values into them.
SELECT format(
         CASE WHEN EXISTS (SELECT FROM pg_roles r WHERE r.rolname = wanted.name)
              THEN 'ALTER ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION PASSWORD %L'
              ELSE 'CREATE ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION PASSWORD %L' END,
         wanted.name, wanted.password)
  FROM (VALUES ($1 || '_migrator', $2::text), ($1 || '_runtime', $3::text)) AS wanted(name, password)
