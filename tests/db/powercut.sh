# Power cuts: what was written but not synced is gone, or there in part.

. "${srcdir:-.}/tests/functions.sh"

"$builddir/tests/db/powercut" "$T/p" "${TURNPIKE_CUTS:-40}" 1 strict
