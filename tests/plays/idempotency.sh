# A call that bears an Idempotency-Key is made and billed once, however often it
# is sent: a repetition is told what became of the first. What cost nothing may
# be tried again. RELIABILITY.md 2.6, rows 64 to 67 of 7.2.

. "${srcdir:-.}/tests/functions.sh"
plan 64

start_upstream
start_canned
start_turnpike --workers 4 --upstream "$UPSTREAM" --upstream "$CANNED" \
    --set model.abliterated-model.upstreams=u1 \
    --set model.canned.upstreams=u2 --set rate.key=0 \
    --set price.tokens_per_credit=1
account ben@example.org 100000
BEN=$KEY
account ann@example.org 100000

named() { # named NAME SCRIPT STREAM [MEMBERS]: as perform, with this name
    local name=$1
    shift
    ask /v1/chat/completions -H 'Content-Type: application/json' \
        -H "Idempotency-Key: $name" --data-binary "$(ask_body "$@")"
}

entries() {
    json length ledger "$1@example.org"
}

asked() {
    told length
}

# ---- done ----

for stream in false true; do
    named "first-$stream" 'words=10' $stream
    is "$STATUS" 200 "a named call (stream $stream)"
    id=$(header x-request-id)
    bills=$(entries ann) asks=$(asked)
    for again in 1 2; do
        named "first-$stream" 'words=10' $stream
        is "$(why)" '409 idempotency_replayed Idempotency-Key' \
            "repetition $again is refused"
        like "$(body .error.message)" "$id.* 12 credits" \
            'it is told the request and what it cost'
        is "$(header x-should-retry)" false 'and not to try again'
        like "$(header content-type)" ^application/json 'as an answer'
    done
    is "$(entries ann) $(asked)" "$bills $asks" 'nothing more is done or billed'
    is "$(json '.[-1] | [.request_id, .amount]' ledger ann@example.org)" \
        "[\"$id\",-12]" 'the journal says what was told'
    named "first-$stream" 'words=11' $stream
    is "$(why)" '422 idempotency_mismatch -' 'another body is refused'
    is "$(header x-should-retry)" false 'for good'
    named "first-$stream" 'words=10' $stream ' '
    is "$STATUS" 422 'a blank makes it another'
    named "first-$stream-b" 'words=10' $stream
    is "$STATUS" 200 'another name is another call'
done

KEY=$BEN
named first-false 'words=10' false
is "$STATUS" 200 'the names of another account are its own'
is "$(entries ben)" 2 'which pays'
KEY=$(json .key key create ann@example.org)
named first-false 'words=10' false
is "$STATUS" 409 'another key of the same account is the same caller'

# ---- under way ----

named_to() { # named_to FILE NAME SCRIPT STREAM: in the background
    curl -sN -o "$1" --max-time 60 -H "Authorization: Bearer $KEY" \
        -H 'Content-Type: application/json' -H "Idempotency-Key: $2" \
        --data-binary "$(ask_body "$3" "$4")" "$BASE/v1/chat/completions" &
    CLIENT=$!
}

for stream in false true; do
    script='words=10 barrier=go@0'
    named_to "$T/first" "under-$stream" "$script" $stream
    until_true upstream_has '.waiting == 1'
    named "under-$stream" "$script" $stream
    is "$(why)" '409 idempotency_in_progress -' \
        "while it is under way a repetition waits (stream $stream)"
    like "$(header retry-after)" '^[1-9][0-9]*$' 'for some seconds'
    named "under-$stream" 'words=11' $stream
    is "$STATUS" 422 'another body is refused at once'
    release go >/dev/null
    wait "$CLIENT"
    named "under-$stream" "$script" $stream
    is "$(why)" '409 idempotency_replayed Idempotency-Key' 'then it is done'
done

script='words=40 text=ab barrier=go@11'
named_to "$T/gone" left "$script" true
until_true has_words "$T/gone" 10
leave "$CLIENT"
release go >/dev/null
until_true settled ann@example.org
named left "$script" true
like "$(body .error.message)" \
    " $(json -.[-1].amount ledger ann@example.org) credits" \
    'who left is told what it cost'

# ---- for nothing ----

# again NAME WHAT: the canned call by this name
again() {
    MODEL=canned named "$1" words=1 true
}

again unlucky
is "$(why)" '502 upstream_error -' 'a call fails'
printf 'data: %s\n\n' \
    '{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}' \
    '{"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":7,"total_tokens":10}}' \
    '[DONE]' >"$T/canned/v1/chat/completions"
again unlucky
is "$STATUS $(frames | tail -n 1)" '200 [DONE]' 'and may be tried again'
again unlucky
is "$STATUS" 409 'until it has been billed'

account poor@example.org 1
named poor 'words=10' false
is "$STATUS" 402 'a call that is refused for want of credits'
ctl credits grant poor@example.org 1000 --idempotency-key top-up >/dev/null
named poor 'words=10' false
is "$STATUS" 200 'may be tried when there are some'
named odd 'words=10' false ',"n":0'
named odd 'words=10' false
is "$STATUS" 200 'and so may one that was not valid'

# ---- many at once ----

account crowd@example.org 100000
mkdir "$T/many"
for i in {1..64}; do
    printf 'url = "%s"\noutput = "%s"\n' "$BASE/v1/chat/completions" \
        "$T/many/$i"
done >"$T/many.conf"
printf '%s' "$(ask_body 'words=10 barrier=go@0' false)" >"$T/many.body"
curl -sZ --parallel-max 64 --parallel-immediate --max-time 60 \
    -H "Authorization: Bearer $KEY" -H 'Content-Type: application/json' \
    -H 'Idempotency-Key: many' --data-binary @"$T/many.body" \
    -K "$T/many.conf" 2>"$T/many.err" &
crowd=$!
refused() {
    [ "$(cat "$T"/many/* | grep -o idempotency_in_progress | wc -l)" -eq "$1" ]
}
ok 'of 64 at once 63 are refused' until_true refused 63
is "$(told '[.[] | select(.ended == "open")] | length')" 1 'one is made'
release go >/dev/null
ok 'it is answered' wait "$crowd"
is "$(cat "$T"/many/* | grep -c '"estimated_credits_used":13')" 1 'once'
is "$(json 'map(.amount)' ledger crowd@example.org)" '[100000,-13]' \
    'and billed once'

# ---- names that are none ----

longest=$(printf 'k%.0s' {1..255})
named "$longest" 'words=10' false
is "$STATUS" 200 'a name of 255 bytes'
for name in "${longest}k" 'two words' 'naïve' "$(printf '\x01')"; do
    named "$name" 'words=10' false
    is "$STATUS" 400 "no name: ${name:0:10}"
done
named "${longest}k" 'words=10' false
is "$(why)" '400 invalid_request Idempotency-Key' 'the fault is named'
# lighttpd leaves out a header that is empty.
"$builddir/tests/fcgi/fcgi_client" "$(socket)" --method POST \
    --uri /v1/chat/completions --param CONTENT_TYPE=application/json \
    --param "HTTP_AUTHORIZATION=Bearer $KEY" --param HTTP_IDEMPOTENCY_KEY= \
    --body "$(ask_body words=10 false)" >"$T/empty"
like "$(head -n 1 "$T/empty")" '^Status: 400' 'an empty one is none'
ask /v1/chat/completions -H 'Content-Type: application/json' \
    -H 'Idempotency-Key: a' -H 'Idempotency-Key: b' \
    --data-binary "$(ask_body words=10 false)"
is "$STATUS" 400 'two are none'

# ---- another life ----

stop_turnpike
start_turnpike --upstream "$UPSTREAM" --set rate.key=0
KEY=$BEN
named first-false 'words=10' false
is "$(why)" '409 idempotency_replayed Idempotency-Key' \
    'names are known after a restart'
for mail in ann ben poor crowd; do
    json .held credits show $mail@example.org
done | sort -u >"$T/held"
is "$(cat "$T/held")" 0 'nobody holds anything'
ok 'the audit finds no breach' ctl audit
