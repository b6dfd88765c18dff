# Workers that are killed with SIGKILL at any moment lose nothing that was
# acknowledged, double nothing, and wedge nobody.
#
# TURNPIKE_KILLS says how often, TURNPIKE_SEED when.

. "${srcdir:-.}/tests/functions.sh"

"$builddir/tests/db/torture" "$T/stores" "${TURNPIKE_KILLS:-300}" 3 \
    "${TURNPIKE_SEED:-1}"
