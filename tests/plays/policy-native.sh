# Under a policy an upstream of the caller's own dialect is told as it is:
# citations, annotations and what tools of the server did pass to the byte and
# in their order, streamed or not, but for what the policy denies, wherever that
# stands; and a stream that it ends is closed with what was open in it.

. "${srcdir:-.}/tests/functions.sh"
plan 79

email=ann@example.org
canned_house $email bot '{"rules":{"denylist":["never said"],"redact_pii":true}}'
denies() { # denies TERM
    deny $email "$1" block rewrite
}

declare -A cases=([chat]=citations [messages]=citations
    [responses]=annotations)
declare -A paths=([chat]=chat/completions [messages]=messages
    [responses]=responses)
# serves KIND: the golden answer of the dialect, "stream" or "answer".
serves() {
    awk -v section="--- upstream-$1" '/^--- /{on = $0 == section; next} on' \
        "$srcdir/tests/golden/cases/$DIALECT-$DIALECT/${cases[$DIALECT]}-$1.txt" \
        >"$T/canned/v1/${paths[$DIALECT]}"
}
# asks KIND POLICY: for it, under that policy; "" for none.
asks() {
    local stream=false
    [ "$1" != stream ] || stream=true
    SURFACE=
    [ -z "$2" ] || SURFACE=/policy
    user_says hello $stream "${2:+.policy_id = \"$2\"}"
}
# plain: the answer without the verdict and what is left of the credits.
plain() {
    sed -e 's/,"policy":{[^{}]*}}$/}/' -e 's/"remaining_credits":[0-9]*//' \
        "$T/body"
}
for DIALECT in chat messages responses; do
    for kind in stream answer; do
        who="$DIALECT, $kind"
        serves $kind
        asks $kind ''
        is "$STATUS" 200 "$who: it comes"
        plain >"$T/transparent"
        like "$(cat "$T/transparent")" 'encyclopaedia' 'with its sources'
        asks $kind bot
        ok 'under a policy to the byte as without' \
            diff <(plain) "$T/transparent"
        verdict_is 'allow allow' 'which is told'

        denies encyclopaedia
        asks $kind rewrite
        is "$STATUS $(plain | grep -c encyclopaedia)" '200 0' \
            "$who: what a title says is taken out"
        is "$(plain | grep -o '"title":"[^"]*"' | sort -u)" \
            '"title":"Paris – an [removed]"' 'there'
        is "$(plain | sed 's/\[removed\]/encyclopaedia/g' |
            diff - "$T/transparent" | grep -c '^[<>]')" 0 'and nothing else'
        verdict_is 'rewrite rewrite encyclopaedia' 'which is told'
        asks $kind block
        verdict_is 'refuse refuse encyclopaedia' 'or refused'
        is "$(grep -c 'Paris –' "$T/body")" 0 'and does not leave'
    done
done

# A stream is closed with what was open in it.
DIALECT=chat
serves stream
denies 'capital of france'
asks stream block
is "$(frames | grep -v DONE | tail -n 1 |
    jq -c '.choices[0] | [.delta, .finish_reason]')" \
    '[{},"content_filter"]' 'chat: what is denied over frames ends the choice'
is "$(frames | jq -rj '.choices[0].delta.content // empty')$(tail -n 2 \
    "$T/body")" "Paris is the data: [DONE]" 'and the stream, before it'
denies show_map
asks stream block
is "$(frames | grep -v DONE | jq -r '.choices[0] | .delta.tool_calls? // empty,
    .finish_reason // empty' | tr '\n' ' ')" 'content_filter ' \
    'so does the name of a tool'
denies 'france (a page)'
asks stream rewrite
is "$(frames | jq -rj '.choices[0].delta.content // empty')" \
    'Paris is the capital of [removed], on the Seine.' \
    'what is denied over frames is taken out'
is "$(frames | jq -c '.choices[0].delta.annotations[0] // empty |
    .url_citation | [.start_index, .end_index]')" '' \
    'and a note on it goes with it'
denies 'seine'
asks stream rewrite
is "$(frames | jq -c '.choices[0].delta.annotations[0] // empty |
    .url_citation | [.start_index, .end_index]')" '[0,30]' \
    'one on what is before it stays'

DIALECT=messages
serves stream
denies 'capital of france'
asks stream block
is "$(frames | jq -r '.type + " " + (.content_block.type? // .delta.type? //
    .delta.stop_reason? // "")' | tr '\n' ' ')" \
    "message_start  content_block_start server_tool_use \
content_block_delta input_json_delta content_block_delta input_json_delta \
content_block_stop  message_delta refusal message_stop  " \
    'messages: a query over frames ends the block and the stream'
is "$(frames | jq -rj '.delta.partial_json? // empty')" '{"query":"' \
    'before what is denied'
denies 'bash_code'
asks stream block
is "$(frames | jq -r 'select(.content_block?) | .content_block.name? // empty' |
    tr '\n' ' ')$(stream_end)" \
    'web_search content_block_stop message_delta refusal message_stop ' \
    'so does the name of a tool'
denies 'not known here'
asks stream block
is "$(frames | jq -rj '.content_block.words? // .delta.words? // empty')" '' \
    'or a block of a kind that nobody knows'

DIALECT=responses
serves stream
denies 'capital of france'
asks stream block
is "$(frames | tail -n 3 | jq -r '.type + " " + (.item.status? //
    .response.incomplete_details.reason? // "")' | tr '\n' ' ')" \
    "response.web_search_call.completed  response.output_item.done failed \
response.incomplete content_filter " \
    'responses: a query ends the item and the stream'
is "$(frames | jq -s -c 'map(.sequence_number) == [range(length)]')" true \
    'with no gap in its numbers'
is "$(frames | tail -n 1 | jq -c '[.response.output[] | .type, .status]')" \
    '["reasoning",null,"web_search_call","failed"]' 'and tells what there was'
denies 'seine'
asks stream rewrite
is "$(frames | jq -c 'select(.response.output != []) | .response.output? //
    empty | .[-1].content[0] | [.text, (.annotations[] | .start_index //
    .index)]')" \
    '["Paris is the capital of France (a page), on the [removed].",31,57]' \
    'places in a text move with it'
denies '(a page'
asks stream rewrite
is "$(frames | jq -c 'select(.annotation?) | [.annotation_index,
    .annotation.type, .annotation.index]')" '[0,"file_citation",55]' \
    'and go where it is cut'
is "$(frames | jq -s -c 'map(.sequence_number) == [range(length)]')" true \
    'with no gap'
is "$(frames | jq -rj 'select(.type == "response.output_text.delta") | .delta')" \
    "$(frames | jq -r 'select(.type == "response.output_text.done") | .text')" \
    'what is repeated at the end is what was said'
is "$(json '[.held] | tostring' credits show $email)" '[0]' \
    'all were billed, and nothing is held'
stop_turnpike
ok 'the audit finds no breach' ctl audit
