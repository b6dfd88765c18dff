# A worker that is killed in a governed stream leaves one bill and one event, on
# each dialect.

. "${srcdir:-.}/tests/functions.sh"
plan 13

start_upstream
start_turnpike --workers 1 --upstream "chat+messages+responses@$UPSTREAM" \
    --set rate.key=0 --set price.tokens_per_credit=1

SURFACE=/policy calls=0
email=bob@example.org
governed $email killed '{"rules":{"denylist":["never"]}}'

billed() { # whether all calls are
    [ "$(json '[.[] | select(.type == "expire")] | length' ledger $email)" = \
        "$calls" ]
}

for DIALECT in chat messages responses; do
    perform_to "$T/stream" "words=400 text=ab barrier=$DIALECT@251" true
    ok "$DIALECT: a governed stream" until_true upstream_has '.waiting == 1'
    calls=$((calls + 1))
    kill -9 "$(workers policy)"
    wait "$CLIENT"
    ok 'whose worker is killed' until_true upstream_has '.streams == 0'
    ok 'is settled by another one' until_true billed
done
is "$(json '[.[1:][] | .type + " " + (.amount < 0 | tostring)] | tostring' \
    ledger $email)" '["expire true","expire true","expire true"]' \
    'each is billed once'
is "$(json '[.[].event | select(.event_type == "enforcement")] | length' \
    events --project killed)" 3 'and has one event'
is "$(json .held credits show $email)" 0 'nothing is held'
ok 'the audit finds no breach' ctl audit
