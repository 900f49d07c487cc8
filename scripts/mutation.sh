#!/usr/bin/env bash
# Shows that the campaign can fail: in a copy of the sources, an import of unknown
# outcome is sent again without a look, and the same runs must find journals twice.
set -Eeuo pipefail
cd "$(dirname "$0")/.."

readonly RULE='Submission::Unknown => Action::Call(Call::FindImport(round)),'
readonly MUTANT='Submission::Unknown => Action::Abandon("sent again without a look".to_owned()),'

copy="$(mktemp -d)"
readonly copy

main() {
    local file
    trap 'rm -rf "$copy"' EXIT
    git ls-files -z | xargs -0 cp --parents -t "$copy"
    file="$copy/poster/src/attempt.rs"
    grep -qF "$RULE" "$file" || fail "poster/src/attempt.rs has no line to mutate: correct this script"
    python3 - "$file" "$RULE" "$MUTANT" <<'PY'
import sys
path, rule, mutant = sys.argv[1:]
text = open(path).read()
assert text.count(rule) == 1
open(path, "w").write(text.replace(rule, mutant))
PY
    echo "the campaign without the look-up of imports, ${RUNS:-300} runs from seed ${SEED:-1}"
    if (cd "$copy" && CARGO_TARGET_DIR="$OLDPWD/target" \
        COUNTERFOIL_CAMPAIGN_RUNS="${RUNS:-300}" COUNTERFOIL_CAMPAIGN_SEED="${SEED:-1}" \
        cargo test --locked --release --package poster --test campaign whatever \
        > "$copy/log" 2>&1); then
        fail "the campaign did not notice"
    fi
    grep -q 'runs failed' "$copy/log" || { tail -n 20 "$copy/log"; fail "it failed otherwise"; }
    grep -o '[0-9]* of [0-9]* runs failed' "$copy/log"
    echo "of them with a journal twice: $(grep -c '^seed [0-9]*: DOUBLE' "$copy/log" || true)"
}

fail() {
    echo "scripts/mutation.sh: $1" >&2
    exit 1
}

main
