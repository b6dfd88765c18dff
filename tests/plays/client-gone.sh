# A client that leaves is billed for what its upstream did: a stream until it
# was ended, an answer that is not streamed whole, and nothing at all when the
# upstream had not begun.

. "${srcdir:-.}/tests/functions.sh"
plan 22

start_upstream
start_turnpike --upstream "chat@$UPSTREAM" --set rate.key=0 \
    --set price.tokens_per_credit=1
account ann@example.org 50000

entry() { # entry FILTER: of the newest line of the ledger
    json ".[-1] | $1" ledger ann@example.org
}

has_entries() {
    [ "$(json length ledger ann@example.org)" -eq "$1" ]
}

leave() {
    kill -9 "$1"
    wait "$1" 2>/dev/null
}

nothing_held() {
    is "$(json .held account show ann@example.org)" 0 'nothing is held'
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
is "$(entry '.flags | sort')" '["client_gone","estimated"]' \
    'the entry says why'
is "$(entry '.amount == -(.prompt_tokens + .completion_tokens)')" true \
    'it charges what was estimated'
is "$(entry '.prompt_tokens')" "$(est_in "$script")" 'the input as it was held'
words=$(entry .completion_tokens)
ok 'and the words that came' test "$words" -ge 4
ok 'but not those that did not' test "$words" -lt 4000
nothing_held

perform_to "$T/whole" 'words=30 text=abcd barrier=end@0' false
ok 'an answer is awaited' until_true upstream_has '.waiting == 1'
leave "$CLIENT"
release end >/dev/null
ok 'it is settled when the client has left' until_true has_entries 3
is "$(told '.[-1].ended')" complete 'the upstream says all of it'
is "$(entry '[.amount, .prompt_tokens, .completion_tokens, .flags]')" \
    "$(told '.[-1] | [-(.prompt_tokens + .completion_tokens), .prompt_tokens,
        .completion_tokens, []]')" 'what the upstream counted is charged'
nothing_held

# Straight to the worker: lighttpd has nothing to write before the head.
"$builddir/tests/fcgi/fcgi_client" "$(socket)" --method POST \
    --uri /v1/chat/completions --param CONTENT_TYPE=application/json \
    --param "HTTP_AUTHORIZATION=Bearer $KEY" \
    --body "$(ask_body 'first=600000' true)" >"$T/early" &
early=$!
ok 'a stream has not begun' until_true upstream_has '.streams == 1'
leave "$early"
ok 'its upstream is let go' until_true upstream_has '.streams == 0'
nothing_held_now() {
    [ "$(json .held account show ann@example.org)" = 0 ]
}
ok 'nothing is held' until_true nothing_held_now
is "$(json length ledger ann@example.org)" 3 'and nothing is charged'
is "$(cat "$T/early")" '' 'nothing had been sent'
ok 'the audit finds no breach' ctl audit
