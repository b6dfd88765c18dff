# Money fails closed: while the store can not be recovered nobody is let in and
# nothing is asked of an upstream; what is under way is given whole, and its
# bills wait in files until the store is open again. Then they are in the ledger
# once. Where there is no room for files either, the log says what is lost.

. "${srcdir:-.}/tests/functions.sh"
plan 38

start_upstream
start_turnpike --upstream "chat@$UPSTREAM" --set rate.key=0 \
    --set price.tokens_per_credit=1 --set drain.seconds=5
account ann@example.org 50000
spill=$T/state/spill

# A directory in the place of a table: no recovery gets past it, or changes
# anything before it. Whoever fails to recover leaves that to the others.
break_store() {
    mv "$T/state/store/account.db" "$T/aside.db" &&
        mkdir "$T/state/store/account.db"
    not_ok 'a recovery fails' ctl recover
}
mend_store() {
    rmdir "$T/state/store/account.db" &&
        mv "$T/aside.db" "$T/state/store/account.db"
}

refused() { # refused WHAT
    is "$STATUS" 503 "$1 is not let in"
    is "$(body .error.code)" store_unavailable 'for want of the store'
    like "$(header retry-after)" '^[1-9][0-9]*$' 'and told when to come again'
}
health() {
    KEY=none ask /health/ready
    echo "$STATUS $(body .status)"
}
is_ready_again() { [ "$(health)" = '200 ready' ]; }
answers() {
    chat hello
    [ "$STATUS" = 200 ]
}
spilled() {
    [ "$(grep -c settle_spilled "$T/state/run/workers.log")" -eq "$1" ]
}
brought_in() {
    [ -z "$(ls "$spill")" ]
}
# What the ledger has of the request that was answered to FILE.
billed() {
    json "[.[] | select(.request_id == \"$(header x-request-id "$1.head")\")] |
        [length, .[0].prompt_tokens, .[0].completion_tokens, .[0].amount]" \
        ledger ann@example.org
}
counted() { # counted N: what the upstream counted for its request N, from 0
    told ".[$1] | [1, .prompt_tokens, .completion_tokens,
        -(.prompt_tokens + .completion_tokens)]"
}

ok 'calls are served' answers
is "$(stat -c %a "$spill")" 700 'bills have a directory of their own'
ok 'which is empty' brought_in

# The second begins when the upstream knows the first.
perform_to "$T/stream" 'words=10 text=ab barrier=go@5' true
stream=$CLIENT
ok 'a stream is under way' until_true upstream_has '.waiting == 1'
perform_to "$T/whole" 'words=20 text=ab barrier=go@0' false
whole=$CLIENT
ok 'and an answer that is not streamed' until_true upstream_has '.waiting == 2'
asked=$(told length)

break_store
perform words=3 true
refused 'a stream'
perform words=3 false
refused 'another call'
ask /v1/models
is "$STATUS" 503 'nor can anybody be known'
is "$(health)" '503 the store is closed' 'it says that it is not ready, and why'
is "$(told length)" "$asked" 'the upstream has heard of nothing'

release go >/dev/null
wait "$stream" "$whole"
is "$(cat "$T/stream.status")" 200 'the stream is answered'
is "$(frames "$T/stream" | tail -n 1)" '[DONE]' 'to its end'
is "$(grep -c '"content":" *ab"' "$T/stream")" 10 'with all of its words'
not_ok 'without an error' grep -q '"error"' "$T/stream"
is "$(cat "$T/whole.status")" 200 'the other answer is there'
is "$(jq -r '.choices[0].message.content' "$T/whole" | grep -o ab | wc -l)" 20 \
    'with all of its words'
ok 'their bills are kept' spilled 2
not_ok 'in the directory' brought_in
is "$(stat -c %a "$spill"/* | sort -u)" 600 'for nobody else to read'
not_ok 'none is lost' logged settle_lost

mend_store
ok 'it is ready again, although nobody calls' until_true is_ready_again
ok 'calls are served again' until_true answers
ok 'the bills are brought in' until_true brought_in
is "$(billed "$T/stream")" "$(counted 1)" 'once for the stream'
is "$(billed "$T/whole")" "$(counted 2)" 'once for the other'
ok 'nothing is held' until_true settled ann@example.org
is "$(json '[.[].amount] | add' ledger ann@example.org)" \
    "$(json .credits account show ann@example.org)" 'the balance is the sum'
ok 'the audit finds no breach' ctl audit

# ---- nowhere to put a bill ----

perform_to "$T/last" 'words=5 barrier=last@0' false
last=$CLIENT
ok 'a call is under way' until_true upstream_has '.waiting == 1'
break_store
mv "$spill" "$T/aside" && : >"$spill"
release last >/dev/null
for pid in $(workers); do
    kill -TERM "$pid"
done
ok 'a worker that cannot wait says what is lost' until_true logged settle_lost
wait "$last"
like "$(grep settle_lost "$T/state/run/workers.log")" \
    "$(header x-request-id "$T/last.head"): [0-9]+ tokens in, [0-9]+ out, [0-9]+ credits" \
    'of which request, and how much'
rm "$spill" && mv "$T/aside" "$spill"
mend_store
ok 'calls are served again' until_true answers
