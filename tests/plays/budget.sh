# A stream never costs more than its account has: it holds a little at first and
# more as it grows, is billed by what the upstream says, and when the credits
# are used up it is ended legally, whatever the upstream would still say.

. "${srcdir:-.}/tests/functions.sh"
plan 66

start_upstream
start_turnpike --upstream "chat@$UPSTREAM" --set rate.key=0 \
    --set price.tokens_per_credit=1 --set models.max_output=100000

held_is() { # held_is EMAIL CREDITS
    [ "$(json .held credits show "$1")" -eq "$2" ]
}

last_of() { # last_of EMAIL FILTER: on the newest line of the ledger
    json ".[-1] | $2" ledger "$1"
}

credits_of() {
    json '"\(.credits) held \(.held)"' credits show "$1"
}

parsed() { # parsed FILE FILTER: jq on the list of its frames
    frames "$1" | grep -v DONE | jq -src "$2"
}

let_go() { # let_go BARRIER COUNT: so many wait there, and go on
    until_true upstream_has ".waiting == $2" && release "$1"
}

finish='[.[] | select(.choices[0].finish_reason)]'
bill='[.remaining_credits, .estimated_credits_used]'

# ---- a hold that grows, a bill that is exact ----

script='words=900 text=ab barrier=a@1 barrier=b@250 barrier=c@251 barrier=d@752'
in=$(est_in "$script")
account ann@example.org 5000
perform_to "$T/ann" "$script" true
ok 'a stream has begun' until_true upstream_has '.waiting == 1'
ok 'its head has come' until_true grep -q role "$T/ann"
ok 'the input and 500 tokens are held' held_is ann@example.org $((in + 500))
is "$(told '.[-1].body.max_tokens')" $((5000 - in)) \
    'the upstream may say what the balance affords'
release a >/dev/null
ok '249 tokens have come' until_true has_words "$T/ann" 249
ok 'no more is held' held_is ann@example.org $((in + 500))
ok 'one more comes' let_go b 1
ok 'then 500 more are held' until_true held_is ann@example.org $((in + 1000))
ok 'before they have come' has_words "$T/ann" 250
ok 'another 501 come' let_go c 1
ok 'and the next 500 are held' \
    until_true held_is ann@example.org $((in + 1500))
ok 'the rest comes' let_go d 1
ok 'to the end' wait "$CLIENT"
is "$(frames "$T/ann" | tail -n 1)" '[DONE]' 'which is there'
is "$(last_of ann@example.org '[-.amount, .completion_tokens, .flags]')" \
    "$(told '.[-1] | [.prompt_tokens + 900, 900, []]')" \
    'it is billed by what the upstream counted'
is "$(credits_of ann@example.org)" \
    "$((5000 - $(told '.[-1].prompt_tokens') - 900)) held 0" \
    'the rest is free again'

perform 'words=700 text=ab' true ',"max_tokens":600'
is "$(last_of ann@example.org '[.completion_tokens, .flags]')" '[600,[]]' \
    'a limit of the caller is an end like any other'

# ---- an upstream that does not stop ----

script='words=4000 text=ab ignore_max barrier=a@1 barrier=b@251 barrier=c@900 barrier=d@1500'
in=$(est_in "$script")
for kind in plain usage; do
    mail=$kind@example.org
    members=
    [ $kind = plain ] || members=',"stream_options":{"include_usage":true}'
    account "$mail" 1200
    perform_to "$T/$kind" "$script" true "$members"
    ok 'a stream of few credits begins' until_true upstream_has '.waiting == 1'
    is "$(told '.[-1].body.max_tokens')" $((1200 - in)) \
        'its upstream is told how many'
    ok 'not all of them are held' held_is "$mail" $((in + 500))
    release a >/dev/null
    ok 'then some more are' until_true held_is "$mail" $((in + 1000))
    ok 'as it goes on' let_go b 1
    ok 'and then the last' until_true held_is "$mail" 1200
    ok 'while all is well' let_go c 1
    ok 'it comes to its end' wait "$CLIENT"
    ok 'its upstream is let go' until_true upstream_has '.streams == 0'
    is "$(told '.[-1].ended')" client_gone 'in the middle of its answer'
    is "$(frames "$T/$kind" | tail -n 1)" '[DONE]' 'the end is legal'
    is "$(parsed "$T/$kind" "$finish | [length, .[0].choices[0].finish_reason,
        (.[0] | $bill)] | flatten")" '[1,"length",0,1200]' \
        'with a reason and the bill'
    is "$(last_of "$mail" '[.amount, .prompt_tokens, .uncollected, .flags]')" \
        "[-1200,$in,0,[\"estimated\"]]" 'what was held is charged'
    is "$(credits_of "$mail")" '0 held 0' 'and nothing is left'
done
is "$(parsed "$T/plain" 'map(select(.choices == []))')" '[]' \
    'who did not ask for usage gets none'
is "$(parsed "$T/usage" '.[-1] | [.choices, .usage.prompt_tokens,
    .usage.total_tokens - .usage.prompt_tokens - .usage.completion_tokens]')" \
    "[[],$in,0]" 'who did gets it, as it was counted'
is "$(parsed "$T/usage" ".[-1] | $bill")" '[0,1200]' 'with the bill'
is "$(parsed "$T/usage" '.[-1].usage.completion_tokens')" \
    "$(last_of usage@example.org .completion_tokens)" 'as in the journal'
perform 'words=1' true
is "$STATUS $(jq -r .error.code "$T/body")" '402 insufficient_credits' \
    'the next call is refused'

# ---- what suffices, just ----

script='words=850 text=ab ignore_max'
account just@example.org $(($(est_in "$script") + 850))
perform "$script" true
is "$(frames | grep -v DONE | jq -rs "$finish | .[0].choices[0].finish_reason")" \
    stop 'a stream that uses all that it could hold ends as it likes'
is "$(last_of just@example.org '[.completion_tokens, .flags]')" '[850,[]]' \
    'and is billed exactly'

# ---- two choices ----

script='words=2000 text=ab ignore_max barrier=a@1 barrier=b@3500'
in=$(est_in "$script")
account two@example.org 1201
perform_to "$T/two" "$script" true ',"n":2'
ok 'two choices begin' until_true upstream_has '.waiting == 1'
is "$(told '.[-1].body.max_tokens')" $(((1201 - in) / 2)) \
    'each may say half of what there is'
ok 'together they hold 500 tokens' held_is two@example.org $((in + 500))
release a >/dev/null
ok 'both come to an end' wait "$CLIENT"
is "$(parsed "$T/two" "$finish | map([.choices[0].index,
    .choices[0].finish_reason, has(\"remaining_credits\")])")" \
    '[[0,"length",false],[1,"length",true]]' 'each its own, with one bill'
is "$(credits_of two@example.org)" '0 held 0' 'all is used'

# ---- two streams ----

script='words=4000 text=ab ignore_max barrier=a@1 barrier=b@1500'
in=$(est_in "$script")
account pair@example.org $((2 * (in + 500)))
perform_to "$T/left" "$script" true
left=$CLIENT
perform_to "$T/right" "$script" true
right=$CLIENT
ok 'two streams have begun' until_true upstream_has '.waiting == 2'
perform 'words=1' false
is "$STATUS" 402 'and hold all that there is'
release a >/dev/null
wait "$left" "$right"
is "$(json '[.[].amount]' ledger pair@example.org)" \
    "[$((2 * (in + 500))),-$((in + 500)),-$((in + 500))]" 'each pays its half'

account race@example.org $((2 * (in + 500) + 700))
perform_to "$T/left" "$script" true
left=$CLIENT
perform_to "$T/right" "$script" true
right=$CLIENT
ok 'two more begin, with some to spare' let_go a 2
wait "$left" "$right"
is "$(frames "$T/left" | tail -n 1)$(frames "$T/right" | tail -n 1)" \
    '[DONE][DONE]' 'both end'
is "$(json '[map(.amount), map(.uncollected)] | map(add)' \
    ledger race@example.org)" '[0,0]' 'they have used all of it and no more'
is "$(credits_of race@example.org)" '0 held 0' 'nothing is left, nothing owed'
ok 'the audit finds no breach' ctl audit
