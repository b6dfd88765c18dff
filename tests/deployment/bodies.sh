# shellcheck shell=bash
# Large bodies, for plays of a web server.
#
#   make_big BYTES          $T/big, a request of exactly this size
#   put_big [OPTS]          send it; sets STATUS
#   arrives BYTES DESC      2 checks: it was answered, and has reached the
#                           upstream whole
#   refused DESC            a check: it was too large
#   check_passing           10 checks: what is within the limit is taken,
#                           however it is sent
#   check_too_large         3 checks: what is not is refused
#   check_bodies            14 checks: both, and nothing is kept in a file

MiB=$((1024 * 1024))

make_big() {
    local head='{"model":"abliterated-model","messages":[{"role":"system","content":"'
    local tail='"},{"role":"user","content":"hello\nscript: words=1 usage=1,1"}]}'
    {
        printf %s "$head"
        head -c "$(($1 - ${#head} - ${#tail}))" /dev/zero | tr '\0' x
        printf %s "$tail"
    } >"$T/big"
}

put_big() {
    ask /v1/chat/completions -H 'Content-Type: application/json' \
        -H 'Expect:' "$@" --data-binary @"$T/big"
}

# What came of it to the upstream: text and body in bytes.
arrived() {
    seen '[(.body.messages[0].content | length), .headers["content-length"]] |
        join(" ")'
    curl -s -X POST -o "$T/reset" "$UPSTREAM/v1/log/reset"
}

# Ours is longer by the limit of 18 bytes.
arrives() {
    is "$STATUS" 200 "$2 is answered"
    is "$(arrived)" "$(($1 - 134)) $(($1 + 18))" 'and reached the upstream whole'
}

refused() {
    is "$STATUS $(body '.error | [.code, .type, .param] | @csv')" \
        '413 "request_too_large","invalid_request_error",' \
        "$1 is too large"
}

check_passing() {
    make_big $MiB
    put_big
    arrives $MiB '1 MiB'
    put_big -H 'Transfer-Encoding: chunked'
    arrives $MiB '1 MiB in chunks'
    put_big -H 'Expect: 100-continue'
    arrives $MiB '1 MiB that waits to be asked for'
    make_big $((30 * MiB))
    put_big
    arrives $((30 * MiB)) '30 MiB'
    put_big -H 'Transfer-Encoding: chunked'
    arrives $((30 * MiB)) '30 MiB in chunks'
}

check_too_large() {
    make_big $((33 * MiB))
    put_big
    refused '33 MiB'
    put_big -H 'Expect: 100-continue'
    refused '33 MiB that wait to be asked for'
    put_big -H 'Transfer-Encoding: chunked'
    refused '33 MiB in chunks'
}

# Whether a process of the house has a file open that is already removed, or
# keeps one of more than 1 MiB.
has_temporary_files() {
    find "$T/state" -type f -size +1M -not -path '*/store/*' -not -name throttle \
        -not -name '*.log' | grep .
}

check_bodies() {
    check_passing
    check_too_large
    rm "$T/big"
    not_ok 'no body lies in a file' has_temporary_files
}
