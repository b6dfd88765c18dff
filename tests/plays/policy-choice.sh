# Which project, policy, target and user govern a call: headers before the body
# before the key, a policy that comes along before one that is named before the
# project's; what is empty is absent, what is of a wrong kind is told; and who
# may not.

. "${srcdir:-.}/tests/functions.sh"
plan 84

start_upstream
start_turnpike --upstream "chat+messages+responses@$UPSTREAM" --set rate.key=0

email=ann@example.org
governed $email bot '{"rules":{"denylist":["of bot"]}}' --label 'Support bot'
put_policy $email other '{"rules":{"denylist":["of other"]}}'
ctl project create $email second --policy other >"$T/out" </dev/null
ctl project create $email bare >"$T/out" </dev/null
ctl project create $email off --policy bot --status disabled >"$T/out" </dev/null
loose=$(json .key key create $email)
bound=$KEY
governed eve@example.org theirs '{"rules":{}}'
ctl account add std@example.org --credits 1000 >"$T/out" </dev/null
standard=$(json .key key create std@example.org)
KEY=$bound

# asks PATH MEMBERS [HEADERS...]: says hello with these members.
asks() {
    local path=$1 members=$2 h=()
    shift 2
    for one; do h+=(-H "$one"); done
    ask "$path" -H 'Content-Type: application/json' ${h[@]+"${h[@]}"} -d "{
        \"model\":\"abliterated-model\",\"max_tokens\":50,
        \"messages\":[{\"role\":\"user\",\"content\":\"hello\"}]$members}"
}
govern() {
    asks /policy/chat/completions "$@"
}
# chosen: policy, project and target of the newest event.
chosen() {
    judged '"\(.policy_id) \(.project_id) \(.policy_target) \(.policy_user)"'
}

govern ''
is "$STATUS $(chosen)" '200 bot bot chat.completions null' \
    'a key has a project, which has a policy'
is "$(judged '[.project_label, .quota_subject == .user_id, .model,
    .event_type, .data_classification, .history_id] | tostring')" \
    '["Support bot",true,"abliterated-model","enforcement",null,null]' \
    'of which the event tells more'
govern ',"policy_project_id":"second"'
is "$STATUS $(chosen)" '200 other second chat.completions null' \
    'the body may name another project'
govern ',"policy_project_id":"bare"' 'X-Policy-Project: second'
is "$STATUS $(chosen)" '200 other second chat.completions null' \
    'which a header beats'
govern ',"policy_target":"body","policy_user":"bob","policy_user_id":"no"' \
    'X-Policy-Target: head'
is "$STATUS $(chosen)" '200 bot bot head bob' 'and so with target and user'
is "$(body .policy.policy_target) $(judged .quota_subject)" 'head bob' \
    'as the caller sees'
govern ',"policy_user_id":"carl"' 'X-Policy-User: '
is "$(chosen)" 'bot bot chat.completions carl' 'an empty header is none'
govern ',"policy_user":"","policy_user_id":"dan","policy_target":null'
is "$(chosen)" 'bot bot chat.completions dan' 'nor is an empty member one'
govern ',"policy_id":"other"'
is "$STATUS $(chosen)" '200 other bot chat.completions null' \
    'a policy may be named'
govern ',"policyId":"other"'
is "$STATUS $(chosen)" '200 other bot chat.completions null' 'by either name'
govern ',"policyId":"bot","policy_id":"other"'
is "$(chosen)" 'other bot chat.completions null' 'one of which beats the other'
govern ',"policy_id":"other","policy":{"rules":{"denylist":["HELL"]}}'
is "$STATUS $(chosen)" '403 inline bot chat.completions null' \
    'a policy that comes along beats both'
is "$(told '.[-1].body | keys | map(select(test("policy"))) | length')" 0 \
    'the model sees none of that'
govern ',"policy":null,"policy_id":""'
is "$STATUS $(chosen)" '200 bot bot chat.completions null' 'null is none'

# Wrong kinds name their field.
for member in '"policy":"x"' '"policy":[]' '"policy_id":7' '"policyId":{}' \
    '"policy_project_id":true' '"policy_target":[]' '"policy_user":1' \
    '"policy_user_id":1'; do
    govern ",$member"
    name=${member#\"} name=${name%%\"*}
    is "$STATUS $(body '.error.param')" "400 $name" "$member is refused"
done
govern '' "X-Policy-User: $(printf 'x%.0s' {1..300})"
is "$STATUS $(body '.error.param')" '400 X-Policy-User' 'and so is a long word'
govern '' "X-Policy-Target: $(printf 'a\tb')"
is "$STATUS $(body '.error.param')" '400 X-Policy-Target' 'or a control character'
govern ',"policy_user":"a\u0007b"'
is "$STATUS $(body '.error.param')" '400 policy_user' 'wherever it is'
govern ',"policy":{"rules":{"denylist":["a","\u200b"]}}'
is "$STATUS $(body '.error.param')" '400 policy.rules.denylist[1]' \
    'a policy of nonsense names its place'
govern ',"policy":{"rules":{"enforcement_action":"explode"}}'
is "$STATUS $(body '.error.param')" '400 policy.rules.enforcement_action' \
    'whatever it is'
asks /policy/messages ',"policy":7'
is "$STATUS $(body '.type + " " + .error.type')" \
    '400 error invalid_request_error' 'in the words of the surface'

# Who may not.
govern '' 'X-Policy-Project: bare'
is "$STATUS $(body .error.message)" '400 Project is not linked to a policy' \
    'a project without a policy'
govern ',"policy":{"rules":{}}' 'X-Policy-Project: bare'
is "$STATUS $(chosen)" '200 inline bare chat.completions null' \
    'which one that comes along makes good'
govern ',"policy_id":"nix"'
is "$STATUS $(body .error.code)" '400 policy_not_found' 'an unknown policy'
govern ',"policy_id":"theirs"'
is "$STATUS $(body .error.code)" '400 policy_not_found' "another's policy"
for project in theirs nix; do
    govern '' "X-Policy-Project: $project"
    is "$STATUS $(body .error.code)" '403 project_forbidden' \
        "project $project of another account, or none"
done
govern '' 'X-Policy-Project: off'
is "$STATUS $(body .error.code)" '403 project_disabled' 'a disabled project'
KEY=$standard
govern ''
is "$STATUS $(body .error.code)" '403 policy_plan_required' 'another plan'
ask /policy/v1/models
is "$STATUS $(body .error.code)" '403 policy_plan_required' \
    'which has no list of models here'
asks /policy/messages/count_tokens ''
is "$STATUS $(body '.type + " " + .error.code')" \
    '403 error policy_plan_required' 'and no count of tokens'
KEY=$loose
govern ''
is "$STATUS $(body .error.code)" '400 project_required' 'a key of no project'
govern ',"policy_id":"other"'
is "$STATUS $(chosen)" '200 other null chat.completions null' \
    'which may name a policy'
govern ',"policy":{"policy_id":"mine","rules":{}}'
is "$STATUS $(chosen)" '200 mine null chat.completions null' \
    'or bring one along'
govern '' 'X-Policy-Project: second'
is "$STATUS $(chosen)" '200 other second chat.completions null' \
    'or name a project of its account'
KEY=nokey
govern ',"policy":7'
is "$STATUS $(body .error.code)" '401 invalid_api_key' \
    'a wrong key is told before a wrong body'
KEY=''
ask /policy/chat/completions -H Authorization: -H 'X-Free-Tier: true' -d '{}'
is "$STATUS" 401 'nothing is free here'
KEY=$bound

# /v1: a policy that comes along, and nothing else.
events=$(json length events)
asks /v1/chat/completions ',"policy_id":"nix","policy_user":"bob"' \
    'X-Policy-Project: theirs'
is "$STATUS $(json length events)" "200 $events" '/v1 ignores all of it'
is "$(told '.[-1].body | keys | map(select(test("policy"))) | length')" 0 \
    'and forwards none'
for DIALECT in chat messages responses; do
    user_says hello false '.policy_id = 7 | .policyId = {} |
        .policy_target = [] | .policy_user = 1 | .policy_user_id = true |
        .policy_project_id = 2'
    is "$STATUS" 200 "$DIALECT: be it of a wrong kind"
    is "$(told '.[-1].body | keys | map(select(test("policy"))) | length')" 0 \
        'which is not forwarded either'
    user_says hello false '.policy = {rules: {}} | .policy_target = []'
    is "$STATUS" 400 'but for what goes with a policy'
done
DIALECT=chat
asks /v1/chat/completions ',"policy":{"rules":{"denylist":["hello"]}}' \
    'X-Policy-Target: t'
is "$STATUS $(body '.policy | "\(.policy_id) \(.decision) \(.policy_target)"')" \
    '403 inline refuse t' 'but for a policy that comes along, which is told'
is "$(chosen)" 'inline null t null' 'and has its event'
asks /v1/chat/completions ',"policy":{"rules":{"denylist":["nothing"]}}'
is "$STATUS $(body 'has("policy")')" '200 false' 'only when it refuses'
KEY=$standard
asks /v1/chat/completions ',"stream":true,"policy":{"rules":
    {"denylist":["said: hello"]}}'
is "$STATUS $(frames | grep -vF '[DONE]' | jq -c 'has("policy")' | sort -u)" \
    '200 false' 'on every plan, streams included'
is "$(frames | tail -n 2 | head -n 1 | jq -r '.choices[0].finish_reason')" \
    content_filter 'which it ends'
asks /v1/chat/completions ',"policy":7'
is "$STATUS $(body .error.param)" '400 policy' 'a wrong kind is told here, too'
KEY=$bound

# Other routes.
ask /policy/v1/models
is "$STATUS $(body '.data[0].id')" '200 abliterated-model' 'models are listed'
ask /policy/v1/models/abliterated-model
is "$STATUS $(body .id)" '200 abliterated-model' 'and shown'
for path in /policy/messages/count_tokens /policy/v1/messages/count_tokens; do
    asks $path ''
    is "$STATUS $(body '.input_tokens > 0')" '200 true' "$path counts"
done
asks /policy/messages/count_tokens '' 'X-Policy-Project: bare'
is "$STATUS $(body '.input_tokens > 0')" '200 true' \
    'also where there is no policy'
asks /policy/messages/count_tokens '' 'X-Policy-Project: theirs'
is "$STATUS $(body .error.code)" '403 project_forbidden' \
    'but not for a project of others'
KEY=$loose
asks /policy/messages/count_tokens ''
is "$STATUS $(body '.input_tokens > 0')" '200 true' 'for none it may'
KEY=$bound
ask /policy/v1/nothing
is "$STATUS" 404 'there is no more'
ask /policy/chat/completions
is "$STATUS" 405 'and methods are checked'
asks /policy/messages ',"messages":[]'
is "$STATUS" 400 'a body that is wrong is told'
ask /policy/messages -H 'Content-Type: application/json' \
    -d '{"model":"abliterated-model","max_tokens":9,"messages":[]}'
is "$STATUS $(body '.type + " " + .error.type')" \
    '400 error invalid_request_error' 'and an empty one'

for member in '"temperature":2.1' '"top_p":1.1' '"n":0' \
    '"presence_penalty":-2.1' '"max_tokens":0'; do
    ask /policy/chat/completions -H 'Content-Type: application/json' \
        -d "{\"model\":\"abliterated-model\",$member,\"messages\":[
        {\"role\":\"user\",\"content\":\"hello\"}]}"
    name=${member#\"}
    is "$STATUS $(body .error.param)" "400 ${name%%\"*}" "$member is refused"
done

# More hits than anybody wants to read.
jq -nc '[range(2000) | "the term of a long list that has number \(.)"] |
    {model: "abliterated-model", policy: {rules: {denylist: .,
    enforcement_action: "rewrite"}}, messages: [{role: "user",
    content: (join("\n") + "\nscript: words=2")}]}' >"$T/many"
ask /policy/chat/completions -H 'Content-Type: application/json' \
    --data-binary @"$T/many"
is "$STATUS $(body '.policy | (.denylist_hits | length) + .omitted_hits')" \
    '200 2000' 'of many hits some are told, and the others counted'
is "$(json '.[-1].event | (.denylist_hits | length) + .omitted_hits' \
    events --project bot)" 2000 \
    'in the event as well'
is "$(told '.[-1].body.messages[0].content | length < 6000')" true \
    'and in the note to the model'

# Keys may be held to their own project.
stop_turnpike
start_turnpike --upstream "chat+messages+responses@$UPSTREAM" \
    --set policy.strict_project_keys=on
KEY=$bound
govern '' 'X-Policy-Project: second'
is "$STATUS $(body .error.code)" '403 project_forbidden' \
    'a key may be held to its own project'
govern '' 'X-Policy-Project: bot'
is "$STATUS" 200 'which it may name'
KEY=$loose
govern '' 'X-Policy-Project: second'
is "$STATUS" 200 'one of no project may name any'
is "$(json .held credits show $email) $(json .breaches audit)" '0 0' \
    'nothing is held, and the audit finds no breach'
