# What a policy decides over the words of a model: what it may not say does not
# leave, a stream ends legally, what was said is billed, and metadata and event
# tell the last word; on three dialects, streamed or not, whatever the upstream
# speaks.

. "${srcdir:-.}/tests/functions.sh"
plan 112

start_upstream
start_both "$UPSTREAM" --set rate.key=0 --set price.tokens_per_credit=1

SURFACE=/policy V1=
email=ann@example.org term='said: hello gateway'
governed $email bot '{"rules":{}}'
deny $email "$term" block rewrite escalate
put_policy $email shadow "{\"rules\":{\"denylist\":[\"$term\"]},
    \"rollout\":{\"shadow\":{\"enabled\":true}}}"

# asks POLICY STREAM [WORDS]: for an answer that says "You said: hello gateway
# and more", or those words, and goes on.
asks() {
    local words=${3:-hello gateway and more}
    ask_body 'words=30' "$2" ",\"policy_id\":\"$1\"" |
        sed "s/script: /${words//&/\\&}\\\\nscript: /" >"$T/request"
    ask "$(dialect_path)" -H 'Content-Type: application/json' \
        --data-binary @"$T/request"
}

declare -A ends=([chat]='content_filter [DONE] '
    [messages]='content_block_stop message_delta refusal message_stop '
    [responses]='response.incomplete content_filter ')
declare -A notice=([chat]='.choices[0].finish_reason' [messages]=.stop_reason
    [responses]=.status)
declare -A usual=([chat]=stop [messages]=end_turn [responses]=completed)

for MODEL in translated native; do
    for DIALECT in chat messages responses; do
        who="$MODEL $DIALECT"
        asks block true
        is "$STATUS $(all_text)" '200 You ' "$who: a stream ends before it"
        is "$(stream_end)" "${ends[$DIALECT]}" 'legally'
        verdict_is "refuse refuse $term" 'and says why'
        is "$(frames | head -n 1 | jq -r .policy.decision)" allow \
            'which it did not know at first'
        ok 'its upstream is let go' until_true upstream_has '.streams == 0'
        asks escalate true
        is "$STATUS $(all_text)" '200 You ' 'so does one sent for review'
        verdict_is "escalate escalate $term" 'which is told'
        asks rewrite true
        like "$(all_text)" '^You \[removed\] and more( [a-z]+)*$' \
            'or it goes on without it'
        verdict_is "rewrite rewrite $term" 'and tells'
        is "$(frames | grep -vF '[DONE]' | jq -r '.policy.decision +
            if tostring | contains("[removed]") then " it" else "" end' |
            uniq | head -n 2 | tr '\n' ' ')" 'allow rewrite it ' \
            'from the frame on in which it goes on so'

        asks block false
        is "$STATUS $(all_text)" '403 policy_refused' 'an answer is refused'
        verdict_is "refuse refuse $term" 'with the reason'
        asks rewrite false
        like "$STATUS $(all_text)" '^200 You \[removed\] and more' \
            'or rewritten'
        asks escalate false
        like "$STATUS $(all_text)" '^200 .* sent for review' \
            'or sent for review'
        is "$(body "${notice[$DIALECT]}")" "${usual[$DIALECT]}" \
            'with a usual end'
        asks shadow true
        like "$(all_text)" "^You $term and more" 'a shadow lets it pass'
        verdict_is "refuse allow $term" 'and says what would have been'
    done
done

# Several answers are looked at one by one; one refuses all.
DIALECT=chat MODEL=native
perform 'words=3' false ',"n":2'
is "$STATUS $(body '.choices | length')" '200 2' 'several answers pass'
asks_two() {
    ask_body 'words=30' "$1" ',"policy_id":"block","n":2' |
        sed 's/script: /hello gateway and more\\nscript: /' >"$T/request"
    ask "$(dialect_path)" -H 'Content-Type: application/json' \
        --data-binary @"$T/request"
}
asks_two false
is "$STATUS $(body .error.code)" '403 policy_refused' 'or none of them'
asks_two true
is "$(frames | grep -vF '[DONE]' | jq -c '.choices[] | select(.finish_reason) |
    [.index, .finish_reason]' | tr '\n' ' ')" \
    '[0,"content_filter"] [1,"content_filter"] ' 'streamed or not'

# Words may be written with references.
asks rewrite true 'h%65llo gatew&#97;y &amp; more'
like "$(all_text)" '^You \[removed\] &amp; more( [a-z]+)*$' \
    'references do not hide what it may not say'
asks block true 'hello&nbsp;&#x67;atew&aacute;y'
is "$STATUS $(all_text)" '200 You ' 'nor let a stream go on'
asks block true 'AT&T 50% off, %68ello a&b'
like "$(all_text)" '^You said: AT&T 50% off, %68ello a&b ' \
    'and stay where nothing is denied'

# All were billed, and each has one event with the last word.
is "$(json '[.[] | select(.type == "settle") | .amount < -10] |
    group_by(.) | map([.[0], length]) | tostring' ledger $email)" \
    '[[false,1],[true,47]]' 'what the model said is billed'
is "$(json '[.[].event | select(.event_type == "enforcement")] |
    group_by(.policy_id) | map([.[0].policy_id, length,
    (map(.decision + " " + .effective_decision) | unique | join(","))] |
    join(" ")) | tostring' events)" \
    '["block 16 allow allow,refuse refuse","bot 1 allow allow","escalate 12 escalate escalate","rewrite 13 rewrite rewrite","shadow 6 refuse allow"]' \
    'each has one event, with the last word'
is "$(json '[.held] | tostring' credits show $email)" '[0]' 'nothing is held'
stop_turnpike
ok 'the audit finds no breach' ctl audit
