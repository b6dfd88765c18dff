# Callers who speak Messages and leave pay by the same table, whatever their
# upstream speaks: here it speaks chat completions.

DIALECT=messages
. "${srcdir:-.}/tests/plays/disconnects.sh"
