# Under Apache with mod_fcgid, where processes come and go, fifty that start at
# once make one state; what Apache refuses by itself is JSON; calls end in time;
# and a process that is told to leave does, in order.

. "${srcdir:-.}/tests/functions.sh"
. "$srcdir/tests/fcgid.sh"
need_apache
plan 29

start_upstream
start_fcgid 'state.dir = state' 'rate.key = 0' 'store.profile = small'

# ---- the first start ----

not_ok 'there is no state yet' test -e "$T/state"
for i in $(seq 50); do
    echo "url = $BASE/health/ready?probe"
    echo "output = $T/first.$i"
done >"$T/fifty"
curl -s --no-progress-meter -Z --parallel-immediate --parallel-max 50 --max-time 120 \
    -H 'Authorization: Bearer x' -K "$T/fifty" 2>"$T/fifty.err"
is "$(grep -l '"status":"ready"' "$T"/first.* | wc -l)" 50 \
    'fifty processes make one state and serve'
is "$(stat -c %a "$T/state/secret/pepper")" 400 'with a secret of their own'
ask /health/ready
is "$STATUS $(body .status)" '200 ready' 'it is ready'
like "$(body .server)" '^Apache' 'and says where'
demo=$(ctl demo) || bail 'there is no demo account'
KEY=$demo

# ---- one call ----

chat hello
is "$STATUS" 200 'a call works'
is "$(header x-should-retry)" '' 'as a whole'
KEY=ak_wrong chat hello
is "$STATUS $(body .error.code)" '401 invalid_api_key' 'a wrong key does not'
SURFACE=/policy chat hello
is "$STATUS" 200 'a governed call works'
SURFACE=/policy KEY=ak_wrong chat hello
is "$STATUS $(body .error.code)" '401 invalid_api_key' 'but not for a wrong key'
KEY=ak_wrong ask /api/auth/me
is "$STATUS $(body .error.code)" '401 invalid_api_key' 'nor does it manage'
ask /policy/x
is "$STATUS $(body .error.code)" '404 not_found' 'nor for what there is not'
ask '/v1/models/org%2Fname'
is "$STATUS $(body .error.param)" '404 model' 'an escaped slash arrives'
ask /nothing
is "$STATUS $(body .error.code)" '404 not_found' 'we say what is not there'

# ---- what Apache refuses by itself ----

# html_free METHOD HEADER STATUSES: it does, and not in HTML.
html_free() {
    ask /v1/models -X "$1" -H "$2"
    like "$STATUS $(body '.error | type')" "^($3) object\$" \
        "$1 with $2 is refused in JSON"
}
html_free TRACE 'X-Any: thing' '405|501'
html_free GET 'Expect: a miracle' 417
html_free POST 'Transfer-Encoding: gzip' '400|501'

# ---- deadlines ----

# seconds LINE...: other deadlines, for other processes; until mod_fcgid has
# noticed that the old ones are gone it may refuse calls.
seconds() {
    write_conf 'state.dir = state' 'rate.key = 0' 'store.profile = small' "$@"
    fcgis | xargs -r kill -TERM
    until_true none && until_true is_ready
}
none() {
    [ -z "$(fcgis)" ]
}
ok 'SIGTERM ends processes without a call' seconds 'stream.seconds = 1' \
    'answer.seconds = 1'
ok 'which give back their slots' test "$(json .members stat)" -lt 50
account timely@example.org 10000
perform 'words=3 text=ab barrier=never@0' false
is "$STATUS $(body .error.code)" '504 upstream_timeout' \
    'an answer that is late is refused'
release never >"$T/released"
perform 'words=9 text=ab barrier=never@3' true
is "$(frames | tail -n 1)" '[DONE]' 'a stream that is long ends legally'
is "$(frames | sed '$d' | jq -rsc '[.[-1] | .choices[0].finish_reason,
    .estimated_credits_used > 0]')" '["length",true]' 'as if cut, with a bill'
release never >"$T/released"
is "$(json '[.[] | select(.type == "settle")] | map(.flags)' ledger \
    timely@example.org)" '[["estimated"]]' 'which is in the ledger'
seconds

# ---- the server wants its process back ----

perform_to "$T/ended" 'words=9 text=ab barrier=never@3' true
ok 'a stream is under way' until_true has_words "$T/ended" 2
fcgis | xargs -r kill -TERM
ok 'its process is told to leave, and does' until_true none
ok 'its client is told' wait "$CLIENT"
is "$(frames "$T/ended" | tail -n 1 | jq -r .error.code)" overloaded \
    'by an error frame'
is "$(json .held account show timely@example.org)" 0 'and what came is settled'
release never >"$T/released"
until_true is_ready

stop_apache
ok 'the audit finds no breach' ctl audit
