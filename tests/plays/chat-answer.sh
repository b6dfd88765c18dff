# A chat completion that is not streamed reaches the upstream as the caller
# wrote it, but for what is ours, and comes back with its bill, which is what
# the journal says.

. "${srcdir:-.}/tests/functions.sh"
plan 50

start_upstream
start_turnpike --upstream "$UPSTREAM" --set rate.key=0 \
    --set model.abliterated-model.alias=abliteration-model \
    --set model.sold.upstream_name=bought --set model.sold.alias=also

# bill USAGE CREDITS COST [FLAG]: an answer of this usage is metered so.
bill() {
    local before after
    before=$(balance .credits)
    say "usage=$1"
    after=$(balance .credits)
    is "$(body '[.remaining_credits, .estimated_credits_used,
        .estimated_cost_usd] | join(" ")')" "$((before - $2)) $2 $3" \
        "usage $1 is metered as $2 credits and $3 USD"
    is "$after" "$((before - $2))" 'the balance falls by just that'
    is "$(entry '[.type, .amount, .credits_after, .held_after, .prompt_tokens,
        .completion_tokens, .uncollected, .flags[]] | join(" ")')" \
        "settle -$2 $after 0 ${1/,/ } 0${4:+ $4}" 'and the journal agrees'
}

# ---- the answer ----

say 'words=5'
is "$STATUS" 200 'an answer'
is "$(body keys_unsorted)" '["id","object","created","model","choices","usage","remaining_credits","estimated_credits_used","estimated_cost_usd"]' \
    'it has the fields of the upstream, and the metering fields behind them'
curl -s "$UPSTREAM/v1/chat/completions" --data-binary @"$T/said" |
    sed 's/demo0*[0-9]*/demoN/; s/}$//' | tr -d '\n' >"$T/direct"
is "$(sed 's/demo0*[0-9]*/demoN/; s/,"remaining_credits".*//' "$T/body")" \
    "$(cat "$T/direct")" 'which are those of the upstream, byte for byte'
is "$(body .usage)" \
    '{"prompt_tokens":5,"completion_tokens":5,"total_tokens":10}' 'usage passes'
is "$(header content-type)" application/json 'it is JSON'

bill 10,20 1 0.00015
bill 250,250 1 0.0025
bill 1,500 2 0.002505
bill 0,0 1 0
bill 1000000,1 2001 5.000005 overrun
is "$(balance .held)" 0 'nothing is held'

# ---- the ids of a request ----

say 'words=1'
like "$(header x-request-id)" '^req_[0-9a-f]{32}$' 'a request has an id'
is "$(header request-id)" "$(header x-request-id)" 'which both headers tell'
is "$(entry .request_id)" "$(header request-id)" 'and the journal'
H=(-H 'X-Request-ID: my-Own_1.2')
say 'words=1'
is "$(header x-request-id) $(header request-id)" 'my-Own_1.2 my-Own_1.2' \
    "a caller's own id is taken"
is "$(seen '.headers["x-request-id"]')" my-Own_1.2 'and told the upstream'
is "$(entry .amount)" -1 'such a request is billed'
for id in 'with blank' 'semi;colon' "$(printf '%065d' 0)" 'ümlaut'; do
    H=(-H "X-Request-ID: $id")
    say 'words=1'
    like "$STATUS $(header x-request-id)" '^200 req_[0-9a-f]{32}$' \
        "but not \"$id\""
done

# ---- what the upstream gets ----

H=(-H 'X-Secret: s3cret' -H 'Cookie: a=b' -H 'anthropic-beta: x')
say 'words=1' '. + {max_completion_tokens: null, temperature: 0.5, top_k: 7,
    user: "u", unknown: {deep: [1, 2.5, "x"]}, policy: {a: 1}, policy_id: "p",
    policyId: "p", policy_target: "t", policy_user: "u", policy_user_id: "u",
    policy_project_id: "p", policy_anything: 1, flagged_categories: ["x"],
    api_base: "http://127.0.0.1:1", base_url: "u", custom_host: "h"}'
is "$STATUS" 200 'fields that are ours or unknown do no harm'
is "$(seen '.body | keys_unsorted')" \
    '["model","messages","max_completion_tokens","temperature","top_k","user","unknown"]' \
    'ours stay here, unknown ones pass'
is "$(seen .body.unknown)" '{"deep":[1,2.5,"x"]}' 'as they are'
is "$(seen .body.max_completion_tokens)" 8192 'with a limit on the output'
is "$(seen '.headers | [.authorization, .cookie, .["x-secret"],
    .["anthropic-beta"]]')" '[null,null,null,null]' \
    "the caller's headers stay here"
is "$(seen '.headers | [.["content-type"], .accept, .["accept-encoding"]]')" \
    '["application/json","application/json","identity"]' 'ours go along'
H=()
say 'words=1' '.max_tokens = 77'
is "$(seen .body.max_tokens)" 77 "a caller's own limit passes"
say 'words=1' '.max_tokens = 999999'
is "$(seen .body.max_tokens)" 8192 "but not one above the model's"

say 'words=1' '.model = "abliteration-model"'
is "$(seen .body.model)" abliterated-model 'an alias is a name of ours'
is "$(body .model)" abliterated-model 'and answered with the proper one'
for name in sold also; do
    say 'words=1' ".model = \"$name\""
    is "$(seen .body.model) $(body .model)" 'bought sold' \
        "a model's name at the upstream is not seen here (as $name)"
done

say 'own_keys usage=1,1'
is "$(body '[.policy, .remaining_credits]')" "[null,$(balance .credits)]" \
    'an upstream does not speak for us'
say 'reasoning=2 words=2' '.n = 2'
is "$(body '[.choices[] | [.index, .message.reasoning_content,
    .message.content]]')" \
    '[[0,"Let me","You said:"],[1,"Let me","You said:"]]' \
    'choices and reasoning pass'
is "$(balance .held)" 0 'nothing is held at the end'

# ---- what nobody pays ----

alarms() {
    grep -c '"event":"uncollected"' "$T/state/run/workers.log"
}

account near@example.org 100
say 'usage=50400,101'
is "$(json '.[-1] | [.amount, .uncollected]' ledger near@example.org)" \
    '[-100,2]' 'a bill beyond the last credit is paid as far as they go'
is "$(alarms)" 0 'a little that nobody pays is in the books alone'
account far@example.org 100
say 'usage=99999,1'
is "$(json '.[-1] | [.amount, .uncollected]' ledger far@example.org)" \
    '[-100,100]' 'so is a bill far beyond it'
is "$(alarms)" 1 'but the log says so'
