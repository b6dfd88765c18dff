# Workers that spawn-fcgi and multiwatch start by turnpike.sh.in, behind lighttpd
# by turnpike.conf.in, do all that a deployment must do.

. "${srcdir:-.}/tests/functions.sh"
. "${srcdir:-.}/tests/deployment.sh"

for need in spawn-fcgi multiwatch; do
    command -v "$need" >/dev/null || skip_all "$need is not installed"
done
plan $((DEPLOYMENT_CHECKS + 4))

# multiwatch, too, has their name on its command line.
workers() {
    local name=${1:-compat}
    [ "$name" != all ] || name="(${SERVING// /|})"
    pgrep -P "$(IFS=,; echo "${watches[*]}")" -f "turnpike-$name"
}
reload() {
    pkill -HUP -P "$(IFS=,; echo "${watches[*]}")"
}
none() {
    [ -z "$(workers all)" ]
}

prepare_deployment
start_lighttpd
fill_template spawn-fcgi/turnpike.sh.in >"$T/turnpike.sh"
watches=()
for name in $SERVING; do
    sh "$T/turnpike.sh" "$name" >"$T/spawn.out" 2>>"$WORKER_LOG" &
    watches+=($!)
done
on_exit 'kill "${watches[@]}" 2>/dev/null; wait "${watches[@]}"'
until_true is_ready || bail 'the workers do not start'
ok 'all workers are there' until_true two_workers
is "$(stat -c %a "$T"/state/sockets/*.sock | sort | uniq -c | tr -s ' ')" \
    ' 3 600' 'the sockets are private'
check_deployment
kill -TERM "${watches[@]}"
left=''
for watch in "${watches[@]}"; do
    wait "$watch"
    left+=" $?"
done
is "$left" ' 0 0 0' 'SIGTERM ends the house'
ok 'and nobody is left' none
