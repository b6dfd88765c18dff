# SIGHUP brings a changed configuration to new requests and leaves those under
# way alone; a broken file changes nothing and is told in the log.

. "${srcdir:-.}/tests/functions.sh"
plan 24

conf=$T/state/turnpike.conf
start_upstream
ctl init >/dev/null
cp "$conf" "$T/first.conf"
configure() { # configure LINE...
    cp "$T/first.conf" "$conf"
    printf '%s\n' "$@" >>"$conf"
}

configure 'price.tokens_per_credit = 500' 'rate.key = 50'
start_turnpike --upstream "chat@$UPSTREAM"
account ann@example.org 50000

charged() { # charged REQUEST-ID
    json ".[] | select(.request_id == \"$1\") | .amount" \
        ledger ann@example.org
}

perform words=10 false
is "$(jq .estimated_credits_used "$T/body")" 1 'the first price'
is "$(header x-ratelimit-limit-requests)" 50 'the first limit'
perform_to "$T/stream" 'words=10 barrier=go@3' true
stream=$CLIENT
ok 'a stream is under way' until_true upstream_has '.waiting == 1'

configure 'price.tokens_per_credit = 1' 'rate.key = 60'
kill -HUP "$LAUNCHER"
ok 'the workers read a new file' until_true all_say reloaded
for i in 1 2 3; do
    perform words=10 false
    is "$(jq '.estimated_credits_used == .usage.total_tokens' "$T/body")" \
        true "call $i has the new price"
done
is "$(header x-ratelimit-limit-requests)" 60 'and the new limit'
release go >/dev/null
wait "$stream"
is "$(frames "$T/stream" | tail -n 1)" '[DONE]' \
    'the stream under way is whole'
is "$(charged "$(header x-request-id "$T/stream.head")")" -1 \
    'at the price it began with'

configure 'price.tokens_per_credit = banana' 'rate.key = 70'
kill -HUP "$LAUNCHER"
ok 'a broken file is refused' until_true all_say reload_failed
like "$(grep reload_failed "$T/state/run/workers.log" | tail -n 1)" \
    'price\.tokens_per_credit' 'the log names the option'
for i in 1 2; do
    perform words=10 false
    is "$(header x-ratelimit-limit-requests)" 60 "call $i has the limit of before"
done
is "$(jq '.estimated_credits_used == .usage.total_tokens' "$T/body")" true \
    'and the price of before'

rm "$conf"
kill -HUP "$LAUNCHER"
ok 'so is a missing one' until_true all_say reload_failed 2
chat hello
is "$STATUS" 200 'which stops nobody'
configure 'rate.key = 80'
kill -HUP "$LAUNCHER"
ok 'a good one is taken again' until_true all_say reloaded 2
ask /v1/models
is "$(header x-ratelimit-limit-requests)" 80 'with its limit'
is "$(workers all | wc -l)" 6 'by the workers of before'
configure 'rate.key = 80' 'durability = relaxed'
kill -HUP "$LAUNCHER"
ok 'so is one with what is read at the start only' until_true all_say reloaded 3
like "$(grep '"reloaded"' "$T/state/run/workers.log" | tail -n 1)" \
    'start only: durability"' 'which the log names'
stop_turnpike
is "$?" 0 'and the house can be closed'
start_turnpike --upstream "chat@$UPSTREAM"
ok 'the audit finds no breach' ctl audit
