# A client that leaves is billed for what its upstream did: a stream until it
# was ended, an answer that is not streamed whole, and nothing at all when the
# upstream had not begun.

. "${srcdir:-.}/tests/functions.sh"
plan 22

start_upstream
start_turnpike --upstream "chat@$UPSTREAM" --set rate.key=0 \
    --set price.tokens_per_credit=1
account ann@example.org 50000

bill() { # bill FILTER: on the newest line of the ledger
    json ".[-1] | $1" ledger ann@example.org
}

has_entries() {
    [ "$(json length ledger ann@example.org)" -eq "$1" ]
}

# A word of four letters is estimated as one token, and is one to the upstream.
# lighttpd sees that a client is gone when it next writes to it.
script='words=4000 text=abcd gap=5 barrier=go@5'
perform_to "$T/stream" "$script" true
ok 'a stream is under way' until_true upstream_has '.waiting == 1'
ok 'its client has read' until_true grep -q abcd "$T/stream"
leave "$CLIENT"
release go >/dev/null
ok 'the stream of a client that left is settled' until_true has_entries 2
ok 'the upstream is let go' until_true upstream_has '.streams == 0'
is "$(told '.[-1].ended')" client_gone 'in the middle of the answer'
is "$(bill '.flags | sort')" '["client_gone","estimated"]' \
    'the entry says why'
is "$(bill '.amount == -(.prompt_tokens + .completion_tokens)')" true \
    'it charges what was estimated'
is "$(bill '.prompt_tokens')" "$(est_in "$script")" 'the input as it was held'
words=$(bill .completion_tokens)
ok 'and the words that came' test "$words" -ge 4
ok 'but not those that did not' test "$words" -lt 4000
ok 'nothing is held' settled ann@example.org

perform_to "$T/whole" 'words=30 text=abcd barrier=end@0' false
ok 'an answer is awaited' until_true upstream_has '.waiting == 1'
leave "$CLIENT"
release end >/dev/null
ok 'it is settled when the client has left' until_true has_entries 3
is "$(told '.[-1].ended')" complete 'the upstream says all of it'
is "$(bill '[.amount, .prompt_tokens, .completion_tokens, .flags]')" \
    "$(told '.[-1] | [-(.prompt_tokens + .completion_tokens), .prompt_tokens,
        .completion_tokens, []]')" 'what the upstream counted is charged'
ok 'nothing is held' settled ann@example.org

# Straight to the worker: lighttpd has nothing to write before the head.
straight_to "$T/early" 'first=600000' true
ok 'a stream has not begun' until_true upstream_has '.streams == 1'
leave "$CLIENT"
ok 'its upstream is let go' until_true upstream_has '.streams == 0'
ok 'nothing is held' until_true settled ann@example.org
is "$(json length ledger ann@example.org)" 3 'and nothing is charged'
is "$(cat "$T/early")" '' 'nothing had been sent'
ok 'the audit finds no breach' ctl audit
