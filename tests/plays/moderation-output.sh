# What a model may not say: a stream that becomes that ends as by a content
# filter, legally in each dialect, translated or passed through; what has left
# by then is bounded; an answer that is not streamed is a 400; both are billed,
# and where a policy minds the category metadata and event tell.

. "${srcdir:-.}/tests/functions.sh"
plan 141

start_canned
options=(--upstream "chat@$CANNED"
    --upstream "chat+messages+responses@$CANNED"
    --set model.translated.upstreams=u1 --set model.native.upstreams=u2
    --set rate.key=0 --set price.tokens_per_credit=1)
start_turnpike "${options[@]}" --set moderation.stream_bytes=64

email=ann@example.org
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
        is "$(stream_end)" "${ends[$DIALECT]}" 'so is what a policy minds' \
            >"$T/verdict"
        if [ "$DIALECT" = responses ]; then
            is "$(all_text)" "$rude" 'of responses a policy minds none'
        else
            is "$(all_text)" '' 'so does what a policy minds'
        fi
        says true '.policy_id = "shadow"'
        is "$(all_text)" "$rude" 'a shadow lets it pass'
        [ "$DIALECT" = responses ] ||
            is "$(last_policy)" 'refuse allow harassment' 'and tells'
        says true '.flagged_categories = ["harassment"] | .policy_id = "shadow"'
        is "$(all_text)" '' 'though not what the caller flags'
        is "$(stream_end)" "${ends[$DIALECT]}" 'which ends legally, too'
    done
done
