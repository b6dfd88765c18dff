# A policy that refuses too much goes off in all workers at once, which the
# operator sees, until a new version of it is there; what a quota refuses does
# not count.

. "${srcdir:-.}/tests/functions.sh"
plan 10

start_upstream
start_turnpike --workers 2 --upstream "chat@$UPSTREAM" --set rate.key=0

SURFACE=/policy
email=ann@example.org
spiking='{"rules":{"denylist":["of evil"]},"rollout":{"rollback_on_spike":true,
    "rollback_threshold":0.5,"rollback_min_requests":6,
    "rollback_window_minutes":5,"rollback_cooldown_minutes":30,
    "rollback_decisions":["refuse"]}}'
governed $email spike "$spiking"

# ends TIMES TEXT [FILTER]: how so many calls end in which a user says that.
ends() {
    local i
    for ((i = 0; i < $1; i++)); do
        user_says "$2" false "${3:-.}"
        echo "$STATUS $(body '.policy | "\(.decision) \(.effective_decision)" +
            " \(.enforced) \(.rollout_mode)"')"
    done | sort | uniq -c | sed 's/^ *//' | tr '\n' ';'
}

is "$(ends 3 'this is good')" '3 200 allow allow true enforced;' \
    'a policy is in force'
is "$(ends 3 'this is of evil')" '3 403 refuse refuse true enforced;' \
    'it refuses until half of all are refused'
is "$(ends 12 'this is of evil')" '12 200 refuse allow false rollback;' \
    'then it is off in all workers, and tells what it would have done'
is "$(json '[.[].event | select(.change == "rollback")] | map(.policy_id +
    " " + .reason_code + " " + .event_type) | tostring' events)" \
    '["spike ROLLBACK_ON_SPIKE revision"]' 'which is an event'
is "$(json '.[] | select(.id == "spike") | .rolled_back_until != null' \
    policy list $email)" true 'the operator sees it'
put_policy $email spike "$spiking"
is "$(ends 1 'this is of evil')" '1 403 refuse refuse true enforced;' \
    'who puts it again has it in force again'
ctl project set spike --user-quota requests=1 >"$T/out" </dev/null
is "$(ends 9 'this is good' '.policy_user = "bob"')" \
    '1 200 allow allow true enforced;8 429 refuse refuse true enforced;' \
    'a quota that is spent refuses'
is "$(ends 1 'this is of evil')" '1 403 refuse refuse true enforced;' \
    'and does not count as a spike'
is "$(json .held credits show $email)" 0 'nothing is held'
stop_turnpike
ok 'the audit finds no breach' ctl audit
