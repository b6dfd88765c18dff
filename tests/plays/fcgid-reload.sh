# Under mod_fcgid, where nobody sends a signal, a process has what was changed in
# the configuration from its next call on; a broken file changes nothing, and is
# read again until it is mended, with the files that it names.

. "${srcdir:-.}/tests/functions.sh"
. "$srcdir/tests/fcgid.sh"
need_apache
plan 11

# One process, so that it is the same that is asked.
# shellcheck disable=SC2034 # for start_fcgid
DIRECTIVE='FcgidMaxProcessesPerClass 1'
common=('state.dir = state' 'store.profile = small')
limit_is() {
    ask /v1/models
    test "$(header x-ratelimit-limit-requests)" = "$1"
}
told() { # told EVENT: how often the log has it
    grep -c "\"event\":\"$1\"" "$T/run/httpd.log"
}
keeps_limit() { # keeps_limit N: although it was asked to read another file
    limit_is "$1" && [ "$(told reload_failed)" -gt 0 ]
}
refused() { # refused WHY: the file of now, which the limit of before outlives
    limit_is 1003 && grep 'reload_failed' "$T/run/httpd.log" | grep -q "$1"
}

start_upstream
start_fcgid "${common[@]}" 'rate.key = 1001'
KEY=$(ctl demo)
ok 'the first limit' until_true limit_is 1001
first=$(fcgis)

write_conf "${common[@]}" 'rate.key = 1002'
ok 'a changed file is read' until_true limit_is 1002
ok 'and left alone after that' limit_is 1002
is "$(told reloaded)" 1 'as it was read'

write_conf "${common[@]}" 'rate.key = 1003' \
    'upstream.local.key_file = local.key'
ok 'one that names what is missing changes nothing' \
    until_true keeps_limit 1002
plain sh -c 'umask 277 && echo sk-local >"$0"' "$T/local.key"
ok 'until that is there' until_true limit_is 1003
cp "$CONF" "$CONF.good"

: >"$CONF"
ok 'nor does one that is empty yet' until_true refused 'does not say'
sed 's|state.dir = state|state.dir = other|' "$CONF.good" >"$CONF"
ok 'or that leads to another state' until_true refused 'other'
cp "$CONF.good" "$CONF"

mv "$CONF" "$CONF.away"
ok 'nor does a file that is gone' limit_is 1003
mv "$CONF.away" "$CONF"
is "$(fcgis)" "$first" 'all of that is one process'
stop_apache
ok 'the audit finds no breach' ctl audit
