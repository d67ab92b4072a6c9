# shellcheck shell=bash
# Processes that a script starts and ends. Needs say.sh.

# Starts a command away from the terminal's group, so that Ctrl-C reaches the script alone, which stops things in
# order; and has it told to stop should the script be killed.
readonly apart=(setsid setpriv --pdeathsig TERM)

# Runs a long command so that a signal to this script is acted on at once, not when the command ends.
interruptible() { # command…
  "${apart[@]}" "$@" 9>&- &
  local child=$! status=0
  wait "$child" || status=$?
  return "$status"
}

# Takes the directory for this run alone; the lock goes with the process, however it ends.
# Children are started with `9>&-`, so that none of them holds it on.
lock_directory() { # directory
  mkdir -p "$1"
  exec 9>>"$1/lock"
  flock -n 9 || die "$1 is in use by process $(cat "$1/lock.pid" 2>/dev/null || echo '(unknown)'): stop that, or give another directory"
  echo $$ >"$1/lock.pid"
}

# Ends a child that was started apart, and its children: asks, waits, and only then kills.
end_process() { # pid name seconds
  kill -TERM -- "-$1" 2>/dev/null || kill -TERM "$1" 2>/dev/null || return 0
  local left=$(($3 * 10))
  while kill -0 "$1" 2>/dev/null; do
    if ((left-- == 0)); then
      say "$2 did not stop within $3 s and is killed"
      kill -KILL -- "-$1" 2>/dev/null || kill -KILL "$1" 2>/dev/null || true
      break
    fi
    sleep 0.1
  done
  wait "$1" 2>/dev/null || true
}
