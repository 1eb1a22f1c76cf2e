#!/bin/bash
# The official image's way to start: makes the cluster once, from POSTGRES_*; runs any other command as it is.
set -euo pipefail

from_file() {
    local name=$1 file="${1}_FILE"
    if [ -n "${!file:-}" ]; then export "$name=$(< "${!file}")"; fi
}

if [ "${1:-}" != postgres ]; then exec "$@"; fi
if [ "$(id -u)" = 0 ]; then
    mkdir -p "$PGDATA" && chown postgres:postgres "$PGDATA" && chmod 700 "$PGDATA"
    exec setpriv --reuid=postgres --regid=postgres --init-groups "$0" "$@"
fi

for name in POSTGRES_PASSWORD POSTGRES_USER POSTGRES_DB; do from_file "$name"; done
USER_NAME=${POSTGRES_USER:-postgres}
if [ ! -s "$PGDATA/PG_VERSION" ]; then
    METHOD=${POSTGRES_HOST_AUTH_METHOD:-scram-sha-256}
    if [ -z "${POSTGRES_PASSWORD:-}" ] && [ "$METHOD" != trust ]; then echo "POSTGRES_PASSWORD is not set" >&2; exit 1; fi
    # shellcheck disable=SC2086 # the variable holds several arguments
    make() { initdb --username="$USER_NAME" --auth-local=trust --auth-host=trust ${POSTGRES_INITDB_ARGS:-} "$@" > /dev/null; }
    if [ -n "${POSTGRES_PASSWORD:-}" ]; then make --pwfile=<(printf '%s\n' "$POSTGRES_PASSWORD"); else make; fi
    echo "host all all all $METHOD" >> "$PGDATA/pg_hba.conf"
    pg_ctl -w -o "-c listen_addresses=''" start > /dev/null
    DATABASE=${POSTGRES_DB:-$USER_NAME}
    if [ "$DATABASE" != postgres ]; then
        psql -X -q -U "$USER_NAME" -d postgres -v db="$DATABASE" <<< 'CREATE DATABASE :"db";'
    fi
    for file in /docker-entrypoint-initdb.d/*.sql; do
        if [ -f "$file" ]; then psql -X -q -v ON_ERROR_STOP=1 -U "$USER_NAME" -d "$DATABASE" -f "$file"; fi
    done
    pg_ctl -m fast -w stop > /dev/null
fi
exec "$@" -c "listen_addresses=*"
