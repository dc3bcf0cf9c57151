# What backup and restore share. COMPOSE says which compose is meant, with its options; otherwise "docker compose".
SERVICES="customers orders notifications reporting" # each listens to those before it
compose=${COMPOSE:-docker compose}

fail() {
    echo "$*" >&2
    exit 1
}

# postgres PROGRAM [ARGUMENT...]: beside the database server, as its superuser.
postgres() { $compose exec -T postgres sh -c "$superuser"' exec "$@"' sh "$@"; }
superuser='PGHOST=127.0.0.1 PGUSER=postgres PGOPTIONS=-cclient_min_messages=warning PGPASSWORD=$(cat /run/secrets/postgres_password)'
