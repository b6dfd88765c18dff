# A refusal whose text stays away half way counts as a refusal soon, however
# much time the answer would have had: the next target is asked.

. "${srcdir:-.}/tests/functions.sh"
plan 7

figure() { # figure NAME FILTER: jq on an upstream's figures
    json ".upstreams[] | select(.name == \"$1\") | $2" stat
}

# The same upstream under two names, each of which may take an hour.
start_upstream
start_turnpike --workers 1 --set rate.key=0 \
    --upstream "$UPSTREAM" --upstream "$UPSTREAM" \
    --set upstream.u1.idle_ms=3600000 --set upstream.u1.total_ms=0 \
    --set upstream.u2.idle_ms=3600000 --set upstream.u2.total_ms=0 \
    --set stream.grace=0

for stream in false true; do
    perform 'status=503 stall_after=5' "$stream"
    is "$STATUS $(jq -r .error.code "$T/body")" '502 upstream_error' \
        "the caller is told (stream: $stream)"
done
is "$(figure u1 .requests) $(figure u2 .requests)" '2 2' \
    'after both targets were asked'
perform 'status=400 stall_after=5' false
is "$STATUS" 400 'what is the fault of the caller is told at once'
is "$(told length)" 5 'and no other target is asked about it'
is "$(json .held account show demo@localhost)" 0 'nothing is held'
ok 'the books are in order' ctl audit
