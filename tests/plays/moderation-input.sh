# What users may not say is refused before a model hears it: on both surfaces
# and three dialects, streamed or not, in the shape of the dialect, free of
# charge, and whatever a policy says; behind 402 and before quotas and policies.

. "${srcdir:-.}/tests/functions.sh"
plan 155

start_upstream
start_turnpike --upstream "chat+messages+responses@$UPSTREAM" \
    --set rate.key=0 --set price.tokens_per_credit=1

email=ann@example.org
hurt='I want to hurt myself.' rude='You are a stupid idiot.'
punch='I will punch you in the face.'
governed $email bot '{"rules":{}}'
put_policy $email shadow '{"rules":{"flagged_categories":["self-harm"]},
    "rollout":{"shadow":{"enabled":true}}}'
put_policy $email strict '{"rules":{"flagged_categories":["harassment"],
    "enforcement_action":"block"}}'
put_policy $email mild '{"rules":{"flagged_categories":["harassment"],
    "enforcement_action":"rewrite"}}'
put_policy $email watch '{"rules":{"flagged_categories":["harassment"]},
    "rollout":{"shadow":{"enabled":true}}}'
by() { # by POLICY: the filter of a request that names it
    echo ".policy_id = \"$1\""
}
with() { # with CATEGORY...: the filter of a request that flags them
    printf '.flagged_categories = %s' \
        "$(jq -nc '$ARGS.positional' --args "$@")"
}

# ---- what is always blocked ----

for SURFACE in '' /policy; do
    for DIALECT in chat messages responses; do
        for stream in false true; do
            who="$SURFACE $DIALECT, streamed: $stream"
            user_says "$hurt" $stream
            error_is 400 moderation_blocked "$who: it is refused"
            is "$(body .error.message)" \
                "Moderation blocked: text flagged as 'self-harm'." 'with its name'
            is "$(header x-should-retry)" false 'for good'
            user_says 'Which bread goes with soup?' $stream
            is "$STATUS" 200 'others are answered'
        done
    done
done
SURFACE=/policy
is "$(told length)" 12 'no model has heard it'
is "$(json '[.[] | select(.type == "settle" and .amount == 0)] | length' \
    ledger $email)" 0 'it left nothing in the journal'
is "$(json .held account show $email)" 0 'and holds nothing'
DIALECT=chat
user_says "$hurt" false "$(by shadow)"
error_is 400 moderation_blocked 'a shadow does not hide it'
is "$(body 'has("policy")')" false 'nor has it judged'
user_says "$hurt" false '.policy_user = "eve" | .policy = {"rules":{}}'
error_is 400 moderation_blocked 'nor does a policy of the request'
user_says "$hurt" false '.messages += [{role: "assistant", content: "oh"},
    {role: "user", content: "soup?"}]'
error_is 400 moderation_blocked 'what was said before counts'
user_says soup false '.messages = [{role: "system", content: "'"$hurt"'"}] +
    .messages'
is "$STATUS" 200 'what the system says does not'
user_says soup false '.messages[0].content = [{type: "text", text: "I want to"},
    {type: "text", text: "hurt myself."}]'
error_is 400 moderation_blocked 'nor does it hide in parts'

for DIALECT in chat messages responses; do
    SURFACE='' user_says "$hurt" false # writes the request
    ask "$(SURFACE='' dialect_path)" -H Authorization: -H 'X-Free-Tier: 1' \
        -H 'Content-Type: application/json' -H 'X-Forwarded-For: 203.0.113.7' \
        --data-binary @"$T/said"
    error_is 400 moderation_blocked "$DIALECT: whoever has no key is no exception"
done
DIALECT=chat

# ---- padding ----

pad='The garden was quiet that evening. Bread needs flour, water and salt. '
long=''
for ((i = 0; i < 200; i++)); do long+=$pad; done
user_says "$long$hurt $long" false
error_is 400 moderation_blocked 'between 28 KB of other text it is found'
user_says "$long$long" false
is "$STATUS" 200 'which is of no category itself'

# ---- what the caller asks for ----

for SURFACE in '' /policy; do
    for DIALECT in chat messages responses; do
        user_says "$rude" false
        is "$STATUS" 200 "$SURFACE $DIALECT: what nobody minds passes"
        user_says "$rude" false "$(with harassment)"
        error_is 400 moderation_blocked 'what is flagged does not'
        is "$(told '.[-1].body | tostring | test("flagged_categories")')" \
            false 'a model is not told of the list'
    done
done
DIALECT=chat
user_says "$punch" false "$(with violence)"
is "$(body .error.message)" \
    "Moderation blocked: text flagged as 'violence'." 'a category is named'
user_says "$punch" false "$(with violence/graphic)"
is "$STATUS" 200 'a child stands for itself'
user_says "$punch" false "$(with harassment)"
is "$(body .error.message)" \
    "Moderation blocked: text flagged as 'harassment'." 'a parent for all'
user_says "$rude" false "$(with harass hate/ weapons/creation)"
is "$STATUS" 200 'nobody minds unknown names'
user_says "$rude" false "$(with weapons/creation harassment)"
error_is 400 moderation_blocked 'nor what is beside them'
for SURFACE in '' /policy; do
    for DIALECT in chat messages responses; do
        for list in '"hate"' 5 '{}' '[1]' '["hate",null]' '[["hate"]]'; do
            user_says soup false ".flagged_categories = $list"
            is "$STATUS $(body .error.message | tr -d :)" \
                '400 flagged_categories must be an array of strings' \
                "$SURFACE $DIALECT: the name is told of a list that is $list"
        done
    done
done
DIALECT=chat
user_says "$rude" false '.flagged_categories = null'
is "$STATUS" 200 'null is none'

# ---- what a policy minds ----

SURFACE=/policy
for DIALECT in chat messages; do
    user_says "$rude" false "$(by strict)"
    error_is 403 policy_refused "$DIALECT: a policy refuses its categories"
    is "$(body '.policy | [.decision, .triggered_categories[]] | join(" ")')" \
        'refuse harassment' 'and tells'
    user_says "$rude" true "$(by strict)"
    error_is 403 policy_refused 'also of streams'
    user_says "$rude"$'\nscript: words=2 text=well' false "$(by mild)"
    is "$STATUS $(body .policy.decision)" '200 rewrite' 'or acts as it says'
    user_says "$rude" false "$(by watch)"
    is "$STATUS $(body '.policy | [.decision, .effective_decision] |
        join(" ")')" '200 refuse allow' 'a shadow tells'
    user_says "$rude" false "$(by strict) | $(with harassment)"
    error_is 400 moderation_blocked 'what the caller minds comes first'
done
DIALECT=responses
user_says "$rude" false "$(by strict)"
is "$STATUS $(body .policy.decision)" '200 allow' 'of responses it minds none'

# ---- the order of answers ----

DIALECT=chat
full=$KEY
for SURFACE in '' /policy; do
    KEY=nobody user_says "$hurt" false
    error_is 401 invalid_api_key 'who is unknown learns no more'
done
user_says "$hurt" false '.temperature = "hot"'
error_is 400 invalid_request 'what is wrong with the body comes first'
account poor@example.org 1
SURFACE='' user_says "$hurt" false '.max_tokens = 1000'
error_is 402 insufficient_credits 'then credits'
governed bob@example.org spent '{"rules":{"denylist":["idiot"],
    "enforcement_action":"block"}}' --budget requests=1,window=daily
user_says soup false
is "$STATUS" 200 'a budget'
user_says "$rude" false
error_is 429 project_quota_exceeded 'that is used up comes before the policy'
user_says "$hurt" false
error_is 400 moderation_blocked 'and behind the judgement'
KEY=$full
is "$(json '[.held] | tostring' account show $email)" '[0]' 'nothing is held'

# ---- options ----

stop_turnpike
ok 'the audit finds no breach' ctl audit
start_turnpike --upstream "chat+messages+responses@$UPSTREAM" \
    --set rate.key=0 --set moderation.threshold.self-harm=1 \
    --set moderation.threshold.self-harm/intent=1 \
    --set moderation.threshold.self-harm/instructions=1 \
    --set moderation.threshold.violence=0 --set moderation.responses=on
KEY=$full
user_says "$hurt" false
is "$STATUS" 200 'a threshold that is not reached blocks nothing'
user_says soup false "$(with violence)"
error_is 400 moderation_blocked 'one that is always reached everything'
DIALECT=responses
user_says "$rude" false "$(by strict)"
error_is 403 policy_refused 'with moderation.responses a policy minds them, too'
stop_turnpike
start_turnpike --upstream "chat+messages+responses@$UPSTREAM" \
    --set rate.key=0 --set moderation.action.harassment=block
KEY=$full
for DIALECT in chat messages responses; do
    user_says "$rude" false
    error_is 400 moderation_blocked "$DIALECT: the house blocks more for everybody"
    user_says soup false
    is "$STATUS" 200 'and nothing else'
done
stop_turnpike
start_turnpike --upstream "chat+messages+responses@$UPSTREAM" \
    --set rate.key=0 --set moderation.enabled=off
KEY=$full DIALECT=chat
user_says "$hurt" false "$(with harassment)"
is "$STATUS" 200 'switched off it judges nothing'
user_says "$rude" false "$(by strict)"
is "$STATUS $(body .policy.decision)" '200 allow' 'also for policies'
