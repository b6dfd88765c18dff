# Money and keys outlive the processes, also when all of them are killed at
# once in the middle of their work.

. "${srcdir:-.}/tests/functions.sh"
plan 16

books() {
    json . account show ann@example.org
    json . ledger ann@example.org
}

start_turnpike --set rate.key=0
account ann@example.org 50000
key=$KEY
for i in 1 2 3; do
    chat "call $i"
done
is "$STATUS" 200 'calls are served'
before=$(books)
stop_turnpike
is "$?" 0 'the house is closed'
is "$(books)" "$before" 'the books are the same without anybody'

start_turnpike --set rate.key=0
is "$(books)" "$before" 'and after another start'
KEY=$key
chat again
is "$STATUS" 200 'the key is good'
is "$(json .credits account show ann@example.org)" 49996 'and has its price'

load() {
    crowd --calls 4000 --at-once 40 --prompt 'script: words=8 gap=5' \
        --log "$T/calls" >/dev/null 2>&1
}
many() { # answers that told their price
    [ "$(grep -c ' 200 .* metered$' "$T/calls")" -ge 200 ]
}
load &
crowd=$!
ok 'there is much to do' until_true many
launcher=$LAUNCHER LAUNCHER=''
{
    # shellcheck disable=SC2046 # a list of process ids
    kill -9 "$launcher" $(pgrep -P "$launcher")
    wait "$launcher" "$crowd"
} 2>/dev/null # the shell tells of the killed

start_turnpike --set rate.key=0
KEY=$key
chat 'after the fall'
is "$STATUS" 200 'all is served again'
paid_once ann@example.org "$T/calls"
ok 'workers reap the holds of the dead by themselves' until_true settled ann@example.org
is "$(json '[.reaped, .credits, .purged]' reap)" '[0,0,0]' \
    'none is left for the operator'
is "$(json '[.[].amount] | add' ledger ann@example.org)" \
    "$(json .credits account show ann@example.org)" 'the balance is the sum'
ok 'the audit finds no breach' ctl audit
stop_turnpike
is "$?" 0 'the house is closed'
ok 'the audit finds no breach then either' ctl audit
