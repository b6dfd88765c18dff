# What the published pages promise of the governed surface holds on each of its
# protocols, streamed or not: API.md 14, and the rows of RELIABILITY.md 7.2 that
# are about projects and policies.

. "${srcdir:-.}/tests/functions.sh"
plan 204

start_upstream
start_turnpike --upstream "chat+messages+responses@$UPSTREAM" --set rate.key=0

SURFACE=/policy
email=ann@example.org
user $email 1000000 'correct horse'
put_policy $email bot '{"rules":{"allowlist":["refund policy"]}}'
put_policy $email deny '{"rules":{"denylist":["competitor-x"]}}'
put_policy $email shadow '{"rules":{"denylist":["competitor-x"]},
    "rollout":{"shadow":{"enabled":true}}}'
ctl project create $email bot --policy bot >"$T/out" </dev/null
ctl project create $email bare >"$T/out" </dev/null
ctl project create $email spent --policy bot --budget requests=1 >"$T/out" \
    </dev/null
bound=$(json .key key create $email --project bot)
governed eve@example.org theirs '{"rules":{}}'
KEY=$bound
jq -nc '[range(10001) | "term \(.)"]' >"$T/terms"

# says TEXT STREAM [FILTER [OPTIONS]]: a user says that, on $DIALECT.
says() {
    local filter=${3:-.}
    jq -nc --arg text "$1" --argjson stream "$2" --arg dialect "$DIALECT" \
        --slurpfile terms "$T/terms" '{model: "abliterated-model", $stream} +
        if $dialect == "responses" then {input: $text}
        else {messages: [{role: "user", content: $text}]} end |
        '"$filter" >"$T/said"
    ask "$(dialect_path)" -H 'Content-Type: application/json' \
        --data-binary @"$T/said" "${@:4}"
}

# all_policies FILTER: what it makes of the metadata of all frames, or of the
# answer, each different thing once.
all_policies() {
    if grep -q '^data: ' "$T/body"; then
        frames | grep -vxF '[DONE]' | jq -c ".policy | $1" | sort -u
    else
        jq -c ".policy | $1" "$T/body"
    fi
}

# bad_field FILTER: how a request is answered in which it spoils something.
bad_field() {
    says 'our refund policy' "$stream" "$1"
    echo "$STATUS $(body '.error | .code + " " + .type')"
}

# param FILTER WANTED: the field that is named; Messages have none of it.
param() {
    says 'our refund policy' "$stream" "$1"
    if [ "$DIALECT" = messages ]; then
        like "$STATUS $(body .error.message)" "^400 .*${2//[/\\[}" \
            "$2 is refused"
    else
        is "$STATUS $(body .error.param)" "400 $2" "$2 is refused"
    fi
}

H_TARGET=(-H 'X-Policy-Target: support-bot')
for DIALECT in chat messages responses; do
    for stream in false true; do
        who="$DIALECT, streamed: $stream"

        # 1 to 4: the sample, its price, and who names what.
        says 'Summarize our support refund policy.' "$stream" \
            '.policy_target = "body"' "${H_TARGET[@]}"
        is "$STATUS $(all_policies .)" \
            '200 {"policy_id":"bot","decision":"allow","effective_decision":"allow","reason_code":"ALLOW","triggered_categories":[],"allowlist_hits":["refund policy"],"denylist_hits":[],"rollout_mode":"enforced","enforced":true,"policy_target":"support-bot"}' \
            "$who: the sample is allowed, and every frame says so"
        for tokens in 10,20 100,400 100,401 0,0; do
            says "refund policy
script: words=2 usage=$tokens" "$stream"
            is "$(grep -o '"estimated_credits_used":[0-9]*' "$T/body" |
                sort -u)" "\"estimated_credits_used\":$([ $tokens = 100,401 ] &&
                echo 2 || echo 1)" "$tokens tokens are so many credits"
        done
        says 'refund policy' "$stream" ".policyId = \"shadow\" |
            .policy_user_id = \"$who\""
        is "$(all_policies .policy_id) $(json "[.[].event.policy_user |
            select(. == \"$who\")] | length" events)" '"shadow" 1' \
            'the other names of members do'

        # 5: a token has to name a project.
        sign_in $email 'correct horse'
        KEY=$TOKEN says 'refund policy' "$stream"
        is "$STATUS $(body .error.code)" '400 project_required' \
            'a user names a project'
        KEY=$TOKEN says 'refund policy' "$stream" . -H 'X-Policy-Project: bot'
        is "$STATUS $(all_policies .policy_id)" '200 "bot"' 'and is governed'

        # 6: /v1 tells nothing.
        SURFACE='' says 'competitor-x' "$stream" '.policy_id = "deny"'
        is "$STATUS $(all_policies .)" '200 null' '/v1 has no policy'

        # 8 and 9: bad values.
        says x "$stream" 'if .input then .input = [] else .messages = [] end'
        is "$STATUS $(body '.error.type')" '400 invalid_request_error' \
            'nothing said is refused'
        is "$(body '(.type == "error")')" \
            "$([ "$DIALECT" = messages ] && echo true || echo false)" \
            'in the shape of the surface'
        param '.temperature = 2.1' temperature
        param '.top_p = 1.1' top_p
        [ "$DIALECT" != chat ] || {
            param '.n = 0' n
            param '.presence_penalty = -2.1' presence_penalty
        }
        case $DIALECT in
        responses) param '.max_output_tokens = 0' max_output_tokens ;;
        *) param '.max_tokens = 0' max_tokens ;;
        esac

        # 10: a shadow.
        says 'of competitor-x' "$stream" '.policy_id = "shadow"'
        is "$STATUS $(all_policies '[.decision, .effective_decision,
            .enforced, .rollout_mode, .denylist_hits[]]')" \
            '200 ["refuse","allow",false,"shadow","competitor-x"]' \
            'a shadow says what it would have done'

        # 11, and rows 7, 50: what is not there.
        says x "$stream" . -H 'X-Policy-Project: bare'
        is "$STATUS $(body .error.message)" \
            '400 Project is not linked to a policy' 'no policy is linked'
        is "$(bad_field '.policy_id = "nix"' | cut -d' ' -f1,2)" \
            '400 policy_not_found' 'an unknown policy'
        for project in theirs nix; do
            says x "$stream" . -H "X-Policy-Project: $project"
            is "$STATUS $(body .error.code)" '403 project_forbidden' \
                "project $project is none of the caller's"
        done

        # Rows 53 to 55.
        says x "$stream" . -H "X-Policy-User: $(printf '%0257d' 0)"
        like "$STATUS $(body .error.message)" '^400 X-Policy-User' \
            'a header of 257 bytes'
        param '.policy = {rules: {denylist: $terms[0]}}' policy.rules.denylist
        param '.policy = {rules: {denylist: ["a", ""]}}' \
            'policy.rules.denylist[1]'
        param '.policy = {rules: {allowlist: ["\u200b"]}}' \
            'policy.rules.allowlist[0]'
        for percent in -1 101 '"20"'; do
            param ".policy = {rollout: {canary: {enabled: true,
                sample_percent: $percent}}}" \
                policy.rollout.canary.sample_percent
        done
        param '.policy = {config: {deployment: {auto_rollback:
            {threshold_pct: 100.5}}}}' \
            policy.config.deployment.auto_rollback.threshold_pct

        # Rows 49, 56, 57.
        says 'refund policy of competitor-x' "$stream" '.policy_id = "deny" |
            .policy = {rules: {}}'
        is "$STATUS $(all_policies .policy_id)" '200 "inline"' \
            'a policy that comes along beats one that is named'
        says 'of competitor-x' "$stream" '.policy_id = "deny"'
        error_is 403 policy_refused 'what is denied is refused'
        is "$(header content-type) $(all_policies '[.decision, .enforced]')" \
            'application/json ["refuse",true]' 'in JSON, with the policy'
        says 'of something else' "$stream"
        error_is 403 policy_refused 'so is what misses the list'

        # Row 59.
        says 'refund policy' "$stream" . -H 'X-Policy-Project: spent'
        says 'refund policy' "$stream" . -H 'X-Policy-Project: spent'
        error_is 429 project_quota_exceeded 'and what is beyond a quota'
        like "$(header retry-after) $(all_policies .reason_code)" \
            '^[1-9][0-9]* "PROJECT_QUOTA_EXCEEDED"$' 'until it is there again'
    done
done
is "$(json .held credits show $email)" 0 'nothing is held'
stop_turnpike
ok 'the audit finds no breach' ctl audit
