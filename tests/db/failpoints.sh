# Workers that die at each place of db/bdb/failpoint.h lose nothing that was
# acknowledged, double nothing, and wedge nobody. For builds that have these
# places (--enable-failpoints); TURNPIKE_KILLS says how often at each.

. "${srcdir:-.}/tests/functions.sh"

"$builddir/tests/db/torture" "$T/stores" points "${TURNPIKE_KILLS:-5}" 3
