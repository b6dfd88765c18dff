# A new list of upstreams is taken while calls run: those under way end where
# they began, new ones go to the new address, and figures lose nothing.

. "${srcdir:-.}/tests/functions.sh"
plan 12

conf=$T/state/turnpike.conf
start_upstream
old=$UPSTREAM
start_upstream
new=$UPSTREAM
ctl init >/dev/null
cp "$conf" "$T/first.conf"
configure() { # configure LINE...
    cp "$T/first.conf" "$conf"
    printf '%s\n' "$@" >>"$conf"
}
figure() { # figure NAME FILTER: jq on an upstream's figures
    json ".upstreams[] | select(.name == \"$1\") | $2" stat
}
asked() { # asked ORIGIN
    curl -s "$1/v1/log" | jq length
}

configure "upstream.x.url = $old" 'upstream.x.max_concurrent = 2' \
    'model.moving.upstreams = x'
start_turnpike --workers 1 --set rate.key=0 --upstream "chat@$new"
account ann@example.org 50000
MODEL=moving
UPSTREAM=$old
for i in 1 2; do
    perform_to "$T/stream$i" "words=5 barrier=go$i@2" true
    clients[i]=$CLIENT
    until_true upstream_has ".waiting == $i" || bail "stream $i does not begin"
done

configure "upstream.x.url = $new" 'upstream.x.max_concurrent = 3' \
    'model.moving.upstreams = x'
kill -HUP "$LAUNCHER"
ok 'the worker reads another address' until_true all_say reloaded 1
perform words=3 false
is "$STATUS" 200 'a new call is answered'
is "$(asked "$old") $(asked "$new")" '2 1' 'at the new address'
is "$(figure x '[.active, .requests] | tostring')" '[2,3]' \
    'those under way are counted still'

configure "upstream.y.url = $new" 'model.moving.upstreams = y'
kill -HUP "$LAUNCHER"
ok 'the worker reads that it is gone' until_true all_say reloaded 2
perform words=3 false
is "$STATUS $(asked "$old")" '200 2' 'another one serves the model'
for i in 1 2; do
    release "go$i" >/dev/null
    wait "${clients[i]}"
    is "$(frames "$T/stream$i" | tail -n 1)" '[DONE]' \
        "stream $i ends where it began"
done
is "$(figure x '[.active, .requests, .failed] | tostring')" '[0,3,0]' \
    'and is over for the figures'

configure "upstream.x.url = $old" 'model.moving.upstreams = x'
kill -HUP "$LAUNCHER"
ok 'the worker reads that it is back' until_true all_say reloaded 3
perform words=3 false
is "$STATUS $(asked "$old")" '200 3' 'it is asked again'
ok 'the books are in order' ctl audit
