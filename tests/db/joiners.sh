# A thousand processes may have the store open at once, each comes in while the
# others stay, and when all are killed together the next one recovers.

. "${srcdir:-.}/tests/functions.sh"
limit=$(ulimit -u)
[ "$limit" = unlimited ] || [ "$limit" -gt 1200 ] ||
    skip_all 'this user may not have so many processes'
! nm -D "$builddir/tests/db/joiners" | grep -q '__[a-z]*san_' ||
    skip_all 'a thousand processes with sanitizers need too much memory'
plan 2

mkdir -m 700 "$T/store"
"$builddir/tests/db/joiners" "$T/store" 1000 >"$T/took" 2>"$T/said"
is "$?" 0 'a thousand join, write and are outlived' || diag "$(cat "$T/said")"
diag "joining took ms (median, p99, most; recovery): $(cat "$T/took")"
not_ok 'the library ran out of nothing' grep -q 'out of memory' "$T/said"
