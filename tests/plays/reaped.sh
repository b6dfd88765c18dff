# When a worker is killed its calls are ended by another one: those that an
# upstream had accepted are billed for their input and their last progress mark,
# the others cost nothing.

. "${srcdir:-.}/tests/functions.sh"
plan 38

start_upstream
start_turnpike --workers 1 --upstream "$UPSTREAM" --set rate.key=0 \
    --set price.tokens_per_credit=1

held_is() { # held_is NAME CREDITS
    [ "$(json .held credits show "$1@example.org")" -eq "$2" ]
}

bill() { # what the journal has of a call
    json '.[1:][] | "\(.type) \(-.amount) = \(.prompt_tokens)+\(.completion_tokens) \(.flags | join(" "))"' \
        ledger "$1@example.org"
}

declare -A keys scripts clients

# begin NAME SCRIPT STREAM [N]: a call of an account of its own, by this name,
# of which N words have come.
begin() {
    account "$1@example.org" 5000
    keys[$1]=$KEY scripts[$1]=$2
    O=(--param "HTTP_IDEMPOTENCY_KEY=$1")
    straight_to "$T/$1" "$2" "$3"
    clients[$1]=$CLIENT
    ok "$1 begins" until_true upstream_has ".streams == ${#clients[@]}"
    ok 'and says so much' until_true has_words "$T/$1" "${4:-0}"
}

in_of() {
    est_in "${scripts[$1]}"
}

# A mark is set when the store has the next one's admission, at the latest.
begin head 'words=900 text=ab barrier=a@0' true
ok 'its head has come' until_true grep -q event-stream "$T/head"
begin mark 'words=900 text=ab barrier=b@251' true 250
begin long 'words=900 text=ab barrier=c@251 barrier=g@751' true 250
begin more 'words=900 text=ab barrier=d@251 barrier=e@301' true 250
begin whole 'words=10 barrier=f@0' false
begin mute 'first=600000' true
ok 'one has 500 tokens' held_is head $(($(in_of head) + 500))
ok 'one has asked for more' until_true held_is mark $(($(in_of mark) + 1000))
ok 'one has asked' until_true held_is long $(($(in_of long) + 1000))
release c >/dev/null
ok 'twice' until_true held_is long $(($(in_of long) + 1500))
ok 'for what has come' has_words "$T/long" 750
ok 'one has asked' until_true held_is more $(($(in_of more) + 1000))
release d >/dev/null
ok 'and goes on after its mark' until_true has_words "$T/more" 300

old=$(workers)
kill -9 "$old"
ok 'their upstreams are let go' until_true upstream_has '.streams == 0'
ok 'they are reaped' until_true logged '"event":"reaped"'
is "$(workers | grep -cx "$old")" 0 'by another worker'
for name in "${!keys[@]}"; do
    until_true settled "$name@example.org"
    json .held credits show "$name@example.org"
done | sort -u >"$T/held"
is "$(cat "$T/held")" 0 'nothing is held'
is "$(cat "$T/head" "$T/mark" "$T/long" "$T/more" | grep -c DONE)" 0 \
    'no stream looks whole'

in=$(in_of head)
is "$(bill head)" "expire $in = $in+0 estimated" \
    'who had nothing yet pays the input'
in=$(in_of mark)
is "$(bill mark)" "expire $((in + 250)) = $in+250 estimated" \
    'who had a mark pays it, too'
in=$(in_of long)
is "$(bill long)" "expire $((in + 750)) = $in+750 estimated" \
    'the last one, if there were several'
out=$(json '.[-1].completion_tokens' ledger more@example.org)
is "$(bill more)" "expire $(($(in_of more) + out)) = $(in_of more)+$out estimated" \
    'who went on after it pays the mark'
ok 'at least' test "$out" -ge 250
ok 'and no more than came' test "$out" -le 300
is "$(bill whole)$(bill mute)" '' 'who had not been accepted pays nothing'
is "$(json .credits credits show mute@example.org)" 5000 'at all'

again() { # again NAME STREAM: the same call, by the same name
    KEY=${keys[$1]}
    ask /v1/chat/completions -H 'Content-Type: application/json' \
        -H "Idempotency-Key: $1" \
        --data-binary "$(ask_body "${scripts[$1]}" "$2")"
}

again mark true
is "$STATUS $(body .error.code)" '409 idempotency_replayed' \
    'who repeats a call that was billed'
like "$(body .error.message)" " $(($(in_of mark) + 250)) credits" \
    'is told what it cost'
again whole false &
ok 'one that was not' until_true upstream_has '.waiting == 1'
release f >/dev/null
wait $!
is "$(bill whole)" "settle 13 = 3+10 " 'is served'
ok 'the audit finds no breach' ctl audit
