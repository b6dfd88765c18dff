# What a customer of a shared host can do: a document root, .htaccess, one
# program and its configuration. It works, nothing but calls is handed out, and
# /health/ready finds what the host breaks.

. "${srcdir:-.}/tests/functions.sh"
. "$srcdir/tests/fcgid.sh"
need_apache
plan 39

start_upstream
mkdir "$T/www"
cp "$T/bin/turnpike.fcgi" "$T/www"
cp "$srcdir/httpd-conf/apache/htaccess" "$T/www/.htaccess"
CONF=$T/www/turnpike.conf
write_conf 'state.dir = ../state' 'rate.key = 0'
port=$(free_port)

# host LINE...: the host's configuration; beside these lines mod_fcgid has its
# defaults.
host() {
    for module in mpm_event authz_core alias mime env setenvif rewrite fcgid; do
        echo "LoadModule ${module}_module $MODULES/mod_$module.so"
    done
    cat <<END
Listen 127.0.0.1:$port
ServerName localhost
DefaultRuntimeDir "$T/run"
PidFile "$T/run/httpd.pid"
ErrorLog "$T/run/httpd.log"
TypesConfig /dev/null
FcgidIPCDir "$T/run/fcgid"
FcgidProcessTableFile "$T/run/fcgid.shm"
DocumentRoot "$T/www"
<Directory />
    AllowOverride None
    Require all denied
</Directory>
<Directory "$T/www">
    AllowOverride AuthConfig FileInfo Limit Options
    Options FollowSymLinks
    Require all granted
</Directory>
END
    printf '%s\n' "$@"
}

host >"$T/httpd.conf"
own
start_apache "$T/httpd.conf"

# ---- it works ----

ask /health/ready
is "$STATUS $(body .status)" '200 ready' 'it is ready'
is "$(stat -c %a "$T/state")" 700 'and has made its state'
KEY=$(ctl demo)
calls_work
SURFACE=/policy KEY=wrong chat hello
is "$STATUS $(body .error.code)" '401 invalid_api_key' \
    'with a wrong key it is refused'
KEY=wrong ask /api/auth/me
is "$STATUS $(body .error.code)" '401 invalid_api_key' 'nor does it manage'
ask /policy/x
is "$STATUS $(body .error.code)" '404 not_found' 'and told what there is not'
ask '/v1/models/abliterated-model?x=y'
is "$STATUS $(body .id)" '200 abliterated-model' 'a query does no harm'
KEY=wrong ask /v1/models
is "$STATUS" 401 'a wrong key is refused'
ask /v1/models -H 'Authorization:' -H "x-api-key: $KEY"
is "$STATUS" 200 'a key may come in a header of its own'

# ---- nothing is handed out ----

for path in /turnpike.conf /.htaccess / /turnpike.conf~ '/turnpike.conf/'; do
    ask "$path"
    like "$STATUS" '^40[34]$' "$path is not handed out"
    not_ok 'nor what is in it' grep -q 'upstream\|Rewrite' "$T/body"
done
ask /turnpike.fcgi
is "$STATUS $(body .error.code)" '404 not_found' 'the program is no path'

# ---- what the host breaks ----

# state_of CHECK [FILE]
state_of() {
    sed 's/^data: //' "${2:-$T/body}" | jq -rc --arg check "$1" \
        'select(.host) | .host[] | select(.check == $check) | .state'
}
# words_of CHECK
words_of() {
    sed 's/^data: //' "$T/body" | jq -rc --arg check "$1" \
        'select(.host) | .host[] | select(.check == $check) | .ask'
}

# probe: as the README of the bundle says, by one who takes compressed answers;
# PARTS becomes "apart" when a reader has seen the beginning without the end.
probe() {
    PARTS=together
    head -c "$1" /dev/zero | tr '\0' x >"$T/probe"
    curl -sN -o "$T/body" -w '%{http_code}' -H 'Authorization: Bearer x' \
        -H 'Content-Type: text/plain' --data-binary @"$T/probe" \
        -H 'Accept-Encoding: gzip' \
        "$BASE/health/ready?probe" >"$T/status" &
    CLIENT=$!
    : >"$T/body"
    while kill -0 "$CLIENT" 2>/dev/null; do
        cp "$T/body" "$T/seen"
        if grep -q '"host"' "$T/seen" && ! grep -q '"tick":4' "$T/seen"; then
            PARTS=apart
        fi
        sleep 0.05
    done
    wait "$CLIENT"
    STATUS=$(cat "$T/status")
}

ask /health/ready
is "$(body '[.host[].check] | join(" ")')" \
    'authorization buffering body_limit body_files time_limit state' 'it looks at all'
is "$(state_of time_limit)" broken 'the 300 seconds are known'
like "$(words_of time_limit)" 'FcgidBusyTimeout' 'with words for the host'
like "$(words_of body_limit)" 'FcgidMaxRequestLen' 'so are those for long bodies'
like "$(words_of body_files)" 'FcgidMaxRequestInMem' 'and for where they lie'
probe 1000
is "$STATUS $PARTS" '200 together' 'this host holds answers back'
like "$(words_of buffering)" 'FcgidOutputBufferSize 0' 'there are words for it'
is "$(state_of authorization)" fine 'the credential arrives'
probe 200000
like "$STATUS" '^(500|413)$' 'this host refuses bodies of 200 KB'

sed -i -e '/CGIPassAuth/d' -e '/HTTP:Authorization/d' "$T/www/.htaccess"
probe 1000
is "$(state_of authorization)" broken 'a missing credential is seen'
like "$(words_of authorization)" 'CGIPassAuth On' 'and there are words for it'
cp "$srcdir/httpd-conf/apache/htaccess" "$T/www/.htaccess"
sed -i -e '/CGIPassAuth/d' "$T/www/.htaccess"
probe 1000
is "$(state_of authorization)" fine 'without CGIPassAuth a rewrite rule does'
chat hello
is "$STATUS" 200 'and a call works'
sed -i -e '/HTTP:Authorization/d' \
    -e 's|fcgi \[L\]|fcgi [E=HTTP_AUTHORIZATION:%{HTTP:Authorization},L]|' \
    "$T/www/.htaccess"
chat hello
is "$STATUS" 200 'also by the variable that a redirection gives another name'
cp "$srcdir/httpd-conf/apache/htaccess" "$T/www/.htaccess"

# ---- and what it does not ----

stop_apache
host 'FcgidOutputBufferSize 0' 'FcgidMaxRequestLen 33554432' \
    "LoadModule deflate_module $MODULES/mod_deflate.so" \
    'SetOutputFilter DEFLATE' >"$T/httpd.conf"
start_apache "$T/httpd.conf"
probe 200000
is "$STATUS $PARTS $(state_of body_limit)" '200 apart fine' \
    'a host that does what it was asked to breaks nothing'
stop_apache
sed -i 's|^state.dir.*|state.dir = inside|' "$CONF"
own
start_apache "$T/httpd.conf"
ask /health/ready
is "$STATUS $(body .status)" \
    '503 the state directory lies in the document root' \
    'a state that may be handed out is not ready'
stop_apache
sed -i 's|^state.dir.*|state.dir = ../state|' "$CONF"
ok 'the audit finds no breach' ctl audit
