# What a policy decides over the words of a user: allowed, refused, rewritten,
# summed up or sent for review, on three dialects, streamed or not, whatever the
# upstream speaks; and each judged call has one event.

. "${srcdir:-.}/tests/functions.sh"
plan 168

start_upstream
start_both "$UPSTREAM" --set rate.key=0 --set price.tokens_per_credit=1

SURFACE=/policy V1=
email=ann@example.org
governed $email bot '{"rules":{"allowlist":["refund policy"],
    "denylist":["competitor-x"],"enforcement_action":"rewrite"}}'
deny $email competitor-x block rewrite summarize escalate

# say_of WORDS STREAM: a request in which a user says that, and before it
# something harmless.
say_of() {
    local turns
    turns='[{"role":"system","content":"be kind"},
        {"role":"user","content":"hello"},
        {"role":"assistant","content":"hello"},
        {"role":"user","content":[{"type":"text","text":$w}]}]'
    case $DIALECT in
    messages) turns="$(sed 1s/.*/[/ <<<"$turns")" ;;
    responses) turns=${turns//'"type":"text"'/'"type":"input_text"'} ;;
    esac
    jq -nc --arg w "$1" --arg m "$MODEL" --argjson s "$2" "
        {model: \$m, stream: \$s, max_tokens: 100} + $(case $DIALECT in
        chat) echo "{messages: $turns}" ;;
        messages) echo "{system: \"be kind\", messages: $turns}" ;;
        responses) echo "{max_output_tokens: 100, input: $turns} | del(.max_tokens)" ;;
        esac)"
}

asks() { # asks POLICY WORDS STREAM
    say_of "$2"$'\nscript: words=4 text=well' "$3" |
        jq -c ".policy_id = \"$1\"" >"$T/request"
    ask "$(dialect_path)" -H 'Content-Type: application/json' \
        --data-binary @"$T/request"
}

# its_end: how the answer says it ended.
its_end() {
    if grep -q '^data: ' "$T/body"; then
        frames | grep -vF '[DONE]' | jq -r '.choices[0].finish_reason? // .delta.stop_reason? // (select(.type == "response.completed") | .response.status) // empty'
    else
        jq -r '.choices[0].finish_reason? // .stop_reason // .status' "$T/body"
    fi
}

declare -A ended=([chat]=stop [messages]=end_turn [responses]=completed)

for stream in false true; do
    for MODEL in translated native; do
        for DIALECT in chat messages responses; do
            who="$MODEL $DIALECT, streamed: $stream"
            asks block 'I buy of the Competitor-X' "$stream"
            is "$STATUS" 403 "$who: what is refused"
            verdict_is 'refuse refuse competitor-x' 'says why'

            asks rewrite 'I buy of the Competitor-X' "$stream"
            is "$STATUS $(all_text)" '200 well well well well' \
                'what is rewritten is answered'
            verdict_is 'rewrite rewrite competitor-x' 'and told'
            is "$(told '.[-1].body | tostring | [test("(?i)competitor-x.*I buy of the \\[removed\\]"), test("I buy of the Competitor-X"), test("be kind")] | tostring')" \
                '[true,false,true]' 'the model gets a note and no such word'

            [ "$DIALECT-$stream" != responses-false ] ||
                is "$(body .instructions)" null \
                    'the caller reads his own instructions'

            asks summarize 'I buy of the Competitor-X' "$stream"
            is "$STATUS $(all_text)" '200 well well well well' \
                'what is summed up is answered'
            verdict_is 'summary summary competitor-x' 'and told'
            is "$(told '.[-1].body | tostring | [test("short, high-level summary"), test("I buy of the Competitor-X")] | tostring')" \
                '[true,true]' 'the model is told to'

            calls=$(told length)
            asks escalate 'I buy of the Competitor-X' "$stream"
            like "$STATUS $(all_text)" '^200 .* sent for review' \
                'what is escalated is answered here'
            is "$(its_end)" "${ended[$DIALECT]}" 'to a usual end'
            verdict_is 'escalate escalate competitor-x' 'and told'
            is "$(told length)" "$calls" 'no model is asked'
            is "$(grep -oE '"(estimated_[a-z_]+|[a-z]+_tokens)":[0-9.]+' \
                "$T/body" | grep -v ':0$')" '' 'and nothing was used'
        done
    done
done

is "$(json '[.[].event | select(.event_type == "enforcement")] |
    [length, ([.[:4][] | .decision, .effective_decision, .enforced,
    .project_id, .policy_id] | unique | map(tostring) | join(" ")),
    (map(select(.denylist_hits == ["competitor-x"])) | length)] |
    tostring' events)" \
    '[48,"true block bot escalate refuse rewrite summarize summary",48]' \
    'each call had one event'
is "$(json '[.[] | select(.type == "settle") | .amount] |
    [length, (map(select(. == 0)) | length)] | tostring' ledger $email)" \
    '[24,0]' 'what a model answered was billed, and nothing else'
is "$(json .held credits show $email)" 0 'nothing is held'

# Words of others are not the user's; the last turn has what is allowed.
DIALECT=chat MODEL=native
ask /policy/chat/completions -H 'Content-Type: application/json' \
    -H 'X-Policy-Target: support-bot' -d '{"model":"native","messages":[
    {"role":"system","content":"competitor-x"},
    {"role":"user","content":"Summarize our support refund policy."}]}'
is "$(body '.policy | del(.policy_id) | tostring')" \
    '{"decision":"allow","effective_decision":"allow","reason_code":"ALLOW","triggered_categories":[],"allowlist_hits":["refund policy"],"denylist_hits":[],"rollout_mode":"enforced","enforced":true,"policy_target":"support-bot"}' \
    'what is on the list is allowed'
ask /policy/chat/completions -H 'Content-Type: application/json' \
    -d '{"model":"native","messages":[
    {"role":"user","content":"our refund policy"},
    {"role":"user","content":"and now competitor-x"}]}'
is "$STATUS" 403 'what is not is refused, whatever the action'
verdict_is 'refuse refuse competitor-x' 'and all hits are told'
ask /policy/chat/completions -H 'Content-Type: application/json' \
    -d '{"model":"native","messages":[{"role":"user","content":[
    {"type":"text","text":"refund policy and compet"},
    {"type":"text","text":"itor-x, too"}]}]}'
is "$STATUS" 200 'a word in two parts is seen'
verdict_is 'rewrite rewrite competitor-x' 'as one'
is "$(told '.[-1].body.messages[-1].content | tostring | test("itor-x")')" false \
    'and does not reach the model'
stop_turnpike
ok 'the audit finds no breach' ctl audit
