# The request window of a key counts what was served, over all workers, and
# tells the caller where it stands.

. "${srcdir:-.}/tests/functions.sh"
plan 23

start_turnpike --set rate.key=3
account ann@example.org 500
good=$KEY

KEY=ak_wrong
for _ in 1 2 3 4; do
    chat hello
done
is "$STATUS" 401 'a wrong key'
is "$(header x-ratelimit-limit-requests)" '' 'has no window'
KEY=$good

account poor@example.org 1
poor=$KEY
chat hello
is "$STATUS" 200 'a call on the last credit'
for _ in 1 2 3 4; do
    chat hello
done
is "$STATUS" 402 'is the last'
is "$(header x-ratelimit-remaining-requests)" 2 \
    'what was not paid was not counted'

KEY=$good
seen=''
for left in 2 1 0; do
    chat hello
    is "$STATUS" 200 "a request of which $left may follow"
    is "$(header x-ratelimit-remaining-requests)" "$left" 'says so'
    seen="$seen $(header ratelimit)"
done
is "$(header x-ratelimit-limit-requests)" 3 'the limit is told'
is "$(header ratelimit-policy)" '"req";q=3;w=60' 'and in the standard form'
like "$(header ratelimit)" '^"req";r=0;t=([1-9]|[1-5][0-9]|6[01])$' \
    'with what is left and until when'
like "$(header x-ratelimit-reset-requests)" \
    '^20[0-9-]+T[0-9:]+Z$' 'a time in the usual form'

refused=0
for pid in $(workers); do
    for other in $(workers); do
        [ "$other" = "$pid" ] || kill -STOP "$other"
    done
    chat hello
    [ "$STATUS" = 429 ] && refused=$((refused + 1))
    # shellcheck disable=SC2046 # a list of process ids
    kill -CONT $(workers)
done
is "$refused" 2 'the fourth is refused by either worker'
is "$(jq -r .error.code "$T/body")" rate_limit_exceeded 'with the code for it'
like "$(header retry-after)" '^([1-9]|[1-5][0-9]|6[01])$' \
    'and whole seconds to wait'
is "$(header x-ratelimit-remaining-requests)" 0 'nothing remains'
ask /v1/models
is "$STATUS" 429 'a list is a request as well'
KEY=$poor
ask /v1/models
is "$STATUS" 200 'another account has a window of its own'
is "$(json '.credits' account show ann@example.org)" 497 \
    'the refused calls cost nothing'
ok 'the audit finds no breach' ctl audit
