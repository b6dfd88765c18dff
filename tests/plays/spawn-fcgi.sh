# Workers that spawn-fcgi and multiwatch start by turnpike.sh.in, behind lighttpd
# by turnpike.conf.in, do all that a deployment must do.

. "${srcdir:-.}/tests/functions.sh"
. "${srcdir:-.}/tests/deployment.sh"

for need in spawn-fcgi multiwatch; do
    command -v "$need" >/dev/null || skip_all "$need is not installed"
done
plan $((DEPLOYMENT_CHECKS + 3))

# multiwatch, too, has their name on its command line.
workers() {
    pgrep -P "$watch" -f turnpike-compat
}
reload() {
    pkill -HUP -P "$watch"
}
renew() {
    kill -TERM "$1"
}
none() {
    [ -z "$(workers)" ]
}

prepare_deployment
start_lighttpd
fill_template spawn-fcgi/turnpike.sh.in >"$T/turnpike.sh"
sh "$T/turnpike.sh" >"$T/spawn.out" 2>"$WORKER_LOG" &
watch=$!
on_exit 'kill $watch 2>/dev/null; wait $watch'
until_true is_ready || bail 'the workers do not start'
is "$(stat -c %a "$T/state/sockets/compat.sock")" 600 'the socket is private'
check_deployment
kill -TERM "$watch"
wait "$watch"
is "$?" 0 'SIGTERM ends the house'
ok 'and nobody is left' none
