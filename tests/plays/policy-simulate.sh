# A dry run says what a policy would decide, of all shapes of a conversation;
# nothing is asked of a model, held, charged or counted, and one event of its own
# kind is left.

. "${srcdir:-.}/tests/functions.sh"
plan 27

start_upstream
start_turnpike --upstream "chat@$UPSTREAM" --set rate.key=0

email=ann@example.org
governed $email bot '{"rules":{"denylist":["competitor-x"],
    "redact_pii":true},"classification":"internal"}'

simulate() {
    ask /policy/simulate -H 'Content-Type: application/json' -d "$1"
}

of() {
    jq -r "$1" "$T/body"
}

before=$(ctl --json credits show $email | jq -c .)
for asked in '"messages":[{"role":"user","content":"about competitor-x"}]' \
    '"input":"about competitor-x"' '"prompt":"about competitor-x"'; do
    simulate "{$asked}"
    is "$STATUS" 200 "a dry run of ${asked%%:*}"
    is "$(of .decision)" refuse 'it would be refused'
    is "$(of '.denylist_hits[0]')" competitor-x 'for that term'
done
simulate '{"prompt":"write to joe@example.com","policy_target":"bot-7"}'
is "$(of .decision)" allow 'what breaks no rule would be allowed'
is "$(of .policy_target)" bot-7 'under its label'
is "$(of '.redacted_spans[0]')" email 'with what is of persons named'
like "$(of '.redacted_messages|tostring')" 'REDACTED_EMAIL' 'and taken out'
is "$(of .audit_tags.data_classification)" internal 'and its class told'
simulate '{"policy":{"rules":{"denylist":["joe"]}},"prompt":"joe"}'
is "$(of .policy_id)" inline 'a policy may come along'
is "$(of .decision)" refuse 'and is the one that judges'
ask /policy/v1/simulate -H 'Content-Type: application/json' \
    -d '{"config":{"rules":{"denylist":["joe"]}},"prompt":"joe"}'
is "$(of .decision)" refuse 'also by its other name, at the other path'

hated='I hate those people, kill all of them, they are vermin'
minding='{"rules":{"flagged_categories":["hate"]},"rollout":{"shadow":
    {"enabled":true,"targets":["responses"]}}}'
simulate "{\"policy\":$minding,\"prompt\":\"$hated\"}"
is "$(of '.decision + " " + .triggered_categories[0]')" 'refuse hate' \
    'what a classifier finds counts'
simulate "{\"policy\":$minding,\"input\":\"$hated\"}"
is "$(of '.decision + " " + .rollout_mode + " " + .policy_target')" \
    'allow shadow responses' 'as far as it would on that surface'

simulate '{"policy_id":"nobody","prompt":"x"}'
is "$STATUS $(of .error.code)" '400 policy_not_found' 'an unknown policy'
simulate '{"policy":{"rules":{"denylist":"x"}},"prompt":"x"}'
is "$STATUS $(of .error.param)" '400 policy.rules.denylist' \
    'a policy that is none, with the place of the fault'
simulate '{"policy":{}}'
is "$STATUS $(of .error.param)" '400 messages' 'no conversation'
simulate '{"prompt":"x"'
is "$STATUS $(of .error.code)" '400 invalid_request' 'no JSON'
KEY=ak_wrong simulate '{"prompt":"x"}'
is "$STATUS" 401 'no key'

is "$(ctl --json credits show $email | jq -c .)" "$before" 'nothing was charged'
is "$(ctl --json events --project bot | jq -r '.[].event.event_type' |
    sort | uniq -c | xargs)" '8 simulation' 'each dry run left one event'
like "$(ctl audit)" 'breaches: *0' 'the books agree'
stop_turnpike
