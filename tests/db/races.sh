# Calls at once on a balance that affords some of them are exactly these.
# TURNPIKE_RACES says how many times.

. "${srcdir:-.}/tests/functions.sh"

"$builddir/tests/db/races" "$T/store" "${TURNPIKE_RACES:-400}" 4 \
    "${TURNPIKE_SEED:-1}"
