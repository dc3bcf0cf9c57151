#!/bin/sh
# Gives nats-server its users' passwords from secret files: its configuration reads variables only. Options go to nats-server.
set -eu
for file in /run/secrets/nats_*_password; do
    user=${file#/run/secrets/nats_}
    user=$(printf '%s' "${user%_password}" | tr '[:lower:]' '[:upper:]')
    export "GENDAN_NATS_PASSWORD_$user=$(cat "$file")"
done
exec nats-server -c /etc/gendan/server.conf "$@"
