# Callers who speak Responses and leave pay by the same table when their upstream
# speaks it, too.

DIALECT=responses SPEAKS=responses
. "${srcdir:-.}/tests/plays/disconnects.sh"
