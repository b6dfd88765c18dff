# nginx by turnpike.conf.in does all that a deployment must do, and lets go the
# upstream of a client that leaves before the answer has begun.

. "${srcdir:-.}/tests/functions.sh"
. "${srcdir:-.}/tests/deployment.sh"

[ -x /usr/sbin/nginx ] || skip_all 'nginx is not installed'
plan $((DEPLOYMENT_CHECKS + 5))

launcher_deploys nginx

# Before the head of the answer there is nothing to be written to a client that
# has left; only nginx tells of him all the same.
start_turnpike --server nginx --set stream.grace=0
perform_to "$T/early" 'first=600000' true
ok 'a stream has not begun' until_true upstream_has '.streams == 1'
leave "$CLIENT"
ok 'its upstream is let go when the client has left' \
    until_true upstream_has '.streams == 0'
stop_turnpike
is "$?" 0 'and the house can be closed again'

check_alone nginx/turnpike.conf.in /usr/sbin/nginx -e stderr -c
