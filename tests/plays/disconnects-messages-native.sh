# Callers who speak Messages and leave pay by the same table when their upstream
# speaks it, too.

DIALECT=messages SPEAKS=messages
. "${srcdir:-.}/tests/plays/disconnects.sh"
