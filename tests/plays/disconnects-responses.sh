# Callers who speak Responses and leave pay by the same table, whatever their
# upstream speaks: here it speaks chat completions.

DIALECT=responses
. "${srcdir:-.}/tests/plays/disconnects.sh"
