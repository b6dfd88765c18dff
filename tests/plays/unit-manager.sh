# A service manager for one template unit, NAME@.service: starts two instances of
# its service, and again when they end, until SIGTERM.
#
#   unit-manager.sh UNIT LOG [PROGRAM ARGS... --]
#
# ExecStart= is run as it is written, %p being NAME, by PROGRAM if there is one,
# with the socket of descriptor 0 where StandardInput=socket puts it;
# STATE_DIRECTORY comes from the environment.

unit=$1 log=$2
shift 2

# value KEY: of the unit.
value() {
    sed -n "s/^$1=//p" "$unit"
}

name=${unit##*/}
start=$(value ExecStart)
start=${start//%p/${name%@*}}
pause=$(value RestartSec)
[ "$(value StandardInput)" = socket ] || exit 2
exec 3<&0 1>/dev/null
pids=' ' stopping=''

begin() {
    # shellcheck disable=SC2294 # the line is to be expanded
    eval exec '"$@"' "$start" <&3 3<&- >>"$log" 2>&1 &
    pids="$pids$! "
}
stop() {
    stopping=1
    # shellcheck disable=SC2086 # a list of process ids
    kill -s "$(value KillSignal)" $pids
}
trap stop TERM

begin "$@"
begin "$@"
while [ "$pids" != ' ' ]; do
    sleep "$(printf '0.%03d' "${pause%ms}")" &
    wait $!
    for pid in $pids; do
        kill -0 "$pid" 2>/dev/null && continue
        pids=${pids/ $pid / }
        [ -n "$stopping" ] || [ "$(value Restart)" != always ] || begin "$@"
    done
done
