# When the file of the rate windows cannot be used requests are served all the
# same, the log says so, and money is still asked for.

. "${srcdir:-.}/tests/functions.sh"
plan 15

rate=$T/state/store/rate

check_open() { # check_open WHEN
    for _ in 1 2 3; do
        chat hello
    done
    is "$STATUS" 200 "$1: requests are served"
    is "$(header x-ratelimit-limit-requests)" '' "$1: windows are not told"
    is "$(header ratelimit)" '' "$1: in no form"
    ok "$1: the log says so" logged '"event":"ratelimit_failopen"'
    account "poor-$RANDOM@example.org" 1
    chat hello
    chat hello
    is "$STATUS" 402 "$1: money is still asked for"
    KEY=$rich
}

# Each worker counts for itself against a quarter of the limit.
start_turnpike --set rate.key=120
account rich@example.org 500
rich=$KEY
chat hello
is "$(header x-ratelimit-limit-requests)" 120 'the windows work'
: >"$rate"
check_open truncated
stop_turnpike

rm -f "$rate"
mkdir "$rate"
start_turnpike --set rate.key=120
KEY=$rich
check_open 'a directory'
rmdir "$rate"
stop_turnpike

start_turnpike --set rate.key=120
KEY=$rich
chat hello
is "$STATUS" 200 'a start mends it'
is "$(header x-ratelimit-limit-requests)" 120 'the windows are back'
not_ok 'and the log has nothing to say' logged ratelimit_failopen
ok 'the audit finds no breach' ctl audit
