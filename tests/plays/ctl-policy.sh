# turnpikectl policy put: every published form becomes the same document, what
# is wrong is told with its path and never stored, and each new version is told
# in one event, whoever else is putting meanwhile.

. "${srcdir:-.}/tests/functions.sh"
plan 29

put() { # put ID JSON: puts it
    echo "$2" | ctl --json policy put ann@example.org "$1" - 2>"$T/err"
}

document() { # document ID: the newest document, without its own name
    json '.document|del(.policy_id)' policy get ann@example.org "$1"
}

refused() { # refused JSON TEXT WHAT: it is refused, and TEXT says why
    put bad "$1" >"$T/out" && echo stored >"$T/out"
    like "$(cat "$T/out" "$T/err")" "$2" "$3"
}

ctl init >/dev/null
ctl account add ann@example.org --plan policy >/dev/null

put older '{"policy_id":"older","rules":{"denylist":["competitor-x"],
    "response_pattern":"refuse","redact":true},
    "rollout":{"shadow":{"enabled":true,"sample_percent":100}}}' >"$T/out"
put newer '{"config":{"rules":{"denylist":["competitor-x"],
    "enforcement_action":"block","redact_pii":true},
    "deployment":{"enabled":false}}}' >"$T/out"
put inline '{"rules":{"denylist":["competitor-x"],"redact_pii":true},
    "rollout":{"shadow":{"enabled":true}}}' >"$T/out"
put wrapped '{"config":{"policy_id":"wrapped","rules":{"denylist":
    ["competitor-x"],"redact":true},"rollout":{"shadow":{"enabled":true}}}}' \
    >"$T/out"
is "$(document newer)" "$(document older)" 'the newer form is kept as the older'
is "$(document inline)" "$(document older)" 'and so is the inline form'
is "$(document wrapped)" "$(document older)" 'and one that is wrapped in config'
is "$(json .document.policy_id policy get ann@example.org newer)" newer \
    'it calls itself what it is kept under'
is "$(put newer '{"rules":{"redact":true,"denylist":["competitor-x"]},
    "config":null,"rollout":{"shadow":{"enabled":true}}}' | jq .changed)" false \
    'other words for the same are no new version'
ctl policy get ann@example.org newer --json | jq .document >"$T/again.json"
is "$(json .changed policy put ann@example.org newer "$T/again.json")" false \
    'and neither is what policy get prints'

refused '{"rules":{"denylist":[7]}}' 'rules\.denylist' 'a fault has its path'
refused '{"config":{"rules":{"enforcement_action":"explode"}}}' \
    'config\.rules\.enforcement_action' 'below config, too'
refused '{"config":{"name":"a","rollout":{"rollback_threshold":2}}}' \
    'config\.rollout\.rollback_threshold' 'and in a wrapped policy'
refused '{"policy_id":"else"}' 'policy_id must be bad' \
    'it may not call itself something else'
refused '{"rules":{"denylist":["a","\u200b"]}}' 'rules\.denylist\[1\]' \
    'a term of nothing cannot be looked for'
refused '{"rules":{},"rules":{}}' 'key occurs twice' 'JSON is strict'
jq -cn '{rules:{denylist:[range(10001)|"term number \(.)"]}}' >"$T/many.json"
not_ok 'ten thousand and one terms are too many' \
    ctl policy put ann@example.org bad "$T/many.json"
not_ok 'nothing of that was stored' ctl policy get ann@example.org bad
jq -c '.rules.denylist|=.[1:]|{rules:.rules}' "$T/many.json" >"$T/most.json"
is "$(json .version policy put ann@example.org bad "$T/most.json")" 1 \
    'ten thousand are not'
is "$(json '.document.rules.denylist|length' policy get ann@example.org bad)" \
    10000 'and all are there'

# What is not known is taken, but it is told that it says nothing.
put odd '{"name":"Odd","owmer":"secret-1","rules":{"denylst":["secret-2"],
    "denylist":["x"]},"rollout":{"shadow":{"enabld":true}},
    "rule":{"denylist":["secret-3"]},"denylist":["secret-4"]}' >"$T/out"
is "$(cat "$T/err")" 'turnpikectl: owmer is not known: ignored
turnpikectl: rules.denylst is not known: ignored
turnpikectl: rollout.shadow.enabld is not known: ignored
turnpikectl: rule is not known: ignored
turnpikectl: denylist is not known: ignored' \
    'each member that is not known is told with its path, and no value is'
is "$(jq .version "$T/out")" 1 'the rest is stored'
put odd '{"config":{"rules":{"denyList":["x"]}}}' >"$T/out"
is "$(cat "$T/err")" \
    'turnpikectl: config.rules.denyList is not known: ignored' 'below config, too'
put odd '{"rules":{"denylist":["x"]},"config":{"name":"Odd"}}' >"$T/out"
is "$(cat "$T/err")" 'turnpikectl: rules is not known: ignored' \
    'and what stands beside a policy that is wrapped'
put odd '{"rules":{"\u0434enylist":["x"],"\u001b[2J":1}}' >"$T/out"
is "$(cat "$T/err")" 'turnpikectl: rules["\u0434enylist"] is not known: ignored
turnpikectl: rules["\u001b[2J"] is not known: ignored' \
    'one that only looks like it is told apart, and no terminal obeys it'
ctl --json policy get ann@example.org odd >"$T/again.json"
ctl policy put ann@example.org odd "$T/again.json" 2>"$T/err" >"$T/out"
like "$(cat "$T/err")" 'document is not known' \
    'a whole answer of policy get is no policy, which is told'
put odd '{"rules":{"denylist":null,"redact":null},"config":null,"rollout":{}}' \
    >"$T/out"
is "$(cat "$T/err")" '' 'what is known is not told, even when it is null'

# Several at once: each version has its event, with its number.
for i in 1 2 3 4 5 6; do
    put race "{\"rules\":{\"denylist\":[\"term $i\"]}}" >"$T/race.$i" &
done
wait
is "$(cat "$T"/race.? | jq -s -c '[.[].version]|sort')" '[1,2,3,4,5,6]' \
    'putting at once gives each a version'
is "$(json '[.[].event|select(.policy_id=="race")|.policy_version]' events)" \
    '[1,2,3,4,5,6]' 'and each version its event, in order'

# Without audit there is one last event: that there will be no more.
put quiet '{"rules":{}}' >"$T/out"
put quiet '{"org_controls":{"audit_logs":false}}' >"$T/out"
put quiet '{"description":"more","org_controls":{"audit_logs":false}}' \
    >"$T/out"
is "$(json '[.[].event|select(.policy_id=="quiet")|.policy_version]' events)" \
    '[1,2]' 'a policy without audit tells no more events'
is "$(json '[.[].event|select(.policy_id=="older")|
    .event_type,.source,.change,.decision,.project_id]' events)" \
    '["revision","policy_gateway","create",null,null]' \
    'a revision has the members of every event'
is "$(json '[.[].event.event_id]|map(test("^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$"))|unique' events)" \
    '[true]' 'and an id like every event'
is "$(json .breaches events verify)" 0 'the chain is sound'
