# shellcheck shell=bash
# What a deployment makes of requests: headers, HTTP, and which program answers.

check_headers() {
    local long
    call /v1/models -H "Authorization: Bearer $KEY"
    is "$STATUS" 200 'the Authorization header arrives'
    call /v1/models -H "x-api-key: $KEY"
    is "$STATUS" 200 'so does x-api-key'
    call /v1/models
    is "$STATUS $(body .error.code)" '401 invalid_api_key' \
        'without either one is a stranger'
    call /v1/models -H "Authorization: Bearer $KEY" \
        -H "Authorization: Bearer $KEY"
    like "$STATUS" '^40[01]$' 'two Authorization headers are refused'
    is "$(body '.error | type')" object 'in JSON'
    ask /v1/models -H 'X-Any: a' -H 'X-Any: b'
    is "$STATUS" 200 'other headers may come twice'
    long=$(head -c 10000 /dev/zero | tr '\0' x)
    ask /v1/models -H "X-One: $long" -H "X-Two: $long"
    is "$STATUS" 200 '20 KB of headers pass'
    ask /v1/models -H "X-Long: $(head -c 70000 /dev/zero | tr '\0' x)"
    like "$STATUS $(body '.error | type')" '^4[0-9][0-9] object$' \
        'a header of 70 KB is refused in JSON'
    call /v1/models -X OPTIONS -H 'Origin: https://app.example' \
        -H 'Access-Control-Request-Method: GET' \
        -H 'Access-Control-Request-Headers: authorization'
    is "$STATUS $(wc -c <"$T/body") $(header access-control-allow-origin)" \
        '204 0 *' 'a preflight is answered'
}

check_http() {
    local length
    ask /v1/models
    length=$(header content-length)
    is "$length" "$(stat -c %s "$T/body")" 'an answer tells its length'
    ask /v1/models -I
    is "$STATUS $(header content-length)" "200 $length" 'HEAD is as long as GET'
    is "$(curl -s -o "$T/one" -o "$T/two" -w '%{http_code} %{num_connects},' \
        -H "Authorization: Bearer $KEY" "$BASE/v1/models" "$BASE/v1/models")" \
        '200 1,200 0,' 'a connection serves two requests'
    ask /v1/models -0
    is "$STATUS" 200 'HTTP/1.0 is answered'
    perform words=5 true ''
    ok 'a stream comes whole' is_whole "$T/body"
    H=(-0) say words=5 '.stream = true'
    ok 'over HTTP/1.0, too' is_whole "$T/body"
    ask /nothing
    is "$STATUS $(body .error.code)" '404 not_found' 'what there is not is 404'
    ask '/v1/models/a%2Fb' --path-as-is
    like "$(body .error.message)" 'a/b' 'an escaped slash arrives as it is'
    ask '/v1/models?limit=20&after_id=a%2Fb'
    is "$STATUS" 200 'a query goes with its path'
    ask '/policy/v1/messages?beta=true' -H 'Content-Type: application/json' \
        --data-binary "$(DIALECT=messages ask_body words=5 false)"
    is "$STATUS" 200 'with that of a governed call, too'
    ask '/v1/%zz' --path-as-is
    like "$STATUS" '^40[04]$' 'a wrong escape is refused'
    is "$(body '.error | type')" object 'in JSON'
}

check_programs() {
    call /policy/v1/chat/completions -H 'Content-Type: application/json' -d '{}'
    is "$STATUS $(body .error.code)" '401 invalid_api_key' \
        'a governed call of a stranger is refused'
    call /policy/v1/messages -H 'Content-Type: application/json' -d '{}'
    is "$STATUS $(body '[.type, .error.type] | join(" ")')" \
        '401 error authentication_error' 'in words of its dialect'
    ask /policy/x
    is "$STATUS $(body .error.code)" '404 not_found' \
        'there, too, what there is not is 404'
    ask /policy
    is "$STATUS $(body .error.code)" '404 not_found' 'so is the surface itself'
    call /api/auth/me
    is "$STATUS $(body .error.code)" '401 invalid_api_key' \
        'a stranger manages nothing'
    call /api/x
    is "$STATUS $(body .error.code)" '404 not_found' 'nor is there more'
    SURFACE=/policy perform words=5 true
    ok 'a governed stream comes whole' is_whole "$T/body"
}
