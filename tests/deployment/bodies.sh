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
#   check_bodies            15 checks: both, and nothing is kept in a file

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

# The processes of the house that can be looked into: they write to its logs.
house() {
    local files
    for files in /proc/[0-9]*/fd; do
        ! find "$files" -lname "$T/*run/*.log" 2>/dev/null | grep -q . ||
            echo "$files"
    done
}

# bodies_in FILES...: the large files that these have open, removed or not, and
# that lie in the state, but for those that are no bodies.
bodies_in() {
    {
        find -L "$@" -type f -size +64k -exec readlink {} + 2>/dev/null
        find "$T/state" -type f -size +64k
    } | grep -vE "^(/dev/shm/|/memfd:|$T/state/(store|spill)/)|throttle$|\.log$"
}

# Looks as long as a body is on its way: a file of it may be gone behind that.
look_for_files() { # look_for_files FILES... -- [OPTS]
    local files=()
    while [ "$1" != -- ]; do
        files+=("$1")
        shift
    done
    shift
    put_big --limit-rate 10M "$@" &
    while kill -0 $! 2>/dev/null; do
        bodies_in "${files[@]}"
        sleep 0.05
    done >"$T/kept"
    wait $!
    sort -u "$T/kept"
}

check_memory() {
    local files
    mapfile -t files < <(house)
    [ ${#files[@]} -gt 0 ] || bail 'nobody writes to the logs'
    make_big $((20 * MiB))
    is "$(look_for_files "${files[@]}" --)" '' 'no body lies in a file'
    is "$(look_for_files "${files[@]}" -- -H 'Transfer-Encoding: chunked')" '' \
        'nor does one in chunks'
}

check_bodies() {
    check_passing
    check_too_large
    check_memory
    rm "$T/big"
}
