# Under Apache with mod_fcgid calls fare as where workers stay: headers, bodies
# and streams arrive, a client that leaves is noticed, a silent stream outlives
# the server's patience, and neither a new configuration nor a new program cuts
# a stream.

. "${srcdir:-.}/tests/functions.sh"
. "$srcdir/tests/fcgid.sh"
. "$srcdir/tests/deployment.sh"
need_apache
plan 64

# shellcheck disable=SC2034 # for fcgid_conf
DIRECTIVE='FcgidIOTimeout 5'
common=('state.dir = state' 'store.profile = small' 'stream.heartbeat = 1'
    'stream.grace = 1' 'stream.stall_seconds = 600')
start_upstream
fcgid_conf "${common[@]}" 'rate.key = 0'
as_host "$T/httpd.conf"
start_apache "$T/httpd.conf"
until_true is_ready || bail 'it does not become ready'
KEY=$(ctl demo)

# ---- what arrives ----

check_headers
check_http
check_programs
check_frames
check_bodies
make_big $((65 * MiB))
put_big
refused '65 MiB'
put_big -H 'Transfer-Encoding: chunked'
refused '65 MiB in chunks'
rm "$T/big"

# ---- who waits, reads slowly or leaves ----

check_slow_reader
check_leaving
perform_to "$T/silent" 'words=2 barrier=silent@1' true
silent=$CLIENT
outlives() {
    [ "$(grep -c keepalive "$T/silent")" -ge 8 ]
}
ok 'a silent stream outlives FcgidIOTimeout' until_true outlives
release silent >/dev/null
wait "$silent"
ok 'and comes whole' is_whole "$T/silent"

# ---- what is ours ends before it is killed ----

# given NAME: its number in the template.
given() {
    sed -n "s/^ *$1 \([0-9]*\)\$/\1/p" \
        "$srcdir/httpd-conf/apache/turnpike-fcgid.conf.in"
}
# usual NAME: its value in this mode, unless it is set.
usual() {
    sed -n "s/.*\"fcgid\", \"$1\", \"\([0-9]*\)\".*/\1/p" \
        "$srcdir/core/conf_table.c"
}
ok 'streams end before FcgidBusyTimeout' \
    test "$(usual stream.seconds)" -lt "$(given FcgidBusyTimeout)"
ok 'other calls before FcgidIOTimeout' \
    test "$(usual answer.seconds)" -lt "$(given FcgidIOTimeout)"

# ---- changes while a stream is under way ----

upgrade() {
    cp "$T/bin/turnpike.fcgi" "$T/new"
    own
    mv "$T/new" "$T/bin/turnpike.fcgi"
}
is_upgraded() {
    local pid inode
    inode=$(stat -c %i "$T/bin/turnpike.fcgi")
    ask /v1/models
    for pid in $(fcgis); do
        [ "$(stat -L -c %i "/proc/$pid/exe")" != "$inode" ] || return 0
    done
    return 1
}
perform_to "$T/kept" 'words=9 barrier=kept@3' true
kept=$CLIENT
until_true upstream_has '.waiting == 1'
write_conf "${common[@]}" 'rate.key = 60000'
has_limit() {
    ask /v1/models
    [ "$(header x-ratelimit-limit-requests)" = 60000 ]
}
ok 'a new configuration is read' until_true has_limit
if [ -n "${TURNPIKE_VALGRIND:-}" ]; then
    skip 1 'valgrind is the program'
else
    upgrade
    ok 'a new program is started' until_true is_upgraded
fi
release kept >/dev/null
wait "$kept"
ok 'the stream is cut by neither' is_whole "$T/kept"

# ---- a death ----

perform_to "$T/cut" 'words=9 barrier=cut@3' true
until_true upstream_has '.waiting == 1'
fcgis | xargs -r kill -9
wait "$CLIENT"
release cut >/dev/null
not_ok 'a stream whose process is killed does not look whole' \
    is_whole "$T/cut"
reaped() {
    chat hello
    [ "$STATUS" = 200 ] && settled demo@localhost
}
ok 'others take its place, and end what it held' until_true reaped
stop_apache
ok 'the audit finds no breach' ctl audit
