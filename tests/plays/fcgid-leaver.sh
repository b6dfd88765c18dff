# Under mod_fcgid a process whose client has left is given the next call at once:
# it serves that while it reads on for the exact bill of the one before.

. "${srcdir:-.}/tests/functions.sh"
. "$srcdir/tests/fcgid.sh"
need_apache
plan 9

# One process, so that it is the same that is asked.
# shellcheck disable=SC2034 # for start_fcgid
DIRECTIVE='FcgidMaxProcessesPerClass 1'
start_upstream
start_fcgid 'state.dir = state' 'store.profile = small' \
    'price.tokens_per_credit = 1' 'stream.heartbeat = 1' 'stream.grace = 1' \
    'upstream.local.on_disconnect = drain'
until_true is_ready || bail 'it does not become ready'
account ann@example.org 1000
first=$(fcgis)

perform_to "$T/gone" 'words=9 text=ab barrier=go@5' true
ok 'a stream is under way' until_true has_words "$T/gone" 4
leave "$CLIENT"
chat hello
is "$STATUS" 200 'when its client has left the next call is served'
is "$(fcgis)" "$first" 'by the same process'
ok 'whose upstream goes on' upstream_has '.streams == 1'
perform 'words=5' true
ok 'and so is a stream' is_whole "$T/body"
release go >/dev/null
ok 'it comes to its end' until_true settled ann@example.org
is "$(told '[.[] | .ended] | unique | tostring')" '["complete"]' \
    'its upstream says all of it'
is "$(json '[.[] | select(.flags == ["client_gone"]) | .completion_tokens]' \
    ledger ann@example.org)" '[9]' 'for its exact bill'
stop_apache
ok 'the audit finds no breach' ctl audit
