# Workers may die at any time: their sockets outlive them, others take their
# place, and the next requests are answered.

. "${srcdir:-.}/tests/functions.sh"
plan 9

start_turnpike
sockets() {
    stat -c %i "$T"/state/sockets/*.sock
}
before=$(sockets)
old=$(workers all | sort)
# shellcheck disable=SC2086 # a list of process ids
kill -9 $old
for i in 1 2 3; do
    ask /health/live
    is "$STATUS" 200 "request $i after the death of all workers"
done
ok 'there are two workers of each program again' until_true two_workers
is "$(comm -12 <(echo "$old") <(workers all | sort))" '' \
    'and they are new ones'
is "$(sockets)" "$before" 'the sockets are the same'
for SURFACE in '' /policy; do
    chat 'after the fall'
    is "$STATUS" 200 "a paid call works at $SURFACE/v1"
done
stop_turnpike
is "$?" 0 'and the house can be closed'
