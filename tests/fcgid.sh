# shellcheck shell=bash
# Vocabulary of the plays under Apache with mod_fcgid, beside functions.sh:
#
#   need_apache             skips the play where there is none; sets HTTPD and
#                           MODULES. Apache will not serve as root, so all that
#                           runs does as an ordinary user
#   plain CMD...            runs CMD as that user
#   write_conf LINE...      $CONF, with the upstream and these lines
#   fcgid_conf LINE...      $T/httpd.conf, which is turnpike-fcgid.conf.in changed
#                           by $DIRECTIVE, for this $CONF; without one a process
#                           ends after 20 requests
#   start_fcgid LINE...     starts it with that
#   start_apache CONF       starts it with this file; sets BASE from $port
#   stop_apache             and waits until it is gone
#   fcgis                   prints the process ids of the turnpike.fcgi
#
# $T/bin has the programs; $CONF is the configuration that ctl uses.

APACHE=''
CONF=$T/turnpike.conf
DIRECTIVE='FcgidMaxRequestsPerProcess 20'

need_apache() {
    HTTPD=$(PATH=$PATH:/usr/sbin command -v apache2 httpd | head -n 1)
    [ -n "$HTTPD" ] || skip_all 'Apache httpd is not installed'
    for MODULES in /usr/lib/apache2/modules /usr/lib64/httpd/modules \
        /usr/lib/httpd/modules; do
        [ ! -e "$MODULES/mod_fcgid.so" ] || break
    done
    [ -e "$MODULES/mod_fcgid.so" ] || skip_all 'mod_fcgid is not installed'
    mkdir -p "$T/bin" "$T/run"
    cp "$builddir/turnpike.fcgi" "$builddir/turnpikectl" "$T/bin"
    cp -r "$srcdir/httpd-conf/htdocs" "$T/htdocs"
    wrap_fcgi
    own
    plain test -x "$T/bin/turnpike.fcgi" ||
        skip_all "an ordinary user cannot reach $T"
    on_exit 'stop_apache; tell_apache'
}

# Under valgrind, when that was asked for.
wrap_fcgi() {
    [ -n "${TURNPIKE_VALGRIND:-}" ] || return 0
    mkdir -p "$T/real"
    mv "$T/bin/turnpike.fcgi" "$T/real"
    under_valgrind "$T/real/turnpike.fcgi" "$T/bin/turnpike.fcgi"
}

# Everything is that user's.
own() {
    [ "$(id -u)" -ne 0 ] || chown -R 65534:65534 "$T"
}

PLAIN=(env)
[ "$(id -u)" -ne 0 ] ||
    PLAIN=(setpriv --reuid=65534 --regid=65534 --clear-groups)

plain() {
    "${PLAIN[@]}" "$@"
}

ctl() {
    plain "$T/bin/turnpikectl" --conf "$CONF" "$@"
}

write_conf() {
    {
        echo "upstream.local.url = $UPSTREAM"
        printf '%s\n' "$@"
    } >"$CONF"
    chmod 600 "$CONF"
    own
}

# Asking for this starts no process of ours.
answers() {
    curl -s -o "$T/answers" --max-time 10 "$BASE/turnpike-errors/404.html"
}

start_apache() {
    BASE=http://127.0.0.1:$port
    "${PLAIN[@]}" "$HTTPD" -D FOREGROUND -f "$1" >"$T/launch.err" 2>&1 &
    APACHE=$!
    until_true answers || bail "Apache does not start: $(cat "$T/launch.err")"
}

fcgid_conf() {
    write_conf "$@"
    port=$(free_port)
    sed -e "s|@PORT@|$port|" -e "s|@RUN@|$T/run|" -e "s|@HTDOCS@|$T/htdocs|" \
        -e "s|@MODULES@|$MODULES|" -e "s|@CONF@|$CONF|" \
        -e "s|@PROGRAM@|$T/bin/turnpike.fcgi|" \
        -e "s|^${DIRECTIVE% *} .*|$DIRECTIVE|" \
        "$srcdir/httpd-conf/apache/turnpike-fcgid.conf.in" >"$T/httpd.conf"
}

start_fcgid() {
    fcgid_conf "$@"
    start_apache "$T/httpd.conf"
}

stop_apache() {
    local pid=$APACHE
    [ -n "$pid" ] || return 0
    APACHE=''
    kill -TERM "$pid" 2>/dev/null
    wait "$pid" 2>/dev/null
}

tell_apache() {
    [ "$failures" -eq 0 ] || diag "$(tail -n 30 "$T/run/httpd.log")"
}

fcgis() {
    pgrep -f "$T/(bin|real|www)/turnpike.fcgi( |\$)"
}
