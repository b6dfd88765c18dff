# A thousand processes may have the store open at once, each comes in while the
# others stay, and when all are killed together and as many come at once, one of
# them recovers and the others join.

. "${srcdir:-.}/tests/functions.sh"
limit=$(ulimit -u)
[ "$limit" = unlimited ] || [ "$limit" -gt 1200 ] ||
    skip_all 'this user may not have so many processes'
! sanitized ||
    skip_all 'a thousand processes with sanitizers need too much memory'
plan 3

mkdir -m 700 "$T/store"
"$builddir/tests/db/joiners" "$T/store" 1000 >"$T/took" 2>"$T/said"
is "$?" 0 'a thousand join, write and are outlived' || diag "$(cat "$T/said")"
diag "ms to join (median, p99, most); to come back (first, last): $(cat "$T/took")"
is "$(grep -c 'store recovered' "$T/said")" 1 'one recovery is enough for all'
not_ok 'the library ran out of nothing' grep -q 'out of memory' "$T/said"
