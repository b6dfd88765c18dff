# Each system call of a store fails once. TURNPIKE_STRIDE=1 tries all of them.

. "${srcdir:-.}/tests/functions.sh"

"$builddir/tests/db/failcalls" "$T/p" "${TURNPIKE_STRIDE:-19}"
