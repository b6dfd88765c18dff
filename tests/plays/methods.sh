# Each path knows its methods: HEAD is GET without a body, another known method
# is 405 and told the right ones, an unknown one is 501; all in JSON.

. "${srcdir:-.}/tests/functions.sh"
plan 40

start_turnpike --set rate.key=0
chat=/v1/chat/completions get='GET, HEAD, OPTIONS' post='POST, OPTIONS'

ask /v1/models
length=$(header content-length)
ask /v1/models -I
is "$STATUS $(header content-length)" "200 $length" 'HEAD is as long as GET'
is "$(wc -c <"$T/body")" "$(wc -c <"$T/head")" 'but has no body'
KEY='' ask /v1/models -I
is "$STATUS $(wc -c <"$T/body")" "401 $(wc -c <"$T/head")" \
    'a refusal neither'
ask /v1/nothing -I
is "$STATUS $(wc -c <"$T/body")" "404 $(wc -c <"$T/head")" \
    'nor that there is nothing'
ask $chat -I
is "$STATUS $(header allow)" "405 $post" 'what cannot be got has no head'

# wrong METHOD PATH ALLOW
wrong() {
    ask "$2" -X "$1" --data ''
    is "$STATUS $(header allow)" "405 $3" "$1 $2"
    is "$(body '.error | [.code, .type, .param] | @csv')" \
        '"method_not_allowed","invalid_request_error",' "$1 $2: in our words"
}
for method in GET PUT PATCH DELETE TRACE; do
    wrong $method $chat "$post"
done
for method in POST PUT DELETE; do
    wrong $method /v1/models "$get"
    wrong $method /v1/models/x "$get"
done
wrong PUT /health/ready 'GET, HEAD, POST'
wrong PUT /health/live 'GET, HEAD'

for method in PROPFIND BREW get; do
    ask $chat -X $method
    like "$STATUS" '^501$' "$method is no method"
    is "$(grep -c '<' "$T/body")" 0 "$method: it is not told in HTML"
    is "$(body '.error | keys')" '["code","message","param","type"]' \
        "$method: but in JSON"
done
