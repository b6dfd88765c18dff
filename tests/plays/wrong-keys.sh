# Who offers many wrong API keys from one address is told to wait; a right key
# from there is served all the same, and so are others. Only of a flood new keys
# are not looked at, right or wrong. RELIABILITY.md 5.1.

. "${srcdir:-.}/tests/functions.sh"
plan 35

# from ADDRESS KEY [TIMES]: asks so often; prints how often there was what.
from() {
    curl -s -o "$T/body" -D "$T/head" -w '%{http_code}\n' --max-time 60 \
        -H "Authorization: Bearer $2" -H "X-Forwarded-For: $1" \
        "$BASE/v1/models?n=[1-${3:-1}]" | sort | uniq -c |
        awk '{print $2 "x" $1}' | paste -sd ' '
}

# ---- an address ----

start_turnpike --workers 1 --set trusted_proxies=127.0.0.1
good=$KEY
is "$(from 192.0.2.1 "$good")" 200x1 'a right key'
is "$(from 192.0.2.1 ak_wrong)" 401x1 'a wrong one'
wrong=$(body '.error | [.message, .code]')
is "$wrong" '["Invalid API key","invalid_api_key"]' 'is told so'
is "$(from 192.0.2.1 other 28)" 401x28 'and others, which are told the same'
is "$(body '.error | [.message, .code]')" "$wrong" 'in the same words'
like "$(from 192.0.2.1 ak_wrong 20)" '^401x[1-9] 429x1[0-9]$' \
    'but not for ever'
is "$(from 192.0.2.1 ak_wrong)" 429x1 'at last to wait'
is "$(body '.error | [.type, .code]')" \
    '["rate_limit_error","rate_limit_exceeded"]' 'because there were too many'
like "$(header retry-after)" '^[12]$' 'for two seconds at most'
is "$(header x-should-retry)" '' 'after which it may be tried again'
like "$(header x-request-id)" '^req_' 'the answer has an id'
is "$(from 192.0.2.1 "$good" 20)" 200x20 'a right key is served from there'
new=$(json .key key create demo@localhost)
is "$(from 192.0.2.1 "$new")" 200x1 'also one that was not seen before'
is "$(from 192.0.2.2 ak_wrong)" 401x1 'another address is another matter'
is "$(from 2001:db8:1::1 ak_wrong 29)" 401x29 'so is a network'
like "$(from 2001:db8:1::2 ak_wrong 9)" '^401x[1-5] 429x[4-8]$' \
    'which is one, however large'
is "$(from 127.0.0.1 ak_wrong 60)" 401x60 'nor the machine itself'
is "$(from 192.0.2.1 ey.ey.ey 40)" 401x40 'tokens that are none are not counted'
is "$(from 192.0.2.1 '' 40)" 401x40 'nor is what is no key'
curl -s -o "$T/body" -H 'x-api-key: ak_wrong' -H 'anthropic-version: 2023-06-01' \
    -H 'X-Forwarded-For: 2001:db8:1::3' "$BASE/v1/messages" -d '{}' \
    -H 'Content-Type: application/json'
is "$(body '[.type, .error.type]')" '["error","rate_limit_error"]' \
    'each surface says it in its way'
stop_turnpike

# ---- a flood, and everybody ----

start_turnpike --workers 1 --set trusted_proxies=127.0.0.1 \
    --set rate.wrong_key_address=1 --set rate.wrong_key=1
like "$(from 192.0.2.1 ak_wrong)" 429x1 'counts outlive the workers'
is "$(from 192.0.2.9 "$good")" 200x1 'a key is right'
like "$(from 192.0.2.9 ak_wrong 12)" '^(401x1 429x11|429x12)$' \
    'an address that floods'
is "$(from 192.0.2.9 "$good")" 200x1 'has it served still'
new=$(json .key key create demo@localhost)
is "$(from 192.0.2.9 "$new")" 429x1 'but none that is new to the worker'
like "$(header retry-after)" '^[1-6]$' 'for a while'
is "$(from 192.0.2.10 "$new")" 200x1 'which other addresses need not care for'
is "$(from 192.0.2.9 "$new")" 200x1 'nor it, when it is known'
like "$(curl -s -o "$T/body" -w '%{http_code} ' -H 'X-Forwarded-For: 192.0.2.20' \
    -H 'x-api-key: a' "$BASE/v1/models" --next -s -o "$T/body" -w '%{http_code}' -H 'X-Forwarded-For: 192.0.2.21' \
    -H 'x-api-key: b' "$BASE/v1/models")" '^(401|429) 429$' \
    'all together have a limit, too'
stop_turnpike

# ---- an address that is told twice ----

# from_two HEADER HEADER: as from, but with a wrong key and from two addresses
# that nobody else has; the web server takes both headers for one name.
from_two() {
    for i in 1 2 3 4; do
        curl -s -o "$T/body" -w '%{http_code}\n' --max-time 60 \
            -H 'x-api-key: ak_wrong' -H "$1: 203.0.113.$i" \
            -H "$2: 198.51.100.$i" "$BASE/v1/models"
    done | sort | uniq -c | awk '{print $2 "x" $1}' | paste -sd ' '
}

start_turnpike --workers 1 --set trusted_proxies=127.0.0.1 \
    --set rate.wrong_key_address=1 --set rate.wrong_key=0
is "$(from_two X_Forwarded_For X-Forwarded-For)" '401x1 429x3' \
    'who has two addresses is not known by the first'
is "$(from_two X-Forwarded-For X_Forwarded_For)" 429x4 'nor by the last'
is "$(from 192.0.2.40 ak_wrong)" 401x1 'nor is he somebody else'
stop_turnpike

# ---- none ----

start_turnpike --workers 1 --set rate.wrong_key_address=0 --set rate.wrong_key=0
is "$(from 192.0.2.1 ak_wrong 500)" 401x500 'without limits nothing is counted'
rm -f "$T/state/throttle"
is "$(from 192.0.2.1 ak_wrong)" 401x1 'without its file neither'
is "$(from 192.0.2.1 "$good")" 200x1 'and keys are as good as before'
