# turnpikectl events: whose, for which target, since when, as they come, and the
# newest only, of which the environment says how many; all are kept.

. "${srcdir:-.}/tests/functions.sh"
plan 24

start_turnpike --set rate.key=0 --set free.enabled=off

govern() { # govern TARGET: a call of the demo project for it
    ask /policy/chat/completions -H 'Content-Type: application/json' \
        -H "X-Policy-Target: $1" --data-binary \
        '{"model":"abliterated-model","messages":[{"role":"user","content":"hi"}]}'
}

for i in 1 2 3; do
    govern red
    govern blue
done
is "$STATUS" 200 'calls are answered'

is "$(json '[.[].seq]' events --project demo)" '[1,2,3,4,5,6]' \
    'events of a project are numbered'
is "$(json '[.[].policy_target]' events --project demo --target red)" \
    '["red","red","red"]' 'those of a target'
is "$(json '[.[].event.policy_target]|unique' events --target blue)" \
    '["blue"]' 'of all projects'
is "$(json length events --target green)" 0 'of a target that nobody has'
is "$(json '[.[].event.event_type]|unique' events)" \
    '["enforcement","revision"]' 'accounts have events, too'
is "$(json '.[0]|keys' events --project demo)" \
    '["created_at","event","policy_target","project_id","seq"]' \
    'an event is shown with where it stands'
is "$(json length events --since -1h)" 7 'what is young enough is shown'
is "$(json length events --since +1h)" 0 'and nothing else'
not_ok 'a project must exist' ctl events --project else
not_ok 'a time looks like one' ctl events --since yesterday
text=$(ctl events --project demo --target red)
like "$text" '^created_at +project_id +seq +policy_target +event$' \
    'as text it is a table'
is "$(grep -c 'Z demo  *[0-9]  *red .*"decision":"allow"' <<<"$text")" 3 \
    'of a line for each event'

# ---- the newest ----

is "$(json '[.[].seq]' events --history --project demo)" '[6,5,4,3,2,1]' \
    'a history begins with the newest'
limited() { # limited N ARGS...: the same with the environment's limit
    POLICY_HISTORY_LIMIT=$1 ctl --json "${@:2}" 2>"$T/err" | jq -rc '[.[].seq]'
}
is "$(limited 2 events --history --project demo)" '[6,5]' \
    'the environment says how long it is'
is "$(limited 2 events --history --target red)" '[5,3]' \
    'the newest of a target'
is "$(limited 2 events --project demo)" '[1,2,3,4,5,6]' \
    'the others are there all the same'
is "$(json '[.[].seq]' --set events.history=3 events --history --project demo)" \
    '[6,5,4]' 'so does the configuration'
is "$(limited 2 --set events.history=3 events --history --project demo)" \
    '[6,5,4]' 'the command line goes before both'
POLICY_HISTORY_LIMIT=many not_ok 'a limit is a number' ctl events --history
not_ok 'a history has an end' ctl events --history --follow

# ---- as they come ----

ctl --json events --follow --project demo --target red >"$T/followed" &
FOLLOWER=$!
on_exit 'kill $FOLLOWER 2>/dev/null'
followed() { [ "$(wc -l <"$T/followed")" -eq "$1" ]; }
ok 'following begins with what is there' until_true followed 3
govern blue
govern red
ok 'and goes on with what comes' until_true followed 4
kill "$FOLLOWER"
wait "$FOLLOWER"
is "$(jq -c .seq "$T/followed" | tr '\n' ' ')" '1 3 5 8 ' \
    'each once, a value a line'
