# Apache httpd with mod_proxy_fcgi by turnpike.conf.in does all that a deployment
# must do, also from within a virtual host.

. "${srcdir:-.}/tests/functions.sh"
. "${srcdir:-.}/tests/deployment.sh"

[ -x /usr/sbin/apache2 ] || skip_all 'Apache httpd is not installed'
plan $((DEPLOYMENT_CHECKS + 9))

launcher_deploys apache

check_alone apache/turnpike.conf.in /usr/sbin/apache2 -DFOREGROUND -f

# ---- a system's own ----

start_turnpike --server apache
chmod 711 "$T/state" # as "$T"
mkdir -m 755 "$T/host"
port=$(free_port)
fill_template apache/turnpike.conf.in -e "s|@PORT@|$port|" \
    -e "s|@RUN@|$T/host|" -e "s|@HTDOCS@|$T/alone/htdocs|" >"$T/host/httpd.conf"
as_host "$T/host/httpd.conf"
/usr/sbin/apache2 -DFOREGROUND -f "$T/host/httpd.conf" 2>"$T/host/err" &
on_exit "kill $!; wait $!"
BASE=http://127.0.0.1:$port
ok 'the gateway fits into a virtual host' until_true is_ready
diag "$(cat "$T/host/err")"
check_frames
is "$(header content-encoding "$T/stream.head")" '' 'it is not compressed'
chmod 700 "$T/state"
stop_turnpike
is "$?" 0 'and the house can be closed again'
