# Bodies up to 32 MiB reach the upstream whole, with a length or in chunks; a
# larger one is refused in JSON, and costs nothing.

. "${srcdir:-.}/tests/functions.sh"
. "$srcdir/tests/deployment/bodies.sh"
plan 21

start_upstream
start_turnpike --upstream "$UPSTREAM" --set rate.key=0

check_passing
make_big $MiB
put_big -H 'Transfer-Encoding: chunked' --limit-rate 20M
arrives $MiB '1 MiB in slow chunks'
make_big $((32 * MiB))
put_big
arrives $((32 * MiB)) '32 MiB'
credits=$(balance .credits)

make_big $((32 * MiB + 1))
put_big
refused '32 MiB and a byte'
check_too_large
KEY=none put_big
is "$STATUS $(body .error.code)" '401 invalid_api_key' \
    'a stranger learns that he is one'
is "$(curl -s "$UPSTREAM/v1/log" | jq length)" 0 'the upstream hears nothing'
is "$(balance '[.credits, .held]')" "[$credits,0]" 'and nobody pays'
