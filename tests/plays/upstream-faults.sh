# Whatever an upstream does, the caller is told the truth, nothing stays held,
# and only what was delivered is paid.
#
# The columns of upstream-faults.tsv, apart by tabulators:
#   row      of RELIABILITY.md 7.2
#   name     what happens
#   kind     whole or stream
#   script   of the demo upstream
#   status
#   code     of the error, in a stream that of its last frame; ok: an answer,
#            in a stream up to [DONE]
#   charge   credits
#   flags    of the journal entry
#   test     jq on the body or the last frame, or "retry SECONDS"; -: none

. "${srcdir:-.}/tests/functions.sh"
table=$srcdir/tests/plays/upstream-faults.tsv
plan $(($(grep -vc '^#' "$table") + 40))

# The same upstream twice: u2 is given little time.
start_upstream
options=(--upstream "$UPSTREAM" --upstream "$UPSTREAM"
    --set upstream.u2.first_byte_ms=500 --set upstream.u2.idle_ms=500
    --set model.abliterated-model.upstreams=u1
    --set model.hasty.upstreams=u2 --set model.twins.upstreams=u1,u2)
# And each other one beside a good one.
bad=("http://127.0.0.1:$(free_port)")
for status in 500 503 429 401 404 302; do
    serve "refusing-$status" 'server.modules = ("mod_redirect")' \
        'url.redirect = ("" => "/elsewhere")' "url.redirect-code = $status"
    bad+=("$SERVED")
done
bad+=("${SERVED/http:/https:}") # which speaks no TLS
for i in "${!bad[@]}"; do
    options+=(--upstream "${bad[i]}"
        --set "model.pair$i.upstreams=u$((i + 3)),u1"
        --set "model.alone$i.upstreams=u$((i + 3))")
done
start_canned
start_turnpike "${options[@]}" --set rate.key=0 --workers 1 \
    --upstream "$CANNED" --set "model.canned.upstreams=u$((${#bad[@]} + 3))" \
    --set upstream.answer_max=1536k

# ---- the table ----

# The code that was told, if it was in its shape.
shape='if .error == null then
        if has("choices") then "ok" else "misshapen" end
    elif (.error | keys) == ["code", "message", "param", "type"]
    then .error.code else "misshapen" end'

ending() {
    if [ "$1" = whole ] || [ "$STATUS" != 200 ]; then
        jq -r "$shape" "$T/body" 2>&1
    elif [ "$(frames | tail -n 1)" = '[DONE]' ]; then
        echo ok
    elif grep -q 'DONE\|remaining_credits' "$T/body"; then
        echo 'neither end'
    else
        frames | tail -n 1 | jq -r "$shape" 2>&1
    fi
}

judge_test() { # judge_test TEST: what is wrong
    case $1 in
    -) ;;
    'retry '*) [ "$(header retry-after)" = "${1#retry }" ] || echo ' retry' ;;
    *)
        {
            frames
            cat "$T/body"
        } | grep '^{' | tail -n 1 | jq -e "$1" >"$T/out" 2>&1 || echo ' test'
        ;;
    esac
}

play_row() { # row name kind script status code charge flags test
    local model=abliterated-model flags=- balance
    case $4 in first=* | *stall*) model=hasty ;; esac
    say "$4" ".model = \"$model\" |
        .stream = $([ "$3" = stream ] && echo true || echo false)"
    balance=$(balance '"\(.credits) \(.held)"')
    [ "$7" = 0 ] || flags=$(entry '.flags | join(" ")')
    is "$STATUS $(ending "$3") charge $((credits - ${balance% *})) held ${balance#* } ${flags:--}$(judge_test "$9")" \
        "$5 $6 charge $7 held 0 $8" "$1 $2"
    credits=${balance% *}
}

credits=$(balance .credits)
while IFS=$'\t' read -r -a row; do
    [[ ${row[0]} == '#'* ]] || play_row "${row[@]}"
done <"$table"

# ---- another upstream is tried, as long as nothing was sent ----

asked() { # how often the demo upstream was asked since the last time
    curl -s "$UPSTREAM/v1/log" | jq length
    curl -s -X POST -o "$T/reset" "$UPSTREAM/v1/log/reset"
}

asked >"$T/out"
for i in "${!bad[@]}"; do
    what=$(curl -s -o "$T/out" -w '%{http_code}' "${bad[i]}/") ||
        what="curl $?"
    wrong=''
    for kind in false true false; do
        say 'words=2' ".model = \"pair$i\" | .stream = $kind"
        [ "$STATUS" = 200 ] || wrong=$STATUS
    done
    is "$wrong $(asked)" ' 3' "three calls beside an upstream that is $what"
    case $what in
    429) wanted='429 rate_limit_exceeded' ;;
    *) wanted='502 upstream_error' ;;
    esac
    say 'words=2' ".model = \"alone$i\""
    is "$STATUS $(ending whole)" "$wanted" "where there is no other, $what is told"
    is "$(header location)" '' 'and no place'
done

say 'status=500' '.model = "twins"'
is "$STATUS $(asked)" '502 2' 'a failure of both is one'
say 'status=400' '.model = "twins"'
say 'status=400' '.model = "twins"'
is "$(asked)" 2 "the caller's own mistakes are not tried again"
for script in cut_after=4 error_after=4 garbage_after=0; do
    say "$script" '.model = "twins" | .stream = true'
    is "$(asked)" 1 "what was begun is not tried again ($script)"
done

# ---- what is estimated ----

# About the tokens of what a stream has said, as core/estimate.h counts.
estimate() {
    frames | jq -rj '.choices[0].delta.content? // ""' | jq -Rs '
        ([scan("[A-Za-z0-9]")] | length) as $plain | ([scan("[^A-Za-z0-9]")] |
        length * 2 + $plain) / 4 | ceil'
}

before=$(balance .credits)
say 'words=900 text=abcd cut_after=701' '.stream = true'
is "$(frames | wc -l)" 702 'a long stream is cut'
tokens=$(estimate)
is "$(entry '[.completion_tokens, .flags] | tostring')" \
    "[$tokens,[\"estimated\",\"upstream_cut\"]]" 'what was delivered is counted'
input=$(entry .prompt_tokens)
ok 'and what was asked' test "$input" -gt 0
is "$(balance .credits)" "$((before - (input + tokens + 499) / 500))" \
    'and both are billed'

# ---- ends that are none ----

canned() { # canned TEXT: how a stream of this text ends
    cat >"$T/canned/v1/chat/completions"
    say 'words=1' '.model = "canned" | .stream = true'
    frames | tail -n 1 | jq -r '.error.code // "ok"' 2>"$T/out" || echo ok
}
half='data: {"choices":[{"index":0,"delta":{"content":"a"}},{"index":1,"delta":{}}]}'
stop0='data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}'
stop1='data: {"choices":[{"index":1,"delta":{},"finish_reason":"stop"}]}'

is "$(printf '%s\n\n' "$half" "$stop0" | canned)" upstream_incomplete \
    'one choice of two has ended'
is "$(printf '%s\n\n' "$half" "$stop0" "$stop1" | canned)" ok \
    'both have ended'
is "$(printf '%s\n\n' "$half" "$stop0" 'data: [1]' | canned)" upstream_error \
    'data that is no object'
is "$(printf '%s\n\n' "$half" 'data: {"error":"broken"}' | canned)" \
    upstream_error 'an error that is a string'
is "$(printf '' | canned)" upstream_incomplete 'no event at all'
is "$(balance .held)" 0 'nothing is held at the end'
ok 'the books are in order' ctl audit
