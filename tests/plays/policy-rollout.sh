# Policies on trial: a user stays in the arm of a canary, also when workers start
# anew; a policy that refuses too much goes off in all workers at once, until a
# new version of it is there; and a worker that is killed in a governed stream
# leaves one bill and one event.

. "${srcdir:-.}/tests/functions.sh"
plan 32

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

# A spike.
spiking='{"rules":{"denylist":["of evil"]},"rollout":{"rollback_on_spike":true,
    "rollback_threshold":0.5,"rollback_min_requests":6,
    "rollback_window_minutes":5,"rollback_cooldown_minutes":30,
    "rollback_decisions":["refuse"]}}'
ctl project create $email spike >"$T/out" </dev/null
put_policy $email spike "$spiking"
ctl project set spike --policy spike >"$T/out" </dev/null
KEY=$(json .key key create $email --project spike)
modes() { # modes TIMES TEXT: how calls ended that say this
    local i
    for ((i = 0; i < $1; i++)); do
        perform "words=2 text=$2" false
        echo "$STATUS $(body .policy.rollout_mode)"
    done | sort | uniq -c | sed 's/^ *//' | tr '\n' ';'
}
is "$(modes 3 good)" '3 200 enforced;' 'a policy is in force'
evil() { # evil TIMES: the same of calls that are denied
    local i
    for ((i = 0; i < $1; i++)); do
        ask /policy/chat/completions -H 'Content-Type: application/json' \
            -d '{"model":"abliterated-model","messages":[{"role":"user",
            "content":"this is of evil"}]}'
        echo "$STATUS $(body .policy.rollout_mode)"
    done | sort | uniq -c | sed 's/^ *//' | tr '\n' ';'
}
is "$(evil 3)" '3 403 enforced;' 'it refuses until half of all are refused'
is "$(evil 12)" '12 200 rollback;' 'then it is off in all workers'
is "$(body '.policy | "\(.decision) \(.effective_decision) \(.enforced)"')" \
    'refuse allow false' 'and tells what it would have done'
is "$(json '[.[].event | select(.change == "rollback")] | map(.policy_id +
    " " + .reason_code + " " + .event_type) | tostring' events)" \
    '["spike ROLLBACK_ON_SPIKE revision"]' 'which is an event'
is "$(json '.[] | select(.id == "spike") | .rolled_back_until != null' \
    policy list $email)" true 'the operator sees it'
put_policy $email spike "$spiking"
is "$(evil 1)" '1 403 enforced;' 'who puts it again has it in force again'
ctl project set spike --user-quota requests=1 >"$T/out" </dev/null
is "$(for ((i = 0; i < 9; i++)); do by bob; done | sort | uniq -c |
    sed 's/^ *//' | tr '\n' ';')" \
    '1 200 allow allow true enforced ;8 429 refuse refuse true enforced ;' \
    'a quota that is spent refuses'
is "$(evil 1)" '1 403 enforced;' 'and does not count as a spike'
stop_turnpike

# A killed worker.
calls=0
billed() { # billed EMAIL: whether the calls so far are
    [ "$(json '[.[] | select(.type == "expire")] | length' ledger "$1")" = \
        "$calls" ]
}
start_turnpike --workers 1 --upstream "chat+messages+responses@$UPSTREAM" \
    --set rate.key=0 --set price.tokens_per_credit=1
governed bob@example.org killed '{"rules":{"denylist":["never"]}}'
for DIALECT in chat messages responses; do
    perform_to "$T/stream" "words=400 text=ab barrier=$DIALECT@251" true
    ok "$DIALECT: a governed stream" until_true upstream_has '.waiting == 1'
    calls=$((calls + 1))
    kill -9 "$(workers policy)"
    wait "$CLIENT"
    ok 'whose worker is killed' until_true upstream_has '.streams == 0'
    ok 'is settled by another one' until_true billed bob@example.org
done
is "$(json '[.[1:][] | .type + " " + (.amount < 0 | tostring)] | tostring' \
    ledger bob@example.org)" '["expire true","expire true","expire true"]' \
    'each is billed once'
is "$(json '[.[].event | select(.event_type == "enforcement")] | length' \
    events --project killed)" 3 'and has one event'
is "$(json .held credits show bob@example.org)" 0 'nothing is held'
ok 'the audit finds no breach' ctl audit
