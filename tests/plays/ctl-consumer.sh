# turnpikectl events --consumer: each event once printed is never shown to the
# same consumer again, and what could not be printed is; consumers can be listed
# and dropped.

. "${srcdir:-.}/tests/functions.sh"
plan 24

start_turnpike --set rate.key=0 --set free.enabled=off

govern() { # a call of the demo project
    ask /policy/chat/completions -H 'Content-Type: application/json' \
        --data-binary \
        '{"model":"abliterated-model","messages":[{"role":"user","content":"hi"}]}'
}

had() { # had NAME ARGS...: the numbers of what it has not had
    json '[.[].seq]' events --consumer "$@"
}

govern
govern
is "$STATUS" 200 'calls are answered'

# ---- what is new ----

is "$(had siem)" '[1,2,1]' 'a new consumer is shown all, of project and account'
is "$(had siem)" '[]' 'and nothing twice'
govern
is "$(had siem)" '[3]' 'what is new comes next'
is "$(had shop --project demo)" '[1,2,3]' 'another one is shown it, too'
is "$(had shop --project demo)" '[]' 'and remembered'
is "$(had shop)" '[1]' 'for that project only'

# ---- what could not be printed ----

govern
not_ok 'a full disk is told' eval 'ctl events --consumer siem >/dev/full'
is "$(had siem)" '[4]' 'what it did not take is shown again'
ctl events --follow --consumer shop >/dev/full 2>/dev/null &
FOLLOWER=$!
on_exit 'kill $FOLLOWER 2>/dev/null'
ok 'who follows and cannot write ends' until_true is_gone "$FOLLOWER"
wait "$FOLLOWER"
is $? 1 'in failure'
is "$(had shop)" '[4]' 'and has had nothing'

# ---- as they come ----

ctl --json events --follow --consumer siem >"$T/followed" &
FOLLOWER=$!
govern
followed() { [ "$(wc -l <"$T/followed")" -eq "$1" ]; }
ok 'following is for consumers, too' until_true followed 1
caught_up() { [ "$(json '[.[]|select(.consumer=="siem").behind]|add' consumer list)" = 0 ]; }
ok 'what was printed they have' until_true caught_up
kill "$FOLLOWER"
wait "$FOLLOWER"
is "$(jq -c .seq "$T/followed"):$(had siem)" '5:[]' 'and nothing else'

# ---- who they are ----

is "$(json '[.[]|[.consumer,.project_id,.seq,.behind]]' consumer list)" \
    '[["shop","demo",4,1],["siem","demo",5,0],["shop",null,1,0],["siem",null,1,0]]' \
    'consumers are listed with what waits for them'
is "$(json '[.[].consumer]' consumer list --project demo)" '["shop","siem"]' \
    'those of a project'
is "$(json .dropped consumer drop shop)" 2 'one is dropped'
is "$(json '[.[].consumer]|unique' consumer list)" '["siem"]' 'it alone'
not_ok 'once' ctl consumer drop shop
is "$(had shop --project demo)" '[1,2,3,4,5]' 'it may begin again'

# ---- what makes no sense ----

not_ok 'a consumer has all of them' ctl events --consumer siem --since -1h
not_ok 'in their order' ctl events --consumer siem --history
not_ok 'and a name' ctl events --consumer 'si em'
