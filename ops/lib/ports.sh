# shellcheck shell=bash
# Loopback ports.

is_port() { [[ $1 =~ ^[0-9]{1,5}$ ]] && ((10#$1 > 0 && 10#$1 < 65536)); }

port_taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# Prints the first of the given ports that is free, else a free one below those that systems give to clients.
free_port() { # wanted…
  local port
  for port in "$@" $(shuf -i 20000-31999 -n 100); do
    is_port "$port" || continue
    port_taken "$port" || {
      printf '%s\n' "$port"
      return 0
    }
  done
  die "found no free port on 127.0.0.1"
}

port_holder() { # port
  ss -Hltnp "sport = :$1" 2>/dev/null | sed -n 's/.*users:(("\([^"]*\)",pid=\([0-9]*\).*/ by \1, process \2/p' | head -n 1
}
