# Whoever asks after the health of the house is answered, without a key, at no
# cost, and at these two paths only.

. "${srcdir:-.}/tests/functions.sh"
plan 13

curl_health() {
    KEY=none ask "/health/$1"
    echo "$STATUS $(jq -rc .status "$T/body")"
}

start_turnpike
is "$(curl_health live)" '200 ok' 'it lives'
is "$(curl_health ready)" '200 ready' 'it is ready'
is "$(header content-type)" application/json 'in JSON'
is "$(header cache-control)" no-store 'for now'
like "$(header x-request-id)" '^req_' 'with an id'
is "$(header x-ratelimit-limit-requests)" '' 'without a rate'
ask '/health/live?x=y' -I
is "$STATUS $(wc -c <"$T/body")" "200 $(wc -c <"$T/head")" \
    'HEAD has a head only'
ask /health/live -X POST -d ''
is "$STATUS $(header allow)" '405 GET, HEAD' 'nothing can be posted'
for path in /health /health/ /health/live/ /health/dead; do
    ask "$path"
    is "$STATUS $(body .error.code)" '404 not_found' "$path is nothing"
done
is "$(balance .credits)" 1000000 'health is free'
