# The official client packages against a gateway of their own. Skipped where
# npm, or the registry that it asks, is out of reach.

. "${srcdir:-.}/tests/functions.sh"

here=$srcdir/tests/clients
cache=$builddir/clients

# One copy of the packages for all runs of this build.
install_packages() {
    command -v npm >"$T/npm" || return 1
    mkdir -p "$cache" &&
        cp "$here"/package.json "$here"/.npmrc "$here"/*.mjs "$cache" ||
        return 1
    (cd "$cache" && npm ls >/dev/null 2>&1) && return
    (cd "$cache" && timeout 120 npm install --no-audit --no-fund \
        --prefer-offline >"$T/npm" 2>&1)
}

# An own demo upstream, whose log can be asked.
start_upstream() {
    local line
    mkfifo "$T/listening"
    "$builddir/turnpike-demo-upstream" --port 0 >"$T/listening" &
    UPSTREAM_PID=$!
    on_exit 'kill $UPSTREAM_PID 2>/dev/null'
    read -r -t 30 line <"$T/listening" || bail 'no demo upstream'
    UPSTREAM=http://127.0.0.1:${line#listening }
}

# account EMAIL CREDITS: prints a key of a new account.
account() {
    ctl account add "$1" --credits "$2" >/dev/null </dev/null &&
        ctl --json key create "$1" </dev/null | jq -r .key
}

# Ask with key $1 until the rate limit says no.
use_up() {
    local i
    for ((i = 0; i < 100; i++)); do
        KEY=$1 chat hello
        [ "$STATUS" != 429 ] || return 0
    done
    diag 'the rate limit never came'
}

if ! install_packages; then
    count=$(grep -c '^check($\|^check("' "$here/openai.mjs")
    plan "$count"
    skip "$count" 'npm cannot install the client packages'
    exit 0
fi
start_upstream
start_turnpike --upstream "$UPSTREAM" --set rate.key=60
POORKEY=$(account poor@example.org 0)
LIMITEDKEY=$(account eager@example.org 100000)
use_up "$LIMITEDKEY"
export BASE KEY UPSTREAM POORKEY LIMITEDKEY
cd "$cache" || bail "$cache is not there"
node openai.mjs
failures=$?
exit "$failures"
