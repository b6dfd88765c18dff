# A billed call of the governed surface has one event, also when its worker is
# killed: then one without a decision; and what needs none has none.

. "${srcdir:-.}/tests/functions.sh"
plan 17

start_upstream
start_turnpike --upstream "chat@$UPSTREAM" --set rate.key=0 \
    --set price.tokens_per_credit=1

govern() { # govern FILE SCRIPT: such a call of the demo project, behind us
    SURFACE=/policy perform_to "$1" "$2" true \
        ',"policy_target":"a label","policy_user":"ann"'
}

enforced() { # enforced FILTER: of the events of calls
    json "[.[].event|select(.event_type==\"enforcement\")]|$1" \
        events --project demo
}

begun() { # begun N: so many holds were begun to be answered
    [ "$(ctl dump | jq -c 'select(.kind=="hold" and .accepted)' | wc -l)" \
        -eq "$1" ]
}

billed() { # billed N: so many calls are in the ledger
    [ "$(json '[.[]|select(.type!="grant")]|length' ledger demo@localhost)" \
        -eq "$1" ]
}

kill_workers() {
    # shellcheck disable=SC2046
    kill -9 $(workers policy)
}

govern "$T/whole" 'words=3'
wait "$CLIENT"
ok 'a call is billed' until_true billed 1
is "$(enforced length)" 1 'and has an event'
is "$(enforced '.[0]|[.decision,.policy_target,.policy_user,.policy_version]')" \
    '["allow","a label","ann",1]' 'that tells the decision and the version'

govern "$T/cut" 'words=1000 text=abcd gap=5 barrier=cut@5'
ok 'another is under way' until_true upstream_has '.waiting == 1'
ok 'and known to be answered' until_true begun 1
kill_workers
wait "$CLIENT"
release cut >/dev/null
ok 'the reaper bills it' until_true billed 2
is "$(json '.[-1].type' ledger demo@localhost)" expire 'as one that was left'
is "$(enforced length)" 2 'and tells of it'
is "$(enforced '.[1]|[.decision,.effective_decision,.enforced,.reason_code]')" \
    '[null,null,null,"WORKER_LOST"]' 'without a decision'
is "$(enforced '.[1]|[.policy_id,.policy_version,.policy_target,.project_id]')" \
    '["demo",1,"a label","demo"]' 'but with what governed it'
is "$(json '.[-1].policy_target' events --project demo)" 'a label' \
    'under its label'

echo '{"org_controls":{"audit_logs":false}}' >"$T/quiet.json"
ctl policy put demo@localhost demo "$T/quiet.json" >"$T/out"
govern "$T/quiet" 'words=1000 text=abcd gap=5 barrier=quiet@5'
ok 'a call without audit is under way' until_true upstream_has '.waiting == 1'
ok 'and known to be answered' until_true begun 1
kill_workers
wait "$CLIENT"
release quiet >/dev/null
ok 'it is billed, too' until_true billed 3
is "$(enforced length)" 2 'but not told of'

stop_turnpike
ok 'the audit finds no breach' ctl audit
ok 'and neither does that of the events' ctl events verify
