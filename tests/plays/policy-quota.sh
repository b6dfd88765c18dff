# Quotas of projects and their users: what is spent is refused until the window
# ends, in whatever mode the policy is; parallel calls never get more than there
# is; what cost nothing is given back; and each refusal has its event.

. "${srcdir:-.}/tests/functions.sh"
plan 43

start_upstream
start_turnpike --workers 2 --upstream "chat+messages+responses@$UPSTREAM" \
    --set rate.key=0

SURFACE=/policy
email=ann@example.org
governed $email bot '{"rules":{}}' --budget requests=50,window=monthly
ctl project create $email users --policy bot \
    --user-quota requests=2,window=daily >"$T/out" </dev/null
ctl project create $email tokens --policy bot \
    --budget tokens=60,window=weekly >"$T/out" </dev/null
put_policy $email off '{"rules":{"denylist":["word"]},
    "rollout":{"shadow":{"enabled":true}}}'

until_end() { # until_end WINDOW: seconds until it ends
    local end
    case $1 in
    daily) end=$(date -u -d "$(date -u +%F) + 1 day" +%s) ;;
    weekly) end=$(date -u -d "$(date -u +%F) + $((8 - $(date -u +%u))) days" +%s) ;;
    monthly) end=$(date -u -d "$(date -u +%Y-%m-01) + 1 month" +%s) ;;
    esac
    echo $((end - $(date -u +%s)))
}
# waits WINDOW DESC: whether Retry-After leads to its end, or does a minute ago.
waits() {
    local left
    left=$(($(header retry-after) - $(until_end "$1")))
    ok "$2" test "$left" -ge 0 -a "$left" -le 60
}

# race PROJECT [OPTIONS]: many at once, on two workers.
race() {
    local project=$1
    shift
    crowd --calls 200 --max-tokens 8 "$@" >"$T/crowd"
    is "$(jq -c .status "$T/crowd")" '{"200":50,"429":150}' \
        "two hundred calls $* on fifty"
    is "$(json '[.used.requests, .used.reserved] | tostring' \
        project show "$project")" '[50,0]' 'use up fifty and reserve nothing'
    is "$(json '[.[].event | "\(.decision) \(.reason_code)"] | group_by(.) |
        map([.[0], length]) | tostring' events --project "$project")" \
        '[["allow ALLOW",50],["refuse PROJECT_QUOTA_EXCEEDED",150]]' \
        'and each has its event'
}
bound=$KEY
governed fay@example.org whole '{"rules":{}}' --budget requests=50,window=daily
race whole --no-stream
KEY=$bound
race bot
perform 'words=2' true
is "$STATUS $(body .error.code)" '429 project_quota_exceeded' 'it is spent'
is "$(body '.policy | "\(.decision) \(.effective_decision) \(.enforced)
    \(.reason_code)"' | tr -s ' \n' ' ')" \
    'refuse refuse true PROJECT_QUOTA_EXCEEDED ' 'as the policy says'
waits monthly 'until the month ends'
is "$(header x-should-retry)" false 'before which nobody should ask again'
DIALECT=messages perform 'words=2' true
is "$STATUS $(body '.type + " " + .error.type + " " + .policy.reason_code')" \
    '429 error rate_limit_error PROJECT_QUOTA_EXCEEDED' \
    'in the words of each surface'
perform 'words=2' false ',"policy_id":"off"'
is "$STATUS $(body .policy.enforced)" '429 true' \
    'a policy that only watches refuses it, too'
perform 'words=2' false ',"policy":{"rules":{}}'
is "$STATUS $(body .policy.policy_id)" '429 inline' 'so does one that comes along'
SURFACE='' perform 'words=2' false
is "$STATUS" 200 '/v1 knows no quota'
SURFACE='' perform 'words=2' false ',"policy":{"rules":{}}'
is "$STATUS" 200 'with or without a policy'

# Users.
by() { # by USER SCRIPT STREAM
    perform "$2" "$3" ",\"policy_project_id\":\"users\"${1:+,\"policy_user\":\"$1\"}"
}
for user in bob carl ''; do
    by "$user" 'words=2' false
    is "$STATUS" 200 "user ${user:-nobody}: a first call"
    by "$user" 'words=2' true
    is "$STATUS" 200 'a second one'
    by "$user" 'words=2' true
    is "$STATUS $(body '.error.code + " " + .policy.reason_code')" \
        '429 user_quota_exceeded USER_QUOTA_EXCEEDED' 'and no third'
done
waits daily 'until the day ends'
is "$(json '.[-1].event | "\(.reason_code) \(.project_id) \(.policy_user)"' \
    events --project users)" \
    'USER_QUOTA_EXCEEDED users null' 'which the event tells'
by eve 'status=400 message=no' false
is "$STATUS" 400 'what costs nothing'
by eve 'words=2' false
by eve 'words=2' false
is "$STATUS" 200 'is given back'
by eve 'words=2' false
is "$STATUS" 429 'once'

# Tokens.
in_project() {
    perform "$1" "$2" ",\"policy_project_id\":\"tokens\",\"max_tokens\":$3"
}
in_project 'words=20' false 20
is "$STATUS" 200 'tokens are counted'
used=$(json .used.tokens project show tokens)
is "$used" "$(json '.[-1] | .prompt_tokens + .completion_tokens' ledger $email)" \
    'as they are billed'
in_project 'words=2000 ignore_max' true 4000
is "$STATUS" 200 'a stream may begin'
in_project 'words=2' false 50
is "$STATUS $(body .error.code)" '429 project_quota_exceeded' 'then they are spent'
waits weekly 'until the week ends'

# A project without quotas has those of its policy.
put_policy $email legacy '{"org_controls":{"user_quotas":true,
    "user_quota":{"requests":1,"window":"daily"},
    "project_quota":{"requests":2,"window":"monthly"}}}'
ctl project create $email lent --policy legacy >"$T/out" </dev/null
lent() { # lent USER
    perform 'words=2' false \
        ",\"policy_project_id\":\"lent\",\"policy_user\":\"$1\""
}
lent ann
is "$STATUS" 200 'a policy may state quotas'
lent ann
is "$STATUS $(body .error.code)" '429 user_quota_exceeded' 'of each user'
lent bob
is "$STATUS" 200 'others have theirs'
lent cem
is "$STATUS $(body .error.code)" '429 project_quota_exceeded' 'and of the project'
is "$(json .used.requests project show lent)" 2 'of which the operator is told'
perform 'words=2' false ',"policy_project_id":"lent","policy":{"rules":{}}'
is "$STATUS $(body .error.code)" '429 project_quota_exceeded' \
    'also by who brings a policy without any'

# A user is the one that the header names.
ask /policy/chat/completions -H 'Content-Type: application/json' \
    -H 'X-Policy-User: bob' -H 'X-Policy-Project: users' \
    -d '{"model":"abliterated-model","policy_user":"new","messages":[
    {"role":"user","content":"hello"}]}'
is "$STATUS" 429 'the header says who it is'
is "$(json .held credits show $email)" 0 'nothing is held'
stop_turnpike
ok 'the audit finds no breach' ctl audit
