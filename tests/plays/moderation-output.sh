# What a model may not say: a stream that becomes that ends as by a content
# filter, legally in each dialect, translated or passed through; what has left
# by then is bounded; an answer that is not streamed is a 400; both are billed,
# and where a policy minds the category metadata and event tell.

. "${srcdir:-.}/tests/functions.sh"
plan 121

start_canned
options=(--set rate.key=0 --set price.tokens_per_credit=1)
start_both "$CANNED" "${options[@]}" --set moderation.stream_bytes=64

email=ann@example.org SURFACE=''
governed $email bot '{"rules":{}}'
put_policy $email listed '{"rules":{"flagged_categories":["self-harm"],
    "enforcement_action":"block"}}'
put_policy $email strict '{"rules":{"flagged_categories":["harassment"],
    "enforcement_action":"block"}}'
put_policy $email shadow '{"rules":{"flagged_categories":["harassment"],
    "enforcement_action":"block"},"rollout":{"shadow":{"enabled":true}}}'
hurt='I want to hurt myself. ' rude='You are a stupid idiot. '
good=('The garden was quiet. ' 'Bread needs flour. ')
declare -A ends=([chat]='content_filter [DONE] '
    [messages]='content_block_stop message_delta refusal message_stop '
    [responses]='response.incomplete content_filter ')
last_policy() {
    frames | grep -vF '[DONE]' | tail -n 1 | jq -r \
        '.policy | [.decision, .effective_decision, .triggered_categories[]] |
        join(" ")'
}
asks=0
says() { # says STREAM [FILTER]
    user_says 'soup?' "$@"
    asks=$((asks + 1))
}

for MODEL in translated native; do
    for DIALECT in chat messages responses; do
        for SURFACE in '' /policy; do
            who="$MODEL $SURFACE $DIALECT"
            can true text "${good[@]}" "$hurt" 'And more. '
            says true
            is "$STATUS $(all_text)" "200 ${good[0]}${good[1]}" \
                "$who: a stream ends before the sentence"
            is "$(stream_end)" "${ends[$DIALECT]}" 'legally'
            can false text "${good[@]}" "$hurt" 'And more. '
            says false
            error_is 400 moderation_blocked 'an answer is refused'
            like "$(body .error.message)" "answer was flagged as 'self-harm'" \
                'by its name'
        done
        can true text "$rude"
        says true '.policy_id = "strict"'
        if [ "$DIALECT" = responses ]; then
            is "$(all_text)" "$rude" 'of responses a policy minds nothing'
        else
            is "$(all_text)|$(stream_end)" "|${ends[$DIALECT]}" \
                'so does what a policy minds'
            is "$(last_policy)" 'refuse refuse harassment' 'which is told'
        fi
        says true '.policy_id = "shadow"'
        is "$(all_text)" "$rude" 'a shadow lets it pass'
        [ "$DIALECT" = responses ] ||
            is "$(last_policy)" 'refuse allow harassment' 'and tells'
        says true '.flagged_categories = ["harassment"] | .policy_id = "shadow"'
        is "$(all_text)|$(stream_end)" "|${ends[$DIALECT]}" \
            'though not what the caller flags'
        can true text "$hurt"
        says true '.policy_id = "shadow"'
        is "$(all_text)|$(stream_end)" "|${ends[$DIALECT]}" \
            'nor what is always blocked'
        like "$(last_policy)" '^[a-z]+ allow.* self-harm$' \
            'which is told beside it'
        says true '.policy_id = "listed"'
        [ "$DIALECT" = responses ] ||
            is "$(last_policy)" 'refuse refuse self-harm' \
                'also where the policy lists it'
        can true args '{"to":"Ann","text":"' 'I want to\nhu\u0072t ' 'myself."}'
        says true
        is "$(stream_end)" "${ends[$DIALECT]}" 'arguments of tools are judged'
        not_ok 'before they are whole' grep -q 'myself' "$T/body"
    done
done

# ---- what may have left ----

# Words without an end of a sentence: the judge looks every 64 bytes.
MODEL=native
read -ra words <<<'I want to hurt myself tonight and I have been cutting myself and
    then we went to the market and bought some bread and soup and roses and a
    chair and a table and a lamp and went home and read the news and slept'
for DIALECT in chat messages responses; do
    can true text "${words[@]/%/ }"
    says true
    is "$(stream_end)" "${ends[$DIALECT]}" "$DIALECT: it ends within a sentence"
    text=$(all_text)
    ok 'when no more than 64 bytes have left' test "${#text}" -le 64
    can true text "$(printf '%s ' "${words[@]}")"
    says true
    is "$(all_text)" '' 'and a frame that is longer is not begun'
done

# ---- money and events ----

is "$(json '[.[] | select(.type == "settle")] | [length, (map(select(.amount
    >= 0)) | length)] | tostring' ledger $email)" "[$asks,0]" \
    'each is billed, once'
is "$(json '[.[].event | select(.event_type == "enforcement")] |
    map(select(.triggered_categories[-1] // "" | startswith("self-harm"))) |
    group_by(.policy_id) | map("\(.[0].policy_id) \(length)") | tostring' \
    events)" '["bot 24","listed 6","shadow 6"]' \
    'events tell what ended an answer'
is "$(json .held account show $email)" 0 'nothing is held'
stop_turnpike
ok 'the audit finds no breach' ctl audit

# ---- switched off ----

mine=$KEY
start_both "$CANNED" "${options[@]}" --set moderation.output=off
KEY=$mine
for DIALECT in chat messages responses; do
    can true text "$hurt" 'And more. '
    says true
    is "$(all_text)" "${hurt}And more. " "$DIALECT: answers need not be judged"
    user_says 'I want to hurt myself.' false
    is "$STATUS" 400 'where what users say is'
done
