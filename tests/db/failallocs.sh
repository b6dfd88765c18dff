# Each allocation of a store, Berkeley DB's own included, fails once.
# TURNPIKE_STRIDE=1 tries all of them.

. "${srcdir:-.}/tests/functions.sh"

"$builddir/tests/db/failcalls" "$T/p" "${TURNPIKE_STRIDE:-19}" allocs
