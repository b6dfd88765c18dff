# The frames of a streamed chat completion are the upstream's, byte for byte and
# as they come, whatever its line ends; the last one carries the bill.

. "${srcdir:-.}/tests/functions.sh"
plan 67

start_upstream
start_canned
start_turnpike --upstream "$UPSTREAM" --set rate.key=0 \
    --upstream "$CANNED" --set model.canned.upstreams=u2 \
    --set model.abliterated-model.upstreams=u1
credits_of='[.remaining_credits, .estimated_credits_used, .estimated_cost_usd]'

# stream SCRIPT [FILTER]: a streamed answer to this script.
stream() {
    say "$1" ".stream = true${2:+ | $2}"
}

# With every answer comes another number.
plain() {
    sed 's/demo[0-9]\{8\}/demoN/; s/call_[0-9]*_/call_N_/'
}

# direct: the frames of the upstream's own answer to what it was sent last.
direct() {
    seen .body | curl -s "$UPSTREAM/v1/chat/completions" --data-binary @- |
        tr '\r' '\n' | sed -n 's/^data: *//p' | plain >"$T/direct"
}

# ---- frames ----

stream 'usage=10,20'
is "$STATUS" 200 'a stream'
like "$(header content-type)" '^text/event-stream' 'of its type'
like "$(header cache-control)" no-cache 'which nobody keeps'
is "$(header x-accel-buffering)" no 'or gathers'
like "$(header x-request-id)" '^req_[0-9a-f]{32}$' 'it has an id'
is "$(header request-id)" "$(header x-request-id)" 'under both names'
is "$(seen '.body | [.stream, .stream_options]')" \
    '[true,{"include_usage":true}]' 'the upstream is asked for its usage'
direct
is "$(frames | plain | head -n -2)" "$(head -n -3 "$T/direct")" \
    'frames are those of the upstream, byte for byte and in order'
is "$(frames | tail -n 2 | head -n 1 | plain)" \
    "$(tail -n 3 "$T/direct" | head -n 1 | sed 's/}$//'),\"remaining_credits\":$(balance .credits),\"estimated_credits_used\":1,\"estimated_cost_usd\":0.00015}" \
    'the last one is, too, but for the bill at its end'
is "$(frames | tail -n 1)" '[DONE]' '[DONE] is last'
is "$(frames | grep -c DONE)" 1 'and comes once'
is "$(grep -vc '^data: \|^$' "$T/body")" 0 'there is nothing but data'
is "$(frames | grep -c remaining_credits)" 1 'the bill comes once'
is "$(entry '[.amount, .prompt_tokens, .completion_tokens, .held_after]')" \
    '[-1,10,20,0]' 'the journal agrees with it'

# ---- usage ----

stream 'usage=250,251' '.stream_options = {include_usage: true, other: 1}'
is "$(seen .body.stream_options)" '{"include_usage":true,"other":1}' \
    'options of the stream are merged'
is "$(frames | tail -n 2 | head -n 1 | jq -c '[.choices, .usage]')" \
    '[[],{"prompt_tokens":250,"completion_tokens":251,"total_tokens":501}]' \
    'the usage chunk comes when it was asked for'
is "$(frames | tail -n 2 | head -n 1 | jq -c "$credits_of")" \
    "[$(balance .credits),2,0.002505]" 'with the bill'
is "$(frames | grep -v DONE | jq -c 'select(.choices[0].finish_reason != null) |
    '"$credits_of")" "[$(balance .credits),2,0.002505]" \
    'and so does the finish chunk'
stream 'usage=1,1' '.stream_options = {include_usage: false}'
is "$(seen .body.stream_options)" '{"include_usage":true}' \
    'who does not ask for usage does not change our asking'
is "$(frames | grep -v DONE | jq -c 'select(.choices == [])')" '' \
    'but gets none'
for usage in early twice; do
    stream "words=3 usage=$usage"
    is "$(entry '[.prompt_tokens, .completion_tokens, .flags]')" '[6,3,[]]' \
        "usage $usage is counted once"
done

# ---- line ends and the like ----

stream words=6
frames | plain | head -n -2 >"$T/reference"
for oddity in crlf cr bom comments ids nospace split=1 split=7 \
    'crlf split=1' 'cr bom split=1' empty_choices after_done until_close \
    'done=no' 'crlf bom comments ids nospace'; do
    stream "words=6 $oddity"
    is "$(frames | plain | head -n -2 | cmp - "$T/reference" 2>&1;
        frames | tail -n 1)" '[DONE]' "the same frames come of $oddity"
done
stream 'words=6 role_empty'
is "$(frames | plain | head -n -2)" "$(cat "$T/reference")" \
    'role:"" is cut out'
stream 'words=3 bad_utf8'
is "$(frames | sed -n 3p | jq -r '.choices[0].delta.content')" ' said:��' \
    'what is not UTF-8 is replaced'
stream 'words=3 bad_utf8 split=1'
is "$(frames | sed -n 3p | jq -r '.choices[0].delta.content')" ' said:��' \
    'also when it comes by the byte'
stream 'words=3 own_keys usage=1,1'
is "$(frames | grep -c '"policy"\|999,')" 0 \
    'an upstream does not speak for us'

# ---- JSON of another hand ----

cat >"$T/canned/v1/chat/completions" <<'END'
data:   { "choices" : [ {"delta":{ "content":"\u0041\ud83d\ude00 é/\/" } , "index":0 , "big":12345678901234567890.10e-3 } ] , "x":{ } }  

event: chunk
data: {"z":null,"choices":[{"index":0,
data: "delta":{"content":"b"}}],"a":[ ]}

data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]  }

data: {"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}}

data: [DONE]

END
stream 'words=1' '.model = "canned"'
is "$(frames | head -n 1)" \
    '{ "choices" : [ {"delta":{ "content":"\u0041\ud83d\ude00 é/\/" } , "index":0 , "big":12345678901234567890.10e-3 } ] , "x":{ } }' \
    'the text of the JSON is kept: blanks, escapes, numbers'
is "$(frames | sed -n 2p)" \
    '{"z":null,"choices":[{"index":0, "delta":{"content":"b"}}],"a":[ ]}' \
    'two data lines are one line'
is "$(frames | sed -n 3p)" \
    "{\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]  ,\"remaining_credits\":$(balance .credits),\"estimated_credits_used\":1,\"estimated_cost_usd\":0.000015}" \
    'the bill goes before the last brace'
is "$(frames | sed -n 4p)" '[DONE]' 'and that was all'

# ---- several choices, tools ----

stream 'words=2' '.n = 2'
direct
is "$(frames | plain | head -n -2)" "$(head -n -3 "$T/direct")" \
    'two choices pass frame by frame'
is "$(frames | grep -v DONE | jq -c 'select(.choices[0].finish_reason) |
    [.choices[0].index, has("remaining_credits")]' | tr '\n' ' ')" \
    '[0,false] [1,true] ' 'the last to finish has the bill'
stream two_tools '.tools = [{type: "function", function: {name: "seek"}},
    {type: "function", function: {name: "find"}}]'
direct
is "$(frames | plain | head -n -2)" "$(head -n -3 "$T/direct")" \
    'calls of tools pass frame by frame'
is "$(frames | grep -v DONE | jq -s -c '[.[].choices[0].delta.tool_calls[0].function |
    select(.) | .name // .arguments] | join("")')" \
    '"seek{\"query\":\"one two three\"}find{\"query\":\"one two three\"}"' \
    'and are whole'

# ---- as they come ----

listen() { # listen SCRIPT: begin to read a stream, by frames from descriptor 3
    script_body "$1" '.stream = true' >"$T/said"
    exec 3< <(exec curl -sN --max-time 60 "$BASE/v1/chat/completions" \
        -H "Authorization: Bearer $KEY" -H 'Content-Type: application/json' \
        --data-binary @"$T/said")
}

next_frame() { # sets FRAME; within a time in which frames surely come
    local blank
    FRAME=
    read -r -t 30 FRAME <&3 && read -r -t 30 blank <&3
}

word() {
    next_frame && echo "${FRAME#data: }" | jq -r '.choices[0].delta.content'
}

let_go() {
    release "$1" | grep -q '"released":1'
}

waiting() {
    curl -s "$UPSTREAM/v1/stats" | jq -r .waiting
}

listen 'words=3 barrier=a@2 barrier=b@3'
ok 'a frame comes' next_frame
is "$(word)" You 'and one more'
is "$(waiting)" 1 'before the upstream has sent the third'
ok 'which is let go' let_go a
is "$(word)" ' said:' 'and comes'
ok 'before the upstream has sent the fourth' until_true let_go b
is "$(word)" ' one' 'which comes'
is "$(next_frame && echo "${FRAME#data: }" | jq -r .estimated_credits_used)" 1 \
    'then the bill'
is "$(next_frame; echo "$FRAME")" 'data: [DONE]' 'and the end'
exec 3<&-

listen 'words=2 huge_frame=64 split=4096 barrier=a@2 barrier=b@3'
ok 'the head of a long frame comes' next_frame
is "$(next_frame && echo "${FRAME#data: }" | jq -r \
    '.choices[0].delta.content | length')" 65536 'and the frame as a whole'
ok 'the upstream goes on' until_true let_go a
is "$(word)" ' said:' 'to the next'
ok 'and on' until_true let_go b
is "$(next_frame && next_frame; echo "$FRAME")" 'data: [DONE]' 'to the end'
exec 3<&-

# ---- half a frame ----

printf 'data: %s\n\ndata: %s' '{"choices":[{"index":0,"delta":{"content":"a"}}]}' \
    '{"choices":[{"index":0,"delta":{"content":"half' \
    >"$T/canned/v1/chat/completions"
stream 'words=1' '.model = "canned"'
is "$(frames | head -n 1)" '{"choices":[{"index":0,"delta":{"content":"a"}}]}' \
    'a whole frame passes'
is "$(grep -c half "$T/body")" 0 'half a frame does not'
is "$(frames | tail -n 1 | jq -r .error.code)" upstream_incomplete \
    'it is a broken stream'
