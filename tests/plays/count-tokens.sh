# How many tokens a request would be: free, in the Messages dialect, by the
# upstream where it can count and by our own estimate where not, with a rolling
# minute of its own.

. "${srcdir:-.}/tests/functions.sh"
plan 21

start_upstream
start_turnpike --set rate.key=2 --set rate.count_tokens=7 \
    --upstream "messages@$UPSTREAM"

count() { # count BODY
    ask /v1/messages/count_tokens -H 'Content-Type: application/json' \
        --data-binary "$1"
}
prompt='{"model":"abliterated-model","system":"Be short.","max_tokens":5,
    "stream":true,"messages":[{"role":"user","content":"one two three"}]}'

before=$(balance .available)
count "$prompt"
is "$STATUS" 200 'a count'
is "$(body keys)" '["input_tokens"]' 'of the input and nothing else'
is "$(body .input_tokens)" "$(curl -s --data-binary "$prompt" \
    "$UPSTREAM/v1/messages/count_tokens" | jq .input_tokens)" \
    'as the upstream counts'
is "$(told '.[-2].path')" /v1/messages/count_tokens 'which was asked'
is "$(told '.[-2].body | has("max_tokens") or has("stream")')" false \
    'without the controls of generation'
is "$(balance .available)" "$before" 'for nothing'
count '{"model":"abliterated-model","messages":[]}'
is "$STATUS" 400 'no messages, no count'
is "$(body .error.type)" invalid_request_error 'in the words of Messages'
like "$(body .error.message)" '^messages: ' 'which begin with the field'
count '{"model":"nobody","messages":[{"role":"user","content":"x"}]}'
is "$STATUS" 400 'an unknown model'
for i in 1 2 3 4; do
    count "$prompt"
done
is "$STATUS" 200 'seven are allowed in a minute'
count "$prompt"
is "$STATUS" 429 'the eighth is not'
chat 'a call'
is "$STATUS" 200 'calls have a minute of their own'
stop_turnpike

start_turnpike --upstream "chat@$UPSTREAM"
count "$prompt"
is "$STATUS" 200 'an upstream that cannot count'
ok 'is counted for' test "$(body .input_tokens)" -gt 3
estimate=$(body .input_tokens)
stop_turnpike

# Upstreams that speak Messages, and have no count.
options=()
for status in 404 405 501 500; do
    serve "refusing-$status" 'server.modules = ("mod_redirect")' \
        'url.redirect = ("" => "/elsewhere")' "url.redirect-code = $status"
    options+=(--upstream "messages@$SERVED"
        --set "model.says$status.upstreams=u$((${#options[@]} / 4 + 1))")
done
start_turnpike --workers 1 "${options[@]}"
for status in 404 405 501; do
    count "${prompt/abliterated-model/says$status}"
    is "$STATUS $(body .input_tokens)" "200 $estimate" "nor has one that says $status"
done
is "$(json '[.upstreams[] | .failed + .failures_in_a_row] | add' stat)" 0 \
    'which is no failure of it'
count "${prompt/abliterated-model/says500}"
is "$STATUS" 502 'one that fails is told of'
is "$(json '[.upstreams[] | .failed] | add' stat)" 1 'and has failed'
