-- One service's database. Parameters: its name, its owner. The row is the statement to run.
-- Texts sort and fold the same everywhere, whatever the server was set up with.
SELECT format(
         'CREATE DATABASE %I OWNER %I TEMPLATE template0 ENCODING ''UTF8'' LOCALE_PROVIDER builtin BUILTIN_LOCALE ''C.UTF-8'' LOCALE ''C''',
         $1::text, $2::text)
