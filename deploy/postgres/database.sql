-- Run inside a service's database, by the superuser. Parameter: service. Each row is a statement to run, in order.
-- Only the service's own roles come in; the migrator owns everything; the runtime role reads and writes rows and makes nothing.
SELECT format(statement, current_database(), $1 || '_migrator', $1 || '_runtime')
  FROM (VALUES
    (1, 'REVOKE ALL ON DATABASE %1$I FROM PUBLIC'),
    (2, 'GRANT CONNECT, TEMPORARY ON DATABASE %1$I TO %2$I'),
    (3, 'GRANT CONNECT ON DATABASE %1$I TO %3$I'),
    (4, 'ALTER DATABASE %1$I SET timezone = ''UTC'''),
    (5, 'ALTER SCHEMA public OWNER TO %2$I'),
    (6, 'REVOKE ALL ON SCHEMA public FROM PUBLIC'),
    (7, 'GRANT USAGE ON SCHEMA public TO %3$I'),
    (8, 'ALTER DEFAULT PRIVILEGES FOR ROLE %2$I IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO %3$I'),
    (9, 'ALTER DEFAULT PRIVILEGES FOR ROLE %2$I IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO %3$I'),
    (10, 'ALTER DEFAULT PRIVILEGES FOR ROLE %2$I REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC'),
    (11, 'ALTER DEFAULT PRIVILEGES FOR ROLE %2$I IN SCHEMA public GRANT EXECUTE ON FUNCTIONS TO %3$I')
  ) AS step(number, statement)
 ORDER BY number
