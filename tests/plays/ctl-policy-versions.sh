# turnpikectl policy: versions are kept, shown, listed and rolled back, each
# account's own, and each is told in an event.

. "${srcdir:-.}/tests/functions.sh"
plan 15

ctl init >/dev/null
ctl account add ann@example.org --plan policy >/dev/null
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
is "$(json '[.[].event|[.event_type,.change,.policy_version]]' events)" \
    '[["revision","create",1],["revision","update",2],["revision","restore",3]]' \
    'events tell what became of the policy'
is "$(json '[.chains,.events,.breaches]' events verify)" '[2,3,0]' \
    'all chains are sound'
is "$(json .breaches audit)" 0 'and so says the audit'
