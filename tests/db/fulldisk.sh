# A disk gets full at each page in turn. TURNPIKE_STRIDE=1 tries all of them.

. "${srcdir:-.}/tests/functions.sh"

"$builddir/tests/db/fulldisk" "$T/p" "${TURNPIKE_STRIDE:-29}"
