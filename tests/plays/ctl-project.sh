# turnpikectl project: what is created, shown, changed and refused, and that a
# dump has all of it.

. "${srcdir:-.}/tests/functions.sh"
plan 17

ctl init >/dev/null
ctl account add ann@example.org --plan policy --credits 1000 >/dev/null
ctl account add bob@example.org --plan policy >/dev/null

echo '{"rules":{"denylist":["competitor-x"]}}' >"$T/one.json"
ctl policy put ann@example.org rules "$T/one.json" >"$T/out"

is "$(json '[.id,.status,.policy_id,.budget.requests,.budget.window]' \
    project create ann@example.org bot --label 'Support bot' --policy rules \
    --budget requests=20,tokens=3000,window=weekly)" \
    '["bot","active","rules",20,"weekly"]' 'project create prints the project'
is "$(json '[.label,.used.requests,.user_quota.requests]' project show bot)" \
    '["Support bot",0,0]' 'project show, too'
is "$(json '[.status,.budget.requests,.user_quota.window]' project set bot \
    --status disabled --user-quota requests=5,window=monthly)" \
    '["disabled",20,"monthly"]' 'project set changes what is named'
echo '{"enabled":true}' >"$T/tools.json"
is "$(json .web_tools.enabled project set bot --web-tools "$T/tools.json" \
    --status active)" true 'web tools are kept'
is "$(json '[.[].id]' project list)" '["bot"]' 'project list has it'
not_ok 'an id is taken once' ctl project create bob@example.org bot
not_ok 'a policy of another account is no policy' \
    ctl project create bob@example.org other --policy rules
not_ok 'a budget that makes no sense is refused' \
    ctl project set bot --budget requests=many
not_ok 'and so is an id with odd characters' \
    ctl project create ann@example.org 'a b'

is "$(json . events --project bot)" '[]' 'none of that is an event of the project'
is "$(json .breaches audit)" 0 'the audit finds no breach'
ctl dump >"$T/dump"
new_state copy
ok 'a dump of all that can be loaded' other copy load <"$T/dump"
is "$(other copy --json project show bot)" \
    "$(ctl --json project show bot)" 'and gives the same project'

# What would be no limit is not taken for one, nor is what was said twice.
not_ok 'a budget of nothing is refused' ctl project set bot --budget requests=0
not_ok 'so is one said twice' ctl project set bot --budget tokens=9,tokens=8
is "$(json .error.message project set bot --policy none-such)" \
    'there is no such policy of its account' 'a policy that is missing is named'
is "$(json .error.message project set bott --policy none)" \
    'there is no such project' 'so is a project'
