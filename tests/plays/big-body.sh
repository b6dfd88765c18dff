# Bodies up to 32 MiB reach the upstream whole, with a length or in chunks; a
# larger one is refused in JSON, and costs nothing.

. "${srcdir:-.}/tests/functions.sh"
. "${srcdir:-.}/tests/deployment.sh"
plan 22

start_upstream
start_turnpike --upstream "$UPSTREAM" --set rate.key=0

make_big $MiB
put_big
arrives $MiB '1 MiB'
put_big -H 'Transfer-Encoding: chunked'
arrives $MiB '1 MiB in chunks'
put_big -H 'Transfer-Encoding: chunked' --limit-rate 20M
arrives $MiB '1 MiB in slow chunks'
put_big -H 'Expect: 100-continue'
arrives $MiB '1 MiB that waits to be asked for'
make_big $((30 * MiB))
put_big
arrives $((30 * MiB)) '30 MiB'
put_big -H 'Transfer-Encoding: chunked'
arrives $((30 * MiB)) '30 MiB in chunks'
make_big $((32 * MiB))
put_big
arrives $((32 * MiB)) '32 MiB'
credits=$(balance .credits)

make_big $((32 * MiB + 1))
put_big
refused '32 MiB and a byte'
make_big $((33 * MiB))
put_big
refused '33 MiB'
put_big -H 'Expect: 100-continue'
refused '33 MiB that wait to be asked for'
put_big -H 'Transfer-Encoding: chunked'
is "$STATUS" 413 '33 MiB in chunks are too large'
is "$(body '.error | [.code, .type, .param] | @csv')" \
    '"request_too_large","invalid_request_error",' 'which is said in JSON'
KEY=none put_big
is "$STATUS $(body .error.code)" '401 invalid_api_key' \
    'a stranger learns that he is one'
is "$(curl -s "$UPSTREAM/v1/log" | jq length)" 0 'the upstream hears nothing'
is "$(balance '[.credits, .held]')" "[$credits,0]" 'and nobody pays'
