# Upstreams get their shares of the calls by weight, one call at a time and many
# at once, over kept connections; and turnpikectl stat tells the figures of the
# workers that live.

. "${srcdir:-.}/tests/functions.sh"
plan 14

for i in 1 2 3; do
    start_upstream
    origins[i]=$UPSTREAM
done
start_turnpike --workers 2 --set rate.key=0 \
    --upstream "${origins[1]}" --upstream "${origins[2]}" \
    --upstream "${origins[3]}" \
    --set upstream.u1.weight=6 --set upstream.u2.weight=3
account ann@example.org 1000000

asked() { # asked I: how often an upstream was asked
    curl -s "${origins[$1]}/v1/log" | jq length
}
forget() {
    local i
    for i in 1 2 3; do
        curl -s -X POST -o "$T/reset" "${origins[i]}/v1/log/reset"
    done
}
between() { # between LEAST NUMBER MOST
    [ "$1" -le "$2" ] && [ "$2" -le "$3" ]
}

# 300 calls: 180, 90 and 30 are expected; the bounds are seven deviations away.
shares() { # shares WHAT
    local counts=("$(asked 1)" "$(asked 2)" "$(asked 3)")
    diag "$1: ${counts[*]}"
    is "$((counts[0] + counts[1] + counts[2]))" 300 "$1: each call once"
    ok "$1: six tenths" between 120 "${counts[0]}" 240
    ok "$1: three tenths" between 35 "${counts[1]}" 145
    ok "$1: one tenth" between 1 "${counts[2]}" 75
}

crowd --calls 300 --at-once 1 --prompt 'script: words=1' >"$T/crowd"
is "$(jq .whole "$T/crowd")" 300 'calls one by one are answered'
shares 'one by one'
forget
crowd --calls 300 --at-once 30 --prompt 'script: words=1' >"$T/crowd"
is "$(jq .whole "$T/crowd")" 300 'calls side by side are answered'
shares 'side by side'

is "$(json '[.workers, ([.upstreams[].workers] | unique)] | tostring' stat)" \
    '[6,[6]]' 'all workers tell their figures'
sum() {
    json '[.upstreams[] | .requests, -.connects, -.reused] | add' stat
}
whole() { [ "$(sum)" = 0 ]; }
ok 'each call had a new connection or a kept one' until_true whole
is "$(json '[.upstreams[].requests] | add' stat)" 600 'of all calls'
ok 'most had a kept one' between 300 \
    "$(json '[.upstreams[].reused] | add' stat)" 600
