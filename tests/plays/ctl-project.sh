# turnpikectl project, policy and events: what each prints with --json.

. "${srcdir:-.}/tests/functions.sh"
plan 27

ctl init >/dev/null
ctl account add ann@example.org --plan policy --credits 1000 >/dev/null
ctl account add bob@example.org --plan policy >/dev/null

echo '{"rules":{"denylist":["competitor-x"]}}' >"$T/one.json"
echo '{"rules":{"denylist":[]}}' >"$T/two.json"
is "$(json '[.id,.version,.changed]' policy put ann@example.org rules "$T/one.json")" \
    '["rules",1,true]' 'policy put adds a version'
is "$(json '[.version,.changed]' policy put ann@example.org rules "$T/one.json")" \
    '[1,false]' 'the same words are no new one'
is "$(json .version policy put ann@example.org rules "$T/two.json")" 2 \
    'other words are'
is "$(json .document.rules.denylist policy get ann@example.org rules)" '[]' \
    'policy get shows the newest'
is "$(json .document.rules.denylist policy get ann@example.org rules --revision 1)" \
    '["competitor-x"]' 'or another'
is "$(json .version policy rollback ann@example.org rules --revision 1)" 3 \
    'policy rollback is a new version'
is "$(json .document.rules.denylist policy get ann@example.org rules)" \
    '["competitor-x"]' 'of old words'
is "$(json '[.[].version]' policy versions ann@example.org rules)" '[3,2,1]' \
    'all versions are listed'
is "$(json '[.[].id]' policy list ann@example.org)" '["rules"]' \
    'policy list has it'
is "$(json length policy list bob@example.org)" 0 'for its account only'
not_ok 'what is no JSON is refused' \
    ctl policy put ann@example.org rules /dev/null
not_ok 'and so is a version that is not there' \
    ctl policy get ann@example.org rules --revision 9

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

is "$(json '[.[].event|[.event_type,.change,.policy_version]]' events)" \
    '[["revision","create",1],["revision","update",2],["revision","restore",3]]' \
    'events tell what became of the policy'
is "$(json . events --project bot)" '[]' 'none of them is the project'"'"'s'
is "$(json '[.chains,.events,.breaches]' events verify)" '[3,3,0]' \
    'all chains are sound'
is "$(json .breaches audit)" 0 'and so says the audit'
ctl dump >"$T/dump" && ctl --state "$T/other" init >/dev/null &&
    rm -rf "$T/other/store" && cp -r "$T/state/secret" "$T/other/"
ok 'a dump of all that can be loaded' \
    ctl --state "$T/other" load <"$T/dump"
is "$(ctl --state "$T/other" --json project show bot)" \
    "$(ctl --json project show bot)" 'and gives the same project'
