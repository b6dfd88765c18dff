# The disk under the state fills up while calls are served: new ones are told
# so, none that was told its price is lost, no worker falls over and over, and
# when there is room again all is served again by itself.

. "${srcdir:-.}/tests/functions.sh"

mkdir "$T/state"
mount -t tmpfs -o size=40m,mode=0700 none "$T/state" 2>"$T/mount.err" ||
    skip_all 'no file system may be mounted here'
on_exit 'stop_turnpike; umount -l "$T/state"'
plan 24
# A log line that found no room would be missed below.
mkdir -m 0700 "$T/run"
ln -s "$T/run" "$T/state/run"

ran() { # what has to be done before it can be umounted
    kill "${CROWDS[@]}" 2>/dev/null
    wait "${CROWDS[@]}" 2>/dev/null
}

start_turnpike --workers 1 --set rate.key=0 --set store.profile=small
governed ann@example.org open '{"rules":{}}'
chat 'there is room'
is "$STATUS" 200 'a call is served'
ok 'there is a ballast' test -s "$T/state/store/ballast"
before=$(workers all | sort)

# load PART: calls at each surface, in rounds, until $T/enough is there.
load() {
    CROWDS=()
    load_at "$1.v1" '' &
    CROWDS+=($!)
    load_at "$1.policy" /policy &
    CROWDS+=($!)
}
load_at() { # load_at LOG SURFACE
    SURFACE=$2
    until [ -e "$T/enough" ]; do
        crowd --calls 20 --at-once 4 --prompt 'script: words=8' --no-stream \
            --log "$T/round.$1" >>"$T/crowds" 2>>"$T/crowds.err"
        cat "$T/round.$1" >>"$T/calls.$1"
    done
}
load 1
on_exit ran

calls() { # calls STATUS: how many were answered so
    cat "$T"/calls.* 2>/dev/null | grep -c "^[^ ]* $1 "
}
fill() { # fill KIB: that much more is taken, if it is there
    dd if=/dev/zero of="$T/state/filler" bs=1024 count="$1" oflag=append \
        conv=notrunc 2>>"$T/dd.err"
}
free_kib() {
    df -k --output=avail "$T/state" | tail -n 1 | tr -d ' '
}
more_calls() {
    [ "$(cat "$T"/calls.* | wc -l)" -ge "$wanted" ]
}
step() { # step KIB: take it, and let some calls come
    wanted=$(($(cat "$T"/calls.* 2>/dev/null | wc -l) + ${2:-15}))
    fill "$1"
    until_true more_calls || bail 'no more calls are answered'
}

# An eighth of a volume as small as this is the reserve. It is looked at ten
# times a second, so we stop as soon as it is touched, and wait to be told.
reserve=5120
wanted=40
until_true more_calls || bail 'no calls are answered'
steps=0
while [ "$(free_kib)" -ge "$reserve" ] && [ "$steps" -lt 200 ]; do
    step 256 15
    steps=$((steps + 1))
done
# A log file that did not fit may have closed the store for a moment.
refused() {
    chat 'there is little room'
    [ "$STATUS" = 503 ] && [ "$(body .error.code)" = storage_low ]
}
costs_nothing() {
    ask /v1/models
    [ "$STATUS" = 200 ]
}
ok 'a new call is refused, as storage is low' until_true refused
diag "$steps large steps; $(calls 200) calls answered, $(calls 503) refused"
ok 'calls were answered until then' test "$(calls 200)" -gt 0
ok 'what costs nothing is answered' until_true costs_nothing

steps=0
while fill 16 && [ "$steps" -lt 400 ]; do
    step 4 2
    steps=$((steps + 1))
done
for i in 1 2 3 4; do
    step 4 40
done
ok 'calls were refused' test "$(calls 503)" -gt 0
diag "$steps small steps, $(free_kib) KiB are left"
is "$(workers all | sort)" "$before" 'no worker has fallen'
chat 'there is no room'
is "$STATUS" 503 'a new call is refused on a full disk too'

rm "$T/state/filler"
served() {
    chat 'there is room again'
    [ "$STATUS" = 200 ]
}
ok 'calls are served again when there is room' until_true served
is "$(workers all | sort)" "$before" 'by the same workers'

# ---- nobody is refused before it is too late ----

touch "$T/enough"
wait "${CROWDS[@]}"
rm "$T/enough"
stop_turnpike
is "$?" 0 'the house is closed'
key=$KEY
start_turnpike --workers 1 --set rate.key=0 --set store.profile=small \
    --set store.reserve=0
KEY=$key
load 2
before=$(workers all | sort)
takes_all() { # what is given up is taken at once
    while fill 64; do :; done
    fill 1
    chat 'there is no room'
    [ "$(body .error.code)" = store_unavailable ]
}
ok 'a call is refused when the store is closed' until_true takes_all
wanted=$(($(cat "$T"/calls.* | wc -l) + 400))
until_true more_calls || bail 'no calls are answered' # while the store is tried again and again
rm "$T/state/filler"
ok 'calls are served again when there is room' until_true served
is "$(workers all | sort)" "$before" 'by the workers that were there before'
ok 'there is a ballast again' test -s "$T/state/store/ballast"

touch "$T/enough"
wait "${CROWDS[@]}"

# What was answered while the store was closed told no balance, and its bill
# waited in a file.
brought_in() {
    chat 'one more'
    [ -z "$(ls "$T/state/spill")" ]
}
ok 'bills that had to wait are brought in' until_true brought_in
not_ok 'none is lost' logged settle_lost
paid_once ann@example.org "$T"/calls.*
is "$(cat "$T"/calls.* | grep -vcE '^[^ ]* (200|503) whole')" 0 \
    'no call was answered otherwise'
ok 'the audit finds no breach' ctl audit
not_ok 'no mapped page was without room' logged SIGBUS
stop_turnpike
is "$?" 0 'the house can be closed'
is "$(ls -A "$T/state/spill")" '' 'and no bill is left outside of the ledger'
