# No worker has more calls at an upstream than upstream.NAME.max_concurrent:
# others are asked, and when there is none the caller is told to come again.

. "${srcdir:-.}/tests/functions.sh"
plan 17

# The same upstream under two names.
start_upstream
start_turnpike --workers 1 --set rate.key=0 --set price.tokens_per_credit=1 \
    --upstream "$UPSTREAM" --upstream "$UPSTREAM" \
    --set upstream.u1.max_concurrent=2 --set upstream.u2.max_concurrent=3 \
    --set model.narrow.upstreams=u1 \
    --set model.abliterated-model.upstreams=u1,u2
account ann@example.org 100000

waiting() { # waiting N
    upstream_has ".waiting == $1"
}
active() {
    json '[.upstreams[] | [.name, .active]] | sort | tostring' stat
}

for i in 1 2 3 4 5; do
    perform_to "$T/stream$i" "words=3 barrier=go$i@1" true
    clients[i]=$CLIENT
    until_true waiting "$i" || bail "stream $i does not begin"
done
is "$(active)" '[["u1",2],["u2",3]]' 'each upstream has what it may have'

held=$(json .held account show ann@example.org)
for kind in false true; do
    perform words=3 "$kind"
    is "$STATUS $(jq -r .error.code "$T/body")" '503 overloaded' \
        "one more is refused (stream: $kind)"
    is "$(header retry-after) $(header x-should-retry)" '1 ' \
        'and may come again'
done
is "$(jq -r '.error | keys | tostring' "$T/body")" \
    '["code","message","param","type"]' 'in the usual shape'
is "$(json .held account show ann@example.org)" "$held" \
    'nothing is held for it'
is "$(told length)" 5 'no upstream has heard of it'

release go1 >/dev/null
wait "${clients[1]}"
perform words=3 false
is "$STATUS" 200 'when one has ended another is taken'
perform words=3 true
is "$STATUS $(frames | tail -n 1)" '200 [DONE]' 'and another'

for i in 2 3 4 5; do
    release "go$i" >/dev/null
    wait "${clients[i]}"
done
for i in 1 2 3 4 5; do
    frames "$T/stream$i" | tail -n 1
done >"$T/ends"
is "$(sort -u "$T/ends")" '[DONE]' 'those under way were not disturbed'
is "$(active)" '[["u1",0],["u2",0]]' 'nothing is under way'

# A call of a model with one upstream does not go elsewhere; a client that
# leaves gives its place back.
MODEL=narrow
for i in 6 7; do
    O=()
    straight_to "$T/stream$i" "words=3 barrier=go$i@1" true
    clients[i]=$CLIENT
    until_true waiting "$((i - 5))" || bail "stream $i does not begin"
done
perform words=3 false
is "$STATUS" 503 'the limit is that of the upstream'
unset MODEL
perform words=3 false
is "$STATUS" 200 'a model that has another one is served'
leave "${clients[6]}"
left() {
    [ "$(json '.upstreams[] | select(.name == "u1") | .active' stat)" = 1 ]
}
ok 'a client that leaves gives its place back' until_true left
leave "${clients[7]}"
ok 'nothing is held at the end' until_true settled ann@example.org
ok 'the books are in order' ctl audit
