# Workers may die at any time: the socket outlives them, others take their
# place, and the next requests are answered.

. "${srcdir:-.}/tests/functions.sh"
plan 8

start_turnpike
socket=$(stat -c %i "$T/state/sockets/compat.sock")
old=$(workers | sort)
# shellcheck disable=SC2086 # a list of process ids
kill -9 $old
for i in 1 2 3; do
    ask /health/live
    is "$STATUS" 200 "request $i after the death of all workers"
done
two_again() {
    [ "$(workers | wc -l)" -eq 2 ]
}
ok 'there are two workers again' until_true two_again
is "$(comm -12 <(echo "$old") <(workers | sort))" '' 'and they are new ones'
is "$(stat -c %i "$T/state/sockets/compat.sock")" "$socket" 'the socket is the same'
chat 'after the fall'
is "$STATUS" 200 'a paid call works'
stop_turnpike
is "$?" 0 'and the house can be closed'
