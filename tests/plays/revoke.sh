# A key that is revoked, expired or of a suspended account fails on the very
# next request in every worker, and a caller cannot tell why a key is wrong.

. "${srcdir:-.}/tests/functions.sh"
plan 27

start_turnpike --set rate.key=0

# Every worker in turn gets the socket for itself: lone PID CMD...
lone() {
    local pid=$1 other
    shift
    for other in $(workers); do
        [ "$other" = "$pid" ] || kill -STOP "$other"
    done
    "$@"
    # shellcheck disable=SC2046 # a list of process ids
    kill -CONT $(workers)
}

everywhere() { # everywhere STATUS DESC
    local pid
    for pid in $(workers); do
        lone "$pid" chat hello
        is "$STATUS" "$1" "$2"
    done
}

refusal() { # the body that KEY gets, without its request id
    ask /v1/models
    jq -c . "$T/body"
}

account ann@example.org 500
key_id=$(json '.[0].id' key list ann@example.org)
everywhere 200 'a worker takes a good key'
ok 'the key is revoked' ctl key revoke "$key_id"
everywhere 401 'no worker takes it any more'
revoked=$(refusal)
is "$STATUS" 401 'not for a list either'
is "$(header x-should-retry)" false 'and trying again is no use'
KEY=ak_00000000000000000000000000000000000000
is "$(refusal)" "$revoked" 'an unknown key is told the same'
KEY=${KEY%0}
is "$(refusal)" "$revoked" 'so is a short one'
KEY='not a key'
is "$(refusal)" "$revoked" 'so is nonsense'

KEY=$(json .key key create ann@example.org --expires +1s)
key_id=$(json '.[-1].id' key list ann@example.org)
expired() {
    ask /v1/models
    [ "$STATUS" = 401 ]
}
ok 'a key expires' until_true expired
everywhere 401 'in every worker'
is "$(refusal)" "$revoked" 'and is told the same'
not_ok 'an expired key is not rotated' ctl key rotate "$key_id"

KEY=$(json .key key create ann@example.org --label long)
key_id=$(json '.[] | select(.label == "long") | .id' key list ann@example.org)
old=$KEY
new=$(json .key key rotate "$key_id" --overlap 1h)
like "$new" '^ak_' 'a key is rotated'
everywhere 200 'the old one is good during the overlap'
KEY=$new
everywhere 200 'and so is the new one'
new_id=$(json ".[] | select(.label == \"long\" and .id != \"$key_id\") | .id" \
    key list ann@example.org)
last=$(json .key key rotate "$new_id" --overlap 0s)
everywhere 401 'without overlap the old one ends at once'

KEY=$old
ok 'the account is suspended' ctl account suspend ann@example.org
everywhere 403 'its keys are refused, and told why'
ctl account resume ann@example.org >/dev/null
KEY=$last
everywhere 200 'until it is resumed'
