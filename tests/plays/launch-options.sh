# A command line of the launcher that makes no sense is told in words of that
# command line, and neither makes nor starts anything.

. "${srcdir:-.}/tests/functions.sh"
plan 30

refused() { # refused WHAT PATTERN ARG...: also that nothing was made
    local what=$1 pattern=$2
    shift 2
    timeout 60 "$builddir/turnpike-launch" --httpd-conf "$srcdir/httpd-conf" --port 0 \
        --state "$T/none" "$@" </dev/null >"$T/out" 2>"$T/err"
    is "$?" 1 "$what is refused"
    like "$(cat "$T/err")" "$pattern" 'and why'
}

refused 'a port that is none' '^turnpike-launch: --port "99999": .* 0 to 65535$' \
    --port 99999
refused 'no worker' '--workers "0": .* 1 to 64$' --workers 0
refused 'another web server' '"iis": .*lighttpd, apache or nginx$' --server iis
refused 'a setting without a value' '"rate\.key": .*KEY=VALUE$' --set rate.key
refused 'an option without a value' '--state needs a value$' --state
refused 'an option that is none' '--wat is not an option' --wat
refused 'a word too many' '"start" is not an option' start
refused 'a directory without a name' '--state "": ' --state ''
refused 'an upstream without a scheme' \
    '^turnpike-launch: --upstream "localhost:8000/v1": .*http://' \
    --upstream localhost:8000/v1
refused 'an upstream with a path' '--upstream "http://h/v2": ' \
    --upstream http://h/v2
refused 'an upstream that speaks what nobody does' \
    '--upstream "chat\+foo@http://h": ' --upstream chat+foo@http://h
refused 'a configuration that is not there' "$T/nope: No such file" \
    --conf "$T/nope"
not_ok 'and is not made' test -e "$T/nope"
long=$T/$(printf 'x%.0s' $(seq 90))
refused 'a state whose sockets would have too long a name' \
    'sockets/compat\.sock: .*107 bytes' --state "$long"
not_ok 'of all these states none was made' test -e "$T/none" -o -e "$long"

refused 'a setting that is wrong' '^turnpikectl: --set: rate\.key must be' \
    --state "$T/other" --set rate.key=-1
