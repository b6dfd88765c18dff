# Calls at once in several processes use exactly their quota, whoever is killed.

. "${srcdir:-.}/tests/functions.sh"

"$builddir/tests/db/quota_races" "$T/store" "${TURNPIKE_QUOTA_RACES:-20}" 4
