# A policy that suddenly refuses too much goes off by itself, which is told in
# an event of the project, once, and outlives the workers; putting it again ends
# that, and so does time.

. "${srcdir:-.}/tests/functions.sh"
plan 20

start_turnpike --set rate.key=0
SURFACE=/policy
cat >"$T/spiky.json" <<'END'
{"rules":{"denylist":["competitor-x"]},
 "rollout":{"rollback_on_spike":true,"rollback_threshold":0.5,
            "rollback_min_requests":4,"rollback_window_minutes":15,
            "rollback_cooldown_minutes":30,"rollback_decisions":["refuse"]}}
END
ctl policy put demo@localhost demo "$T/spiky.json" >"$T/out"

revisions() { # revisions FILTER: of the project's
    json "[.[].event|select(.event_type==\"revision\")]|$1" \
        events --project demo
}

for i in 1 2; do chat hello; done
is "$STATUS" 200 'what is fine is answered'
chat 'competitor-x'
is "$STATUS" 403 'what is denied is refused'
is "$(revisions length)" 0 'a refusal of three is no spike'
chat 'competitor-x'
is "$(revisions length)" 1 'half of four is'
is "$(revisions '.[0]|[.change,.reason_code,.rollout_mode,.policy_version]')" \
    '["rollback","ROLLBACK_ON_SPIKE","rollback",2]' 'the event says so'
chat 'competitor-x'
is "$STATUS $(jq -rc '.policy|[.decision,.effective_decision,.rollout_mode]' "$T/body")" \
    '200 ["refuse","allow","rollback"]' 'from then on nothing is enforced'
chat 'competitor-x'
is "$(revisions length)" 1 'which is told once'
stop_turnpike
start_turnpike --set rate.key=0
chat 'competitor-x'
is "$STATUS $(jq -r .policy.rollout_mode "$T/body")" '200 rollback' \
    'new workers know of it'
ctl policy put demo@localhost demo "$T/spiky.json" >"$T/out"
chat 'competitor-x'
is "$STATUS" 403 'putting the policy ends that'

# Without audit there is no event, but the same rollback.
jq '.org_controls.audit_logs = false' "$T/spiky.json" >"$T/quiet.json"
ctl policy put demo@localhost demo "$T/quiet.json" >"$T/out"
events=$(json length events)
for i in 1 2; do chat hello; done
for i in 1 2; do chat 'competitor-x'; done
is "$STATUS" 403 'a policy without audit refuses, too'
chat 'competitor-x'
is "$STATUS $(jq -rc '.policy|[.decision,.effective_decision,.rollout_mode]' "$T/body")" \
    '200 ["refuse","allow","rollback"]' 'and goes off by itself as well'
is "$(json length events)" "$events" 'without an event'
is "$(grep -c '"event":"policy_rolled_back"' "$WORKER_LOG")" 1 \
    'but not without a word in the log'
ok 'the audit finds no breach' ctl audit

sed -i 's/"rollback_cooldown_minutes":30/"rollback_cooldown_minutes":0/' \
    "$T/spiky.json"
ctl policy put demo@localhost demo "$T/spiky.json" >"$T/out"
for i in 1 2 3 4; do chat 'competitor-x'; done
is "$STATUS" 403 'a fourth refusal of four is a spike again'
is "$(revisions length)" 2 'and told'
chat 'competitor-x'
is "$STATUS $(jq -r .policy.rollout_mode "$T/body")" '403 enforced' \
    'a policy that has cooled down is in force again'
jq -c '.rollout.shadow = {enabled: true, targets: ["trial"]}' \
    "$T/spiky.json" >"$T/trial.json"
ctl policy put demo@localhost demo "$T/trial.json" >"$T/out"
for i in 1 2 3 4 5; do
    ask /policy/chat/completions -H 'Content-Type: application/json' \
        -H 'X-Policy-Target: trial' --data-binary '{"model":
        "abliterated-model","messages":[{"role":"user","content":
        "competitor-x"}]}'
done
is "$STATUS $(jq -r .policy.rollout_mode "$T/body")" '200 shadow' \
    'what a shadow would refuse'
is "$(revisions length)" 2 'is no spike'
ok 'all chains are sound' ctl events verify
