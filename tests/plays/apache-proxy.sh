# Apache httpd with mod_proxy_fcgi by turnpike.conf.in does all that a deployment
# must do.

. "${srcdir:-.}/tests/functions.sh"
. "${srcdir:-.}/tests/deployment.sh"

[ -x /usr/sbin/apache2 ] || skip_all 'Apache httpd is not installed'
plan $((DEPLOYMENT_CHECKS + 2))

launcher_deploys apache

check_alone apache/turnpike.conf.in /usr/sbin/apache2 -DFOREGROUND -f
