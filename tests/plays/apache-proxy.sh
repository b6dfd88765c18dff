# Apache httpd with mod_proxy_fcgi by turnpike.conf.in does all that a deployment
# must do.

. "${srcdir:-.}/tests/functions.sh"
. "${srcdir:-.}/tests/deployment.sh"

[ -x /usr/sbin/apache2 ] || skip_all 'Apache httpd is not installed'
plan $((DEPLOYMENT_CHECKS + 2))

reload() {
    kill -HUP "$LAUNCHER"
}
renew() {
    kill -TERM "$1"
}

prepare_deployment
start_turnpike --server apache
check_deployment
stop_turnpike
is "$?" 0 'and the house can be closed'

check_alone apache/turnpike.conf.in /usr/sbin/apache2 -DFOREGROUND -f
