# Without a key, a device that says X-Free-Tier has one call; one that failed
# does not count, and all devices together have only so many a day.

. "${srcdir:-.}/tests/functions.sh"
plan 32

# free HEADER-VALUE SCRIPT [FILTER]: an anonymous call of a device.
free() {
    script_body "$2" "${3:-.}" >"$T/said"
    STATUS=$(curl -s -o "$T/body" -D "$T/head" -w '%{http_code}' \
        --max-time 60 -H 'Content-Type: application/json' \
        -H "X-Free-Tier: $1" -H "X-Forwarded-For: $device" \
        --data-binary @"$T/said" "$BASE/v1/chat/completions")
}

refusal() {
    body '[.error.code, .error.type] | join(" ")'
}

start_upstream
start_turnpike --upstream "$UPSTREAM" --set trusted_proxies=127.0.0.1 \
    --set free.daily_cap=6 --set free.max_tokens=50

device=192.0.2.1
for value in no 0 '' yes; do
    free "$value" words=1
    is "$STATUS $(refusal)" '401 invalid_api_key invalid_request_error' \
        "X-Free-Tier: $value asks for nothing"
done
is "$(curl -s "$UPSTREAM/v1/log" | jq length)" 0 'and the upstream hears nothing'

free 1 words=1 'del(.messages)'
is "$STATUS $(refusal)" '400 invalid_request invalid_request_error' \
    'a bad body is refused'
for script in status=500 status=400 html empty; do
    free true "$script"
    like "$STATUS" '^(502|400)$' "a call fails ($script)"
done
free 1 'words=60 ignore_max'
is "$STATUS" 200 'the free call is still there'
is "$(body '[.remaining_credits, .estimated_credits_used,
    .estimated_cost_usd]')" '[null,0,0]' 'it costs nothing'
is "$(seen '.body.max_tokens')" 50 'the output is limited'
is "$(seen '.headers.authorization')" null 'and nobody is named'
like "$(header x-request-id)" '^req_' 'it has an id'
is "$(header x-ratelimit-limit-requests)" '' 'but no rate'

for value in 1 true TRUE; do
    free "$value" words=1
    is "$STATUS $(refusal)" '401 free_tier_used invalid_request_error' \
        "another one ($value) is refused"
done
is "$(header x-should-retry)" false 'for good'
free 1 'words=1' '.stream = true'
is "$STATUS $(refusal)" '401 free_tier_used invalid_request_error' \
    'a stream, too'
KEY='ak_nonsense' ask /v1/chat/completions -H 'X-Free-Tier: 1' \
    -H 'X-Forwarded-For: 192.0.2.9' -H 'Content-Type: application/json' \
    --data-binary @"$T/said"
is "$STATUS $(refusal)" '401 invalid_api_key invalid_request_error' \
    'a bad key is not made good by it'

device=2001:db8:1:2::1
free true 'words=2' '.stream = true'
is "$STATUS $(frames | tail -n 2 | head -n 1 | jq -c '[.remaining_credits,
    .estimated_credits_used, .estimated_cost_usd]')" '200 [null,0,0]' \
    'another device has a stream'
device=2001:db8:1:2:ffff::2
free 1 words=1
is "$STATUS $(refusal)" '401 free_tier_used invalid_request_error' \
    'a network of version 6 is one device'
device=2001:db8:1:3::1
free 1 cut_headers
is "$STATUS" 502 'a third one fails'
free 1 'cut_after=0' '.stream = true'
is "$(frames | jq -r .error.code)" upstream_incomplete \
    'also when nothing is streamed'
free 1 words=1
is "$STATUS" 200 'but is served in the end'

for device in 192.0.2.2 192.0.2.3 192.0.2.4; do
    free 1 words=1
    is "$STATUS" 200 "so is $device"
done
device=192.0.2.5
free 1 words=1
is "$STATUS $(refusal)" '401 free_tier_used invalid_request_error' \
    'the seventh of a day is not'
is "$(balance '[.credits, .held]')" '[1000000,0]' 'no account has paid'
