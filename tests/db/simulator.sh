# The ledger against an oracle: workers of which the verbs are interleaved in
# every way, that die, and that are not sure whether they committed.
# TURNPIKE_SEEDS=5000 makes ten million steps of it.

. "${srcdir:-.}/tests/functions.sh"

"$builddir/tests/db/simulator" 2000 4 "${TURNPIKE_SEEDS:-200}" 1
