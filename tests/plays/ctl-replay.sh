# turnpikectl policy replay: recorded decisions through another policy. What
# would change is counted and named, what cannot be known is told so, and
# nothing is changed.

. "${srcdir:-.}/tests/functions.sh"
plan 16

start_turnpike --set rate.key=0
SURFACE=/policy
echo '{"rules":{"denylist":["competitor-x","competitor-y"]}}' >"$T/one.json"
ctl policy put demo@localhost demo "$T/one.json" >"$T/out"

replay() { # replay FILTER CANDIDATE
    echo "$2" >"$T/candidate.json"
    json "$1" policy replay --project demo --candidate "$T/candidate.json"
}

for i in 1 2 3; do chat hello; done
chat 'about competitor-x'
is "$STATUS" 403 'a call is refused'
chat 'about competitor-x and competitor-y'
events=$(json length events --project demo)

is "$(replay '[.replayed,.same,.changed,.unknown]' \
    '{"rules":{"denylist":["competitor-x","competitor-y"]}}')" '[5,5,0,0]' \
    'the same policy changes nothing'
is "$(replay '.changes' '{"rules":{"denylist":["competitor-y"]}}')" \
    '[{"from":"allow","to":["allow"],"count":3},{"from":"refuse","to":["allow"],"count":1},{"from":"refuse","to":["refuse"],"count":1}]' \
    'a term that goes lets its calls through'
is "$(replay '[.changed_events[].event_id]' '{"rules":{"denylist":["competitor-y"]}}')" \
    "$(json '[.[3].event.event_id]' events --project demo)" \
    'their events are named'
is "$(replay '[.changed,.not_known]' '{"rules":{"denylist":[]}}')" '[2,[]]' \
    'no terms let all through'
is "$(replay '.changes[1]' '{"config":{"rules":{"enforcement_action":"rewrite",
    "denylist":["competitor-x","competitor-y"]}}}')" \
    '{"from":"refuse","to":["rewrite"],"count":2}' 'another action is told'
is "$(replay '[.same,.changed,.unknown]' \
    '{"rules":{"denylist":["competitor-x","hello"]}}')" '[2,0,3]' \
    'what a new term would do is not known'
like "$(replay '.not_known[]' '{"rules":{"denylist":["competitor-x","hello"]}}')" \
    '^1 of rules.denylist' 'and that is told'

ctl policy put demo@localhost demo "$T/candidate.json" >"$T/out"
chat hello
is "$STATUS" 403 'the new policy is in force'
is "$(replay '[.same,.changed,.unknown,.other_events]' '{"rules":{"denylist":["hello"]}}')" \
    '[1,0,5,0]' 'each event is seen by the policy of its time'
text=$(ctl policy replay --project demo --candidate "$T/candidate.json")
like "$text" '^  refuse -> allow or refuse: 2$' 'as text, too'
ctl project create demo@localhost bare >"$T/out"
not_ok 'a project without a policy has nothing to replay' \
    ctl policy replay --project bare --candidate "$T/candidate.json"
echo '{"rules":{"denylist":"x"}}' >"$T/bad.json"
not_ok 'a candidate must be a policy' \
    ctl policy replay --project demo --candidate "$T/bad.json"
echo '{"rules":{"denylst":["x"]}}' >"$T/bad.json"
ctl policy replay --project demo --candidate "$T/bad.json" 2>"$T/err" \
    >"$T/out"
is "$(cat "$T/err")" 'turnpikectl: rules.denylst is not known: ignored' \
    'and what of it is not known is told'
is "$(json '[.[].version]' policy versions demo@localhost demo)" '[3,2,1]' \
    'nothing was put'
is "$(json length events --project demo)" "$((events + 1))" 'or told'
