# A policy of ten thousand terms is compiled beside the loop: all calls that come
# meanwhile are judged by it, those of other policies too; a policy of that size
# that comes along is judged by as well, or refused with the name of its term.

. "${srcdir:-.}/tests/functions.sh"
plan 29

CALLS=8

start_upstream
start_turnpike --upstream "chat@$UPSTREAM" --set rate.key=0 --workers 1

# terms FROM: a list of as many as there may be, each with a number of its own.
terms() {
    jq -nc --argjson from "$1" '[range($from; $from + 9999) |
        "forbidden thing number \(. * 7919)"]'
}

email=ann@example.org
governed $email large "{\"rules\":{\"denylist\":$(terms 0)}}"
large=$KEY
put_policy $email small-one '{"rules":{"denylist":["small word"]}}'
ctl project create $email small --policy small-one >"$T/out" 2>&1 </dev/null
small=$(json .key key create $email --project small)

# say_as NUMBER KEY WORDS: asks in the background.
say_as() {
    curl -s -o "$T/body.$1" -w '%{http_code}' --max-time 60 \
        -H "Authorization: Bearer $2" -H 'Content-Type: application/json' \
        -d "{\"model\":\"abliterated-model\",\"max_tokens\":50,
            \"messages\":[{\"role\":\"user\",\"content\":\"$3\"}]}" \
        "$BASE/policy/chat/completions" >"$T/status.$1" &
    asking+=($!)
}

asking=()
for ((i = 0; i < CALLS; i++)); do
    say_as "$i" "$large" "a forbidden thing number $((i * 7919))!"
    say_as "$((CALLS + i))" "$small" 'hello'
done
wait "${asking[@]}"
for ((i = 0; i < CALLS; i++)); do
    is "$(cat "$T/status.$i") $(jq -rc .policy.denylist_hits "$T/body.$i")" \
        "403 [\"forbidden thing number $((i * 7919))\"]" "call $i is refused"
    is "$(cat "$T/status.$((CALLS + i))")" 200 'beside one of another policy'
done
is "$(json .credits account show $email)" "$((1000000 - CALLS))" 'for which is paid'

# ---- one that comes along ----

# brings FROM FILTER WORDS: asks with a policy of its own.
brings() {
    terms "$1" | jq -c "$2" >"$T/terms"
    jq -nc --slurpfile terms "$T/terms" --arg words "$3" '{
        model: "abliterated-model", max_tokens: 50,
        messages: [{role: "user", content: $words}],
        policy: {rules: {denylist: $terms[0]}}}' >"$T/request"
    ask "$path" -H 'Content-Type: application/json' --data-binary "@$T/request"
}

KEY=$small
for path in /policy/chat/completions /v1/chat/completions; do
    brings 20000 . 'hello'
    is "$STATUS" 200 'a large policy may come along'
    brings 20000 . "a forbidden thing number $((20000 * 7919))"
    is "$STATUS $(body .error.code)" '403 policy_refused' 'and is obeyed'
    for try in first second; do
        brings 30000 '.[700] = "\u200b"' 'hello'
        is "$STATUS $(body .error.param)" '400 policy.rules.denylist[700]' \
            "what is wrong with it is told the $try time"
    done
done
ok 'the books are right' ctl audit
path=/policy/chat/completions
brings 20000 . 'hello'
is "$STATUS" 200 'and the worker serves'
ok 'it is the same one' [ "$(workers policy | wc -l)" -eq 1 ]
not_ok 'which had no trouble' logged policy_unreadable
