# shellcheck shell=bash
# What scripts say, and how they stop.

say() { printf '%s\n' "$*" >&2; }

die() {
  say "${0##*/}: $*"
  exit 1
}
