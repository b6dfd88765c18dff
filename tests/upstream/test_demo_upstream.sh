# The demo upstream answers as its scripts say: usage that adds up, frames that
# can be counted, every fault as ordered, and a log that tells how it ended.

. "${srcdir:-.}/tests/functions.sh"
plan 85

mkfifo "$T/listening"
"$builddir/turnpike-demo-upstream" --port 0 >"$T/listening" &
UPSTREAM=$!
on_exit 'kill $UPSTREAM 2>/dev/null'
read -r -t 30 LINE <"$T/listening" || bail 'the demo upstream does not start'
like "$LINE" '^listening [0-9]+$' 'it says where it listens'
URL=http://127.0.0.1:${LINE#listening }/v1

# say PATH JSON: STATUS is curl's exit status, CODE the HTTP status; the answer
# is in $T/body, its head in $T/head.
say() {
    CODE=$(curl -s --max-time 20 -o "$T/body" -D "$T/head" -w '%{http_code}' \
        -H 'Content-Type: application/json' --data-binary "$2" "$URL/$1")
    STATUS=$?
}

# whole SCRIPT and stream SCRIPT: a chat completion of "one two three".
whole() {
    say chat/completions "$(jq -nc --arg s "$1" '{model: "mock", messages:
        [{role: "user", content: ("one two three\nscript: " + $s)}]}')"
}

stream() {
    say chat/completions "$(jq -nc --arg s "$1" '{model: "mock", stream: true,
        stream_options: {include_usage: true}, messages:
        [{role: "user", content: ("one two three\nscript: " + $s)}]}')"
}

data() { # the JSON of all frames, as one array
    sed -n 's/^data: *//p' "$T/body" | grep -v '^\[DONE\]$' | jq -sc "$1"
}

body() {
    jq -r "$1" "$T/body"
}

last_logged() {
    curl -s "$URL/log" | jq -rc ".[-1] | $1"
}

has() {
    grep -q -- "$1" "$T/body"
}

# ---- chat, not streamed ----

say chat/completions '{"model":"mock","messages":[
    {"role":"system","content":"be kind"},
    {"role":"user","content":[{"type":"text","text":"one two"}]}]}'
is "$(body .choices[0].message.content)" \
    'You said: one two and so the demo model goes on to' \
    'the answer comes from the message'
is "$(body '[.usage[]] | join(" ")')" '4 12 16' 'words are tokens'
is "$(body .choices[0].finish_reason)" stop 'it ends by itself'

say chat/completions '{"model":"mock;words=5;text=la%20la","n":2,
    "messages":[{"role":"user","content":"x"}]}'
is "$(body '[.choices[].index] | join(" ")')" '0 1' 'n makes choices'
is "$(body .usage.completion_tokens)" 10 'they are all counted'
like "$(body .choices[1].message.content)" '^la la la la ' \
    'a model name can hold the script'

say chat/completions '{"model":"mock","max_tokens":3,
    "messages":[{"role":"user","content":"one two"}]}'
is "$(body .choices[0].message.content)" 'You said: one' 'max_tokens cuts'
is "$(body .choices[0].finish_reason)" length 'and is the reason'

say chat/completions '{"model":"mock","stop":["two"],
    "messages":[{"role":"user","content":"one two"}]}'
is "$(body .choices[0].message.content)" 'You said: one' 'stop stops'

say chat/completions '{"model":"mock","messages":[{"role":"user","content":"x"}],
    "response_format":{"type":"json_schema","json_schema":{"name":"a","schema":
    {"type":"object","properties":{"city":{"type":"string"},"n":{"type":
    "integer"},"l":{"type":"array","items":{"enum":["red"]}}}}}}}'
is "$(body '.choices[0].message.content | fromjson | [.n, .l[0]] | join(" ")')" \
    '7 red' 'a schema is obeyed'

tools='[{"type":"function","function":{"name":"find"}},
    {"type":"function","function":{"name":"keep"}}]'
say chat/completions '{"model":"mock","tools":'"$tools"',
    "messages":[{"role":"user","content":"use a tool"}]}'
is "$(body '.choices[0] | [.finish_reason, .message.content,
    .message.tool_calls[0].function.name] | tojson')" \
    '["tool_calls",null,"find"]' 'the word tool asks for a call'
is "$(body '.choices[0].message.tool_calls[0].function.arguments |
    fromjson | .query')" 'use a tool' 'its arguments are JSON'
say chat/completions '{"model":"mock","tools":'"$tools"',"messages":[
    {"role":"user","content":"use a tool"},{"role":"tool","content":"ok"}]}'
is "$(body .choices[0].finish_reason)" stop 'a result is answered in words'
say chat/completions '{"model":"mock","tools":'"$tools"',"messages":[
    {"role":"user","content":"use a tool"},{"role":"assistant","tool_calls":[]},
    {"role":"tool","content":"ok"},{"role":"system","content":"be kind"}]}'
is "$(body .choices[0].finish_reason)" stop 'also when words follow it'
say chat/completions '{"model":"mock","tools":'"$tools"',"messages":[
    {"role":"assistant","tool_calls":[]},{"role":"tool","content":"ok"},
    {"role":"assistant","content":"thanks"},
    {"role":"user","content":"use a tool"}]}'
is "$(body .choices[0].finish_reason)" tool_calls 'a later turn calls again'
scripted='mock;call=look;args={\"at\":\"a%20b\"}'
say chat/completions '{"model":"'"$scripted"'",
    "messages":[{"role":"user","content":"x"}]}'
is "$(body '.choices[0].message.tool_calls[0].function |
    [.name, .arguments] | tojson')" '["look","{\"at\":\"a b\"}"]' \
    'a script can tell the call'
say messages '{"model":"'"$scripted"'","max_tokens":9,
    "messages":[{"role":"user","content":"x"}]}'
is "$(body '.content[0] | [.type, .name, .input.at] | tojson')" \
    '["tool_use","look","a b"]' 'in Messages'
say responses '{"model":"'"$scripted"'","input":"x"}'
is "$(body '.output[0] | [.type, .name, .arguments] | tojson')" \
    '["function_call","look","{\"at\":\"a b\"}"]' 'and in Responses'
say responses '{"model":"'"$scripted"'","input":[
    {"role":"user","content":"x"},{"type":"function_call","name":"look"},
    {"type":"function_call_output","output":"seen"},
    {"role":"user","content":"more"}]}'
is "$(body '.output[0].type')" message 'and answers its result in words'

say chat/completions '{"model":"mock","messages":"x"}'
is "$CODE $(body .error.param)" '400 messages' 'a bad field is named'
say chat/completions '{"model":'
is "$CODE" 400 'bad JSON is refused'
whole 'wrods=3'
like "$CODE $(body .error.message)" '^400 .*wrods=3' 'so is a bad script'

# ---- chat, streamed ----

stream words=4
is "$(data '[.[].choices[]?.delta.content // empty] | join("")')" \
    '"You said: one two"' 'deltas make the text'
is "$(data length)" 7 'role, four words, finish, usage'
is "$(data '.[-1] | [.choices, .usage.completion_tokens]')" '[[],4]' \
    'usage has a chunk of its own'
is "$(tail -n 2 "$T/body" | head -n 1)" 'data: [DONE]' '[DONE] is last'
is "$(last_logged '[.frames_sent, .ended, .completion_tokens]')" \
    '[7,"complete",4]' 'the log agrees'

say chat/completions '{"model":"mock;words=2","stream":true,
    "messages":[{"role":"user","content":"x"}]}'
is "$(data 'any(has("usage"))')" false 'no usage unless it is asked for'

say chat/completions '{"model":"mock;two_tools","stream":true,
    "tools":'"$tools"',"messages":[{"role":"user","content":"x"}]}'
is "$(data '[.[].choices[].delta.tool_calls[]?.function.name // empty]')" \
    '["find","keep"]' 'two calls are streamed'
is "$(data '[.[].choices[].delta.tool_calls[]? | select(.index == 1) |
    .function.arguments] | join("") | fromjson | .query')" '"x"' \
    'arguments come in fragments'

stream 'reasoning=3 words=1'
is "$(data '[.[].choices[].delta.reasoning_content // empty] | length')" 3 \
    'thought comes first'

# ---- usage that lies ----

whole 'usage=none'
is "$(body .usage)" null 'no usage'
whole 'usage=zero'
is "$(body .usage.total_tokens)" 0 'no tokens'
whole 'usage=negative'
is "$(body .usage.prompt_tokens)" -5 'fewer than none'
whole 'usage=string words=3'
is "$(body .usage.completion_tokens\|type)" string 'a number in quotes'
whole 'usage=7,5'
is "$(body .usage.total_tokens)" 12 'what the script says'
stream 'usage=twice'
is "$(data '[.[].usage // empty] | length')" 2 'two usages'
stream 'usage=early words=9'
is "$(data '.[0].usage.completion_tokens')" 9 'usage on the first frame'

# ---- faults of an answer ----

whole 'status=503 retry_after=7 message=too%20busy param=model'
is "$CODE $(body '[.error.message, .error.param] | join("/")')" \
    '503 too busy/model' 'an error answer'
like "$(cat "$T/head")" '^Retry-After: 7' 'with its header'
whole cut_headers
is "$STATUS" 52 'no answer at all'
whole cut_after=30
is "$STATUS $(wc -c <"$T/body")" '18 30' 'a body that is cut'
whole reset_after=30
is "$STATUS" 56 'a body that is reset'
whole html
like "$(cat "$T/head" "$T/body")" 'text/html' 'a page'
whole badjson
not_ok 'half an object' jq . "$T/body"
whole empty
is "$CODE $STATUS $(wc -c <"$T/head" | grep -c .)" '200 0 1' 'nothing'
like "$(cat "$T/head")" '^Content-Length: 0' 'of no length'
whole redirect
is "$CODE" 302 'a redirect'
whole bigheader=20
ok 'a large header' test "$(wc -c <"$T/head")" -gt 20480
whole bigbody=2
ok 'a large body' test "$(wc -c <"$T/body")" -gt 2097152
whole gzip
is "$(gzip -dc <"$T/body" | jq -r .object)" chat.completion 'a gzip body'
whole content_type=text/plain
like "$(cat "$T/head")" '^Content-Type: text/plain' 'another type'
whole own_keys
is "$(body .remaining_credits)" 999 'keys of the gateway'
whole 'split=10 words=3'
is "$(body .usage.completion_tokens)" 3 'pieces make the whole'
whole 'slow=1 empty'
is "$CODE" 200 'slow but sure'
whole 'ignore_max words=4'
is "$(body .usage.completion_tokens)" 4 'deaf to the limit'

# ---- faults of a stream ----

stream cut_after=3
is "$STATUS $(data length)" '18 3' 'cut after three frames'
is "$(last_logged .ended)" fault 'is written down'
stream reset_after=3
is "$STATUS $(data length)" '56 3' 'reset after three frames'
stream error_after=3
is "$STATUS $(data '.[-1].error.type')" '18 "server_error"' 'an error frame'
stream garbage_after=2
ok 'garbage' has '^data: not json$'
stream done=no
not_ok 'no [DONE]' has DONE
stream after_done
is "$(grep . "$T/body" | tail -n 1)" 'data: {"late":true}' 'more behind [DONE]'
stream finish=none
is "$(data '[.[].choices[]?.finish_reason // empty]')" '[]' 'no finish'
stream finish=length
is "$(data '[.[].choices[]?.finish_reason // empty]')" '["length"]' 'another'
stream crlf
ok 'CR LF' has "$(printf '^data: .*\r$')"
stream cr
is "$(tr -d '\r' <"$T/body" | wc -l)" 0 'CR alone'
stream bom
is "$(head -c 3 "$T/body" | od -An -tx1)" ' ef bb bf' 'a byte order mark'
stream comments
ok 'comments' has '^: hi$'
stream ids
ok 'ids' has '^id: 1$'
stream nospace
ok 'no space' has '^data:{'
stream role_empty
is "$(data '[.[].choices[]? | select(.delta.role == "")] | length > 3')" true \
    'an empty role'
stream empty_choices
is "$(data '.[0].choices')" '[]' 'a first chunk without choices'
stream bad_utf8
not_ok 'bad UTF-8' iconv -f UTF-8 -t UTF-16 "$T/body"
stream huge_frame=100
ok 'a huge frame' test "$(wc -c <"$T/body")" -gt 102400
stream 'split=7 words=3'
is "$(data length)" 6 'pieces of frames'
stream 'until_close words=3'
is "$STATUS $(data length)" '0 6' 'an end by closing'

# ---- time ----

waiting() {
    curl -s "$URL/stats" | jq -e '.waiting == 1'
}
stream barrier=gate@2 &
HELD=$!
ok 'a stream waits at a barrier' until_true waiting
is "$(last_logged '[.frames_sent, .ended]')" '[2,"open"]' \
    'having sent what was before it'
is "$(curl -s -X POST "$URL/barrier/gate" | jq .released)" 1 'it is let go'
wait "$HELD"

gone() {
    [ "$(last_logged .ended)" = client_gone ]
}
stalled() {
    [ "$(last_logged .frames_sent)" = 4 ]
}
stream stall_after=4 &
HELD=$!
until_true stalled
kill "$(pgrep -P "$HELD" curl)"
wait "$HELD"
ok 'a client that goes away is noticed' until_true gone

# ---- the other two dialects ----

say messages '{"model":"mock;words=2","stream":true,
    "messages":[{"role":"user","content":"x"}]}'
is "$(sed -n 's/^event: //p' "$T/body" | tr '\n' ' ')" \
    "message_start ping content_block_start content_block_delta \
content_block_delta content_block_stop message_delta message_stop " \
    'messages has its events'
say responses '{"model":"mock;words=1","stream":true,"input":"x"}'
is "$(data '[.[].sequence_number] == [range(length)]')" true \
    'responses numbers its events'

kill "$UPSTREAM"
wait "$UPSTREAM"
is "$?" 0 'SIGTERM ends it with success'
