# turnpikectl demo: at the first start the demo key belongs to the project demo
# with an allow-all policy; a state from before there were projects stays as it
# is; what was interrupted is completed.

. "${srcdir:-.}/tests/functions.sh"
plan 17

key=$(ctl demo)
is "$(json '.[0].project_id' key list demo@localhost)" demo \
    'the demo key belongs to the project demo'
is "$(json '[.id,.status,.policy_id,.budget.requests]' project show demo)" \
    '["demo","active","demo",0]' 'which is active, without limits'
is "$(json '.document.rules|[.allowlist,.denylist,.flagged_categories,.redact]' \
    policy get demo@localhost demo)" '[[],[],[],false]' \
    'and whose policy allows everything'
is "$(json '.document.rollout|[.shadow.enabled,.canary.enabled]' \
    policy get demo@localhost demo)" '[false,false]' 'in force for everybody'
is "$(ctl demo)" "$key" 'a later start prints the same key'
is "$(json '[.[].version]' policy versions demo@localhost demo)" '[1]' \
    'and makes no second policy'

echo '{"rules":{"denylist":["gone"]}}' >"$T/own.json"
ctl policy put demo@localhost demo "$T/own.json" >/dev/null
ctl project set demo --status disabled >/dev/null
rm "$T/state/demo.key"
other=$(ctl demo)
like "$other" '^ak_' 'without its file there is another key'
is "$(json '[.[].project_id]|unique' key list demo@localhost)" '["demo"]' \
    'of the same project'
is "$(json '.document.rules.denylist' policy get demo@localhost demo)" \
    '["gone"]' 'which keeps the policy that somebody gave it'
is "$(json .status project show demo)" disabled 'and its status'

# A state that was made before there were projects.
old() { ctl --state "$T/old" "$@"; }
old init >/dev/null
old account add demo@localhost --plan policy --credits 1000000 >/dev/null
before=$(old --json key create demo@localhost | jq -r .key)
(umask 077 && echo "$before" >"$T/old/demo.key")
is "$(old demo)" "$before" 'an older state prints the key that it had'
is "$(old --json key list demo@localhost | jq -c '[.[].project_id]')" '[null]' \
    'which belongs to no project, as before'
is "$(old --json project list)" '[]' 'and no project is made'

# Interrupted when all but the key was there; and where somebody else has the
# name of the project.
cut() { ctl --state "$T/cut" "$@"; }
cut init >/dev/null
cut account add demo@localhost --plan policy >/dev/null
cut policy put demo@localhost demo "$T/own.json" >/dev/null
ok 'what was begun is completed' cut demo
is "$(cut --json project show demo | jq -r .policy_id)" demo \
    'with what was missing'
else_() { ctl --state "$T/else" "$@"; }
else_ init >/dev/null
else_ account add bob@example.org >/dev/null
else_ project create bob@example.org demo >/dev/null
ok 'another account may have taken the name' else_ demo
is "$(else_ --json key list demo@localhost | jq -c '[.[].project_id]')" \
    '[null]' 'the key then belongs to no project'
