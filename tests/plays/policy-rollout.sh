# Policies on trial: a user stays in the arm of a canary, also when workers start
# anew; a shadow is over its targets and its sample only, and tells what it would
# have done.

. "${srcdir:-.}/tests/functions.sh"
plan 12

start_upstream
start_turnpike --workers 2 --upstream "chat+messages+responses@$UPSTREAM" \
    --set rate.key=0 --set price.tokens_per_credit=1

SURFACE=/policy
email=ann@example.org
governed $email bot '{"rules":{"denylist":["script"]},
    "rollout":{"canary":{"enabled":true,"sample_percent":50}}}'

by() { # by USER: what becomes of a call of that user
    perform 'words=2' false ",\"policy_user\":\"$1\""
    echo "$STATUS $(body '.policy | "\(.decision) \(.effective_decision)
        \(.enforced) \(.rollout_mode)"' | tr -s ' \n' ' ')"
}
users() {
    local i
    for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
        by "user_$i"
    done
}
users >"$T/first"
is "$(sort -u "$T/first" | tr '\n' ';')" \
    '200 refuse allow false canary ;403 refuse refuse true canary ;' \
    'some are in the canary and some are not'
users >"$T/again"
ok 'who is in stays in' cmp "$T/first" "$T/again"
stop_turnpike
start_turnpike --workers 2 --upstream "chat+messages+responses@$UPSTREAM" \
    --set rate.key=0 --set price.tokens_per_credit=1
KEY=$(json .key key create $email --project bot)
users >"$T/again"
ok 'also after a restart' cmp "$T/first" "$T/again"
put_policy $email bot '{"rules":{"denylist":["script"]},
    "rollout":{"canary":{"enabled":true,"sample_percent":90}}}'
users >"$T/again"
is "$(paste -d' ' "$T/first" "$T/again" | grep -c '^403.* 200')" 0 \
    'and while the sample grows'
put_policy $email bot '{"config":{"rules":{"denylist":["script"]},
    "deployment":{"enabled":true,"percentage":0}}}'
is "$(users | sort -u)" '200 refuse allow false canary ' 'nobody is in none'

# Targets.
put_policy $email bot '{"rules":{"denylist":["script"]},"rollout":{"shadow":
    {"enabled":true,"sample_percent":100,"targets":["trial"]}}}'
perform 'words=2' false ',"policy_target":"trial"'
is "$STATUS $(body '.policy | .rollout_mode + " " + .policy_target')" \
    '200 shadow trial' 'a shadow over one target'
is "$(body '.policy | "\(.decision) \(.effective_decision) \(.enforced)"')" \
    'refuse allow false' 'tells what it would have done'
perform 'words=2' false ',"policy_target":"else"'
is "$STATUS $(body .policy.rollout_mode)" '403 enforced' 'does not reach others'
put_policy $email bot '{"rules":{"denylist":["script"]},"rollout":{"shadow":
    {"enabled":true,"sample_percent":0}}}'
events=$(json length events)
perform 'words=2' false
is "$STATUS $(body '.policy | "\(.decision) \(.rollout_mode)"')" \
    '200 allow shadow' 'what is not in the sample is not looked at'
is "$(json length events)" "$events" 'and has no event'

is "$(json .held credits show $email)" 0 'nothing is held'
stop_turnpike
ok 'the audit finds no breach' ctl audit
