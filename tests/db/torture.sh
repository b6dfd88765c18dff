# Workers that are killed with SIGKILL at any moment lose nothing that was
# acknowledged, double nothing, and wedge nobody.

. "${srcdir:-.}/tests/functions.sh"

"$builddir/tests/db/torture" "$T/store" "${TURNPIKE_KILLS:-200}" 3 1
