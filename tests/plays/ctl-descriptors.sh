# The ctl and the launcher may be started with their standard descriptors
# closed: what is printed then never goes into a file of the state.

. "${srcdir:-.}/tests/functions.sh"
plan 9

start_turnpike
ctl account add ann@example.org --credits 1000 >/dev/null
first=$(json .generation stat)

ctl account list >&-
is "$?" 1 'a list that nobody can read is a failure'
ctl key create ann@example.org <&- >&-
is "$?" 1 'so is a key'
ctl --json account list <&- >&- 2>&-
is "$?" 1 'also where all is closed'
ok 'nothing to read is no failure' ctl account list <&-
is "$(json .generation stat)" "$first" 'the store was left alone by all'
KEY=$(json .key key create ann@example.org)
chat hello
is "$STATUS" 200 'and serves'
ok 'the audit finds no breach' ctl audit

"$builddir/turnpike-launch" --httpd-conf "$srcdir/httpd-conf" --port 0 \
    --state "$T/other" <&- >&- 2>&- &
other=$!
other_serves() {
    [ -n "$(json '.workers // 0' stat --state "$T/other" 2>&1 | grep -x 6)" ]
}
ok 'the launcher starts without any, too' until_true other_serves
kill "$other"
wait "$other"
is "$?" 0 'and stops'
