# lighttpd starts the workers itself by turnpike-binpath.conf.in, starts a dead
# one again, and takes them with it when it stops.

. "${srcdir:-.}/tests/functions.sh"
plan 14

httpd=$(PATH=$PATH:/usr/sbin:/usr/local/sbin command -v lighttpd) ||
    skip_all 'lighttpd is not installed'
start_upstream
KEY=$(ctl demo)
cat >>"$T/state/turnpike.conf" <<END
upstream.local.url = $UPSTREAM
moderation.endpoint = $UPSTREAM
END
port=$(free_port)
BASE=http://127.0.0.1:$port
mkdir -p "$T/state/run" "$T/state/sockets"
sed -e "s|@PORT@|$port|" -e "s|@SOCKETS@|$T/state/sockets|" \
    -e "s|@RUN@|$T/state/run|" -e "s|@HTDOCS@|$srcdir/httpd-conf/htdocs|" \
    -e "s|@PROGRAMS@|$builddir|" -e "s|@STATE@|$T/state|" \
    "$srcdir/httpd-conf/lighttpd/turnpike-binpath.conf.in" >"$T/lighttpd.conf"
TURNPIKE_UPSTREAM_KEY=sk-model TURNPIKE_MODERATION_KEY=sk-moderator \
    "$httpd" -D -f "$T/lighttpd.conf" 2>"$T/launch.err" &
server=$!
on_exit 'kill $server 2>/dev/null; wait $server'

ok 'the web server is ready' until_true is_ready
ok 'it has started two workers of each program' two_workers
is "$(find "$T/state" -name '*.sock-*' | wc -l),$(find "$T/state" \
    -name '*.sock-*' -perm /022 | wc -l)" 6,0 \
    'nobody else may write to their sockets'
calls_work
is "$(told '[.[].headers.authorization] | unique | tostring')" \
    '["Bearer sk-model","Bearer sk-moderator"]' \
    'the keys of its environment reach them'
KEY=wrong ask /api/auth/me
is "$STATUS" 401 'a stranger manages nothing'

# Nobody holds the socket of a dead worker: lighttpd is refused there, takes the
# request to the other one, and starts another on that socket when it reaps its
# children, about once a second. A call that the dead one had accepted gets
# lighttpd's 500.
old=$(workers)
victim=$(workers | head -n 1)
kill -9 "$victim"
until_true is_gone "$victim"
chat 'after the death'
is "$STATUS" 200 'the next call is answered'
two_and_new() {
    two_workers && [ "$(workers)" != "$old" ]
}
ok 'a dead worker is replaced' until_true two_and_new
chat hello
is "$STATUS" 200 'and all goes on'

# lighttpd's status is 1 when it still has a connection, also one that the client
# has closed.
closed() {
    awk -v port="$(printf ':%04X' "$port")" '
        substr($2, 9) == port && $4 != "0A" && $4 != "06" { open = 1 }
        END { exit open }' /proc/net/tcp
}
until_true closed
kill -TERM "$server"
wait "$server"
is "$?" 0 'SIGTERM ends the web server'
nobody() {
    [ -z "$(workers all)" ]
}
ok 'and its workers' until_true nobody
ok 'the audit finds no breach' ctl audit
