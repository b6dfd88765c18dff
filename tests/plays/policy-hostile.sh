# Under a policy no upstream of the caller's own dialect gets past it what is
# denied, whatever it makes of its stream: how lines end, what lines a frame is
# made of, what it is called, in which order its blocks come, what is before
# and behind it; what was said is billed, and nothing stays held.

. "${srcdir:-.}/tests/functions.sh"
plan 31

email=ann@example.org
canned_house $email none '{"rules":{"denylist":["never said"]}}'
deny $email 'forbidden fruit' block rewrite
SURFACE=/policy DIALECT=messages
start='{"type":"message_start","message":{"id":"m","type":"message","role":"assistant","model":"up","content":[],"stop_reason":null,"usage":{"input_tokens":9,"output_tokens":1}}}'
last='{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":5}}'
stop='{"type":"message_stop"}'
# block INDEX: the frame that begins a text; text INDEX TEXT: a piece of it.
block() {
    echo "{\"type\":\"content_block_start\",\"index\":$1,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}"
}
text() {
    echo "{\"type\":\"content_block_delta\",\"index\":$1,\"delta\":{\"type\":\"text_delta\",\"text\":\"$2\"}}"
}
# plays FRAME...: the upstream says these, each as one event.
plays() {
    printf 'data: %s\n\n' "$@" >"$T/canned/v1/messages"
}
# holds WHO: whether neither a block nor a rewrite lets the term leave.
holds() {
    user_says hello true '.policy_id = "block"'
    is "$(all_text | grep -c fruit)$(stream_end)" \
        '0content_block_stop message_delta refusal message_stop ' \
        "$1: it ends the stream"
    user_says hello true '.policy_id = "rewrite"'
    is "$(all_text)" 'a [removed].' 'or is taken out'
}

plays "$start" "$(block 0)" "$(text 0 'a forbid')" "$(text 0 'den fruit.')" \
    '{"type":"content_block_stop","index":0}' "$last" "$stop"
holds 'over two frames'
cp "$T/canned/v1/messages" "$T/plain"

# edits WHO SED...: the same, each line changed.
edits() {
    sed "${@:2}" "$T/plain" >"$T/canned/v1/messages"
    holds "$1"
}
edits 'lines that end with CR LF' 's/$/\r/'
tr '\n' '\r' <"$T/plain" >"$T/canned/v1/messages"
holds 'lines that end with CR'
edits 'a byte order mark' '1s/^/\xef\xbb\xbf/'
edits 'frames over several lines' \
    's/"delta":/"delta":\ndata:/;s/"text":/"text"\ndata: :\ndata:/'
edits 'names that are others' 's/^data/event: ping\nid: 7\ndata/'
edits 'comments between all' 's/^data/: forbidden\nretry: 1\ndata/'
edits 'escapes of letters' 's/forbid/f\\u006frbid/;s/fruit/fr\\u0075it/'
edits 'other letters' 's/forbid/f\\u043erbid/;s/fruit/\\ud835\\udc1fruit/'
edits 'what is not seen' 's/forbid/for\\u200bbid/;s/fruit/f\\u00adruit/'

# What is not JSON is not passed on.
for junk in '{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"a","text":"fruit"}}' \
    "$(text 0 fruit) fruit" "$(text '"0"' fruit)" "$(text 0.0 fruit)"; do
    plays "$start" "$(block 0)" "$(text 0 'a forbidden ')" "$junk" "$last" \
        "$stop"
    user_says hello true '.policy_id = "rewrite"'
    is "$(all_text | grep -c fruit)$(frames | tail -n 1 | jq -r .type)" 0error \
        "no frame: ${junk:(-24)}"
done

# What is behind the end does not leave.
plays "$start" "$last" "$stop" "$(block 0)" "$(text 0 'forbidden fruit')"
user_says hello true '.policy_id = "rewrite"'
is "$(all_text)$(stream_end)" \
    'message_start message_delta end_turn message_stop ' \
    'nothing is behind the end'

# An upstream that breaks off while a frame waits, or ends no block.
plays "$start" "$(block 0)" "$(text 0 'a forbid')" "$last" "$stop"
user_says hello true '.policy_id = "rewrite"'
is "$(all_text)$(stream_end)" \
    'a forbidcontent_block_delta message_delta end_turn message_stop ' \
    'what waits leaves at the end'
plays "$start" "$(block 0)" "$(text 0 'forbidden')" \
    '{"type":"error","error":{"type":"overloaded_error","message":"no"}}'
user_says hello true '.policy_id = "rewrite"'
is "$(all_text)$(frames | tail -n 1 | jq -r .type)" forbiddenerror \
    'also when the upstream tells an error'

# Thousands of frames behind one that waits.
plays "$start" "$(block 0)" "$(text 0 forbidden)" "$(block 1)"
yes "data: $(text 1 x)" | head -n 20000 | sed G >>"$T/canned/v1/messages"
printf 'data: %s\n\n' "$last" "$stop" >>"$T/canned/v1/messages"
user_says hello true '.policy_id = "rewrite"'
is "$(all_text | wc -c)$(stream_end)" \
    '20009content_block_delta message_delta end_turn message_stop ' \
    'twenty thousand frames wait for one'

# And more of them than may wait.
pad=$(printf 'x%.0s' {1..4000})
plays "$start" "$(block 0)" "$(text 0 forbidden)" "$(block 1)"
yes "data: $(text 1 x | sed "s/}\$/,\"pad\":\"$pad\"}/")" | head -n 8000 |
    sed G >>"$T/canned/v1/messages"
user_says hello true '.policy_id = "rewrite"'
is "$(all_text)$(frames | tail -n 1 | jq -r .type)" error \
    'thirty megabytes do not'
is "$(json '[.held] | tostring' credits show $email)" '[0]' \
    'and nothing is held'
stop_turnpike
ok 'the audit finds no breach' ctl audit
