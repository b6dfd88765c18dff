# Programs in browsers may use /v1: preflights are answered without a key, and
# every answer says who may read it and which fields; other paths say nothing.

. "${srcdir:-.}/tests/functions.sh"
plan 24

start_upstream
start_turnpike --upstream "$UPSTREAM" --set cors.origin=https://app.example

origin='https://app.example'
for path in /v1/chat/completions /v1/models /v1/models/x /v1/nothing; do
    KEY='' ask "$path" -X OPTIONS -H "Origin: $origin" \
        -H 'Access-Control-Request-Method: POST' \
        -H 'Access-Control-Request-Headers: authorization, content-type'
    is "$STATUS $(wc -c <"$T/body") $(header access-control-allow-origin)" \
        "204 0 $origin" "a preflight of $path"
done
like "$(header access-control-allow-methods)" 'GET.*POST' 'methods are allowed'
like "$(header access-control-allow-headers)" 'Authorization' 'headers, too'
like "$(header access-control-max-age)" '^[0-9]+$' 'for a while'
like "$(header x-request-id)" '^req_' 'it has an id'

exposed() { # what a program wants to read
    local name all
    all=$(header access-control-expose-headers | tr '[:upper:]' '[:lower:]')
    for name in x-request-id request-id retry-after x-should-retry \
        x-ratelimit-limit-requests x-ratelimit-remaining-requests; do
        case ", $all," in
        *", $name,"*) ;;
        *) return 1 ;;
        esac
    done
}

readable() { # readable STATUS DESC
    is "$STATUS $(header access-control-allow-origin)" "$1 $origin" "$2"
    ok "$2: with its fields" exposed
}

H=(-H "Origin: $origin")
say words=1
readable 200 'an answer may be read'
say words=1 '.stream = true'
readable 200 'so may a stream'
say words=1 '.messages = 1'
readable 400 'and a refusal'
KEY=none say words=1
readable 401 'and what is said to strangers'
ask /v1/nothing -H "Origin: $origin"
readable 404 'and that there is nothing'
ask /v1/chat/completions -X PUT -H "Origin: $origin"
readable 405 'and that it is done otherwise'

for path in /health/live /nothing; do
    ask "$path" -H "Origin: $origin"
    is "$(grep -ci access-control "$T/head")" 0 "$path is for nobody"
done
ask /health/live -X OPTIONS -H "Origin: $origin" \
    -H 'Access-Control-Request-Method: GET'
is "$STATUS $(grep -ci access-control "$T/head")" '405 0' \
    'nor is there a preflight'
stop_turnpike

start_turnpike --upstream "$UPSTREAM" --set cors.origin=
say words=1
is "$STATUS $(grep -ci access-control "$T/head")" '200 0' \
    'it can be turned off'
