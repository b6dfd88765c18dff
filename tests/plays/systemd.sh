# The units of httpd-conf/systemd are right in the eyes of systemd, and what they
# start, on a socket that is handed over as systemd does it and under their
# filter of system calls, does all that a deployment must do.

. "${srcdir:-.}/tests/functions.sh"
. "${srcdir:-.}/tests/deployment.sh"

for need in systemd-analyze systemd-socket-activate; do
    command -v "$need" >/dev/null || skip_all "$need is not installed"
done
plan $((DEPLOYMENT_CHECKS + 6))

reload() {
    local MAINPID
    for MAINPID in $(workers all); do
        eval "$(sed -n 's/^ExecReload=//p' "$service")"
    done
}
none() {
    [ -z "$(workers all)" ]
}

# ---- what systemd says ----

verify() {
    SYSTEMD_UNIT_PATH="$units:" systemd-analyze verify --recursive-errors=no \
        "$units"/turnpike* 2>&1 | tee "$T/verdict"
    [ ! -s "$T/verdict" ]
}

prepare_deployment
units=$T/units
mkdir "$units"
for name in $SERVING; do
    for unit in .socket @.service; do
        fill_template "systemd/turnpike$unit.in" >"$units/turnpike-$name$unit"
    done
done
service=$units/turnpike-compat@.service
cp "$srcdir/httpd-conf/systemd/turnpike.target" "$units"
ok 'systemd finds nothing wrong with the units' verify
ok 'nor much that they leave open' systemd-analyze security \
    --offline=true --threshold=25 "$service"
is "$(grep -h '@[A-Z]*@' "$units"/* | grep -v '^#')" '' 'they are filled in'
is "$(sed -n 's/^Wants=//p' "$units/turnpike.target" | tr ' ' '\n' |
    sed 's/[0-9]*\.service$/.service/' | sort -u)" \
    "$(cd "$units" && printf '%s\n' ./*@.service | sed 's|^\./||' | sort)" \
    'the target wants workers of every program'

# ---- their filter ----

# calls SET: the system calls of a set, one a line.
calls() {
    local name
    case $1 in
    @*)
        systemd-analyze syscall-filter "$1" | sed '1d; s/ //g; /^#/d' |
            while read -r name; do
                calls "$name"
            done
        ;;
    *) echo "$1" ;;
    esac
}

# The numbers of those that the unit allows.
allowed() {
    local set
    sed -n 's/^SystemCallFilter=//p' "$service" >"$T/sets"
    while read -r set; do
        case $set in
        '~'*) calls "${set#'~'}" >>"$T/denied" ;;
        *) calls "$set" >>"$T/granted" ;;
        esac
    done <"$T/sets"
    {
        echo '#include <sys/syscall.h>'
        sort -u "$T/granted" | grep -vxFf "$T/denied" | sed 's/.*/N __NR_&/'
    } | "${CC:-cc}" -E -P - | sed -n 's/^N \([0-9][0-9]*\)$/\1/p'
}

confined=()
# shellcheck disable=SC2046 # a list of numbers
if sanitized; then
    skip 1 'sanitizers make calls of their own'
elif ! command -v "${CC:-cc}" >/dev/null; then
    skip 1 'there is no compiler to tell the numbers of system calls'
else
    confined=("$builddir/tests/plays/confined" $(allowed) --)
    is "$("${confined[@]}" /bin/chown 0 "$T" 2>&1 || echo $?)" 159 \
        'the filter keeps chown from being called'
fi

# ---- what they start ----

managers=()
for name in $SERVING; do
    socket=$(sed -n 's/^ListenStream=//p' "$units/turnpike-$name.socket")
    STATE_DIRECTORY=$T/state systemd-socket-activate --inetd \
        -l "${socket/"%j"/$name}" -E STATE_DIRECTORY bash \
        "$srcdir/tests/plays/unit-manager.sh" \
        "$units/turnpike-$name@.service" \
        "$T/units.log" ${confined[@]+"${confined[@]}"} \
        >"$T/activate.$name" 2>&1 &
    managers+=($!)
done
on_exit 'kill "${managers[@]}" 2>/dev/null; wait "${managers[@]}"'
# shellcheck disable=SC2034 # for the checks
WORKER_LOG=$T/units.log
for name in $SERVING; do
    until_true test -S "$T/state/sockets/$name.sock"
done
start_lighttpd
until_true is_ready || bail 'the workers do not start'
# systemd-socket-activate begins a program at its first connection.
call /policy/
call /api/
until_true two_workers || bail 'not all of the workers start'
check_deployment
kill -TERM "${managers[@]}"
wait "${managers[@]}"
ok 'SIGTERM ends it, and nobody is left' none
