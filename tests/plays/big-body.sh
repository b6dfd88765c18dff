# Bodies up to 32 MiB reach the upstream whole, with a length or in chunks; a
# larger one is refused in JSON, and costs nothing.

. "${srcdir:-.}/tests/functions.sh"
plan 22

start_upstream
start_turnpike --upstream "$UPSTREAM" --set rate.key=0
MiB=$((1024 * 1024))

# make BYTES: a request of exactly this size; the answer is short.
make() {
    local head='{"model":"abliterated-model","messages":[{"role":"system","content":"'
    local tail='"},{"role":"user","content":"hello\nscript: words=1 usage=1,1"}]}'
    {
        printf %s "$head"
        head -c "$(($1 - ${#head} - ${#tail}))" /dev/zero | tr '\0' x
        printf %s "$tail"
    } >"$T/big"
}

# put [OPTIONS]: send it.
put() {
    ask /v1/chat/completions -H 'Content-Type: application/json' \
        -H 'Expect:' "$@" --data-binary @"$T/big"
}

# What the upstream read: the length of the text, and of the body, which is
# ours but for the limit of 18 bytes.
arrived() {
    seen '[(.body.messages[0].content | length), .headers["content-length"]] |
        join(" ")'
    curl -s -X POST -o "$T/reset" "$UPSTREAM/v1/log/reset"
}

arrives() { # arrives BYTES DESC
    is "$STATUS" 200 "$2 is answered"
    is "$(arrived)" "$(($1 - 134)) $(($1 + 18))" 'and reached the upstream whole'
}

refused() {
    is "$STATUS $(body '.error | [.code, .type, .param] | @csv')" \
        '413 "request_too_large","invalid_request_error",' \
        "$1 is too large"
}

make $MiB
put
arrives $MiB '1 MiB'
put -H 'Transfer-Encoding: chunked'
arrives $MiB '1 MiB in chunks'
put -H 'Transfer-Encoding: chunked' --limit-rate 20M
arrives $MiB '1 MiB in slow chunks'
put -H 'Expect: 100-continue'
arrives $MiB '1 MiB that waits to be asked for'
make $((30 * MiB))
put
arrives $((30 * MiB)) '30 MiB'
put -H 'Transfer-Encoding: chunked'
arrives $((30 * MiB)) '30 MiB in chunks'
make $((32 * MiB))
put
arrives $((32 * MiB)) '32 MiB'
credits=$(balance .credits)

make $((32 * MiB + 1))
put
refused '32 MiB and a byte'
make $((33 * MiB))
put
refused '33 MiB'
put -H 'Expect: 100-continue'
refused '33 MiB that wait to be asked for'
put -H 'Transfer-Encoding: chunked'
is "$STATUS" 413 '33 MiB in chunks are too large'
is "$(body '.error | [.code, .type, .param] | @csv')" \
    '"request_too_large","invalid_request_error",' 'which is said in JSON'
KEY=none put
is "$STATUS $(body .error.code)" '401 invalid_api_key' \
    'a stranger learns that he is one'
is "$(curl -s "$UPSTREAM/v1/log" | jq length)" 0 'the upstream hears nothing'
is "$(balance '[.credits, .held]')" "[$credits,0]" 'and nobody pays'
