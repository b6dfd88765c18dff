# An endpoint that judges what users say: its categories join those of the
# built-in classifier, on all dialects, before the policy; images are sent to it
# one by one, or refused; and when it is silent, slow, broken or full of
# nonsense the call goes on by the classifier's word, or is refused, as the
# operator wants it. A client that leaves meanwhile and a worker that stops do
# not wait for it.

. "${srcdir:-.}/tests/functions.sh"
plan 124

start_upstream
email=ann@example.org
begin() { # begin [OPTIONS]
    start_turnpike --upstream "chat+messages+responses@$UPSTREAM" \
        --set rate.key=0 --set price.tokens_per_credit=1 \
        --set "moderation.endpoint=$UPSTREAM" "$@"
    KEY=${mine:-$KEY}
}
# asked FILTER: jq on the requests to the endpoint.
asked() {
    told "[.[] | select(.path == \"/v1/moderations\")] | $1"
}
# Vowels are written as the classifier does not read them.
flags() { # flags CATEGORIES [STREAM [FILTER]]
    local names=${1//a/%61}
    names=${names//e/%65}
    user_says "soup?"$'\n'"moderator: flag=${names//i/%69}" "${2:-false}" \
        "${3:-.}"
}
fails() { # fails HOW
    user_says "soup?"$'\n'"moderator: $1" false
}

# ---- its word ----

TURNPIKE_MODERATION_KEY=sk-moderator begin
governed $email bot '{"rules":{"flagged_categories":["violence"],
    "enforcement_action":"block"}}'
mine=$KEY
for SURFACE in '' /policy; do
    for DIALECT in chat messages responses; do
        for stream in false true; do
            who="$SURFACE $DIALECT, streamed: $stream"
            flags hate,self-harm/intent $stream
            error_is 400 moderation_blocked "$who: what it blocks is refused"
            is "$(told '.[-1].path')" /v1/moderations 'and no model is asked'
            flags sexual,hate $stream
            is "$STATUS" 200 'what nobody minds passes'
        done
    done
done
SURFACE=/policy DIALECT=chat
flags hate false '.flagged_categories = ["hate"]'
error_is 400 moderation_blocked 'what the caller minds is refused'
flags violence
error_is 403 policy_refused 'what the policy minds is the policy'"'"'s'
is "$(body '.policy.triggered_categories | tostring')" '["violence"]' \
    'and told'
user_says 'I want to hurt myself.' false
error_is 400 moderation_blocked 'what the classifier blocks is refused'
is "$(asked '.[-1].body | tostring | test("hurt")')" false \
    'without asking'
user_says one false '.messages += [{role: "assistant", content: "no"},
    {role: "user", content: [{type: "text", text: "two"}]}]'
is "$(asked '.[-1].body | tostring')" \
    '{"model":"omni-moderation-latest","input":"one\ntwo"}' \
    'it gets the users'"'"' words, and no others'
is "$(asked '.[-1].headers.authorization')" 'Bearer sk-moderator' \
    'with the key of the environment'
is "$(json '.[] | select(.type == "settle" and .amount == 0)' ledger $email)" \
    '' 'what is refused costs nothing'
is "$(json .held account show $email)" 0 'and holds nothing'

# ---- it fails: the call goes on ----

stop_turnpike
begin --set moderation.timeout_ms=300
for how in status=500 status=429 stall_after=0 stall_after=20 first=60000 \
    badjson html empty redirect cut_headers cut_after=10 reset_after=10 \
    slow=50 bigbody=1
do
    fails $how
    is "$STATUS" 200 "$how: the call goes on"
done
is "$(grep -c '"event":"moderation_failopen"' "$WORKER_LOG")" 14 \
    'each time the log tells'
not_ok 'without what was said' grep -q soup "$WORKER_LOG"
H=(--max-time 10)
fails barrier=never@0 # nothing waits for it
is "$STATUS" 200 'it is not waited for'

# ---- it fails: the call is refused ----

stop_turnpike
begin --set moderation.timeout_ms=300 --set moderation.on_failure=closed
for DIALECT in chat messages responses; do
    for how in status=500 stall_after=0 first=60000 badjson redirect; do
        fails $how
        error_is 503 moderation_unavailable "$DIALECT, $how: it is refused"
    done
    is "$(header x-should-retry)" '' 'but may be tried again'
done
DIALECT=chat
flags hate
is "$STATUS" 200 'a verdict lets it go on'
is "$(json .held account show $email)" 0 'nothing is held'
stop_turnpike
closed=$(free_port)
begin --set "moderation.endpoint=http://127.0.0.1:$closed" \
    --set moderation.on_failure=closed
user_says 'soup?' false
error_is 503 moderation_unavailable 'nobody is there: it is refused'

# ---- a second opinion, its word alone ----

stop_turnpike
echo sk-file >"$T/state/secret/moderator.key"
chmod 400 "$T/state/secret/moderator.key"
begin --set moderation.second_opinion.low=0.05 \
    --set moderation.second_opinion.high=0.5 \
    --set moderation.key_file=secret/moderator.key
asked length >"$T/before"
flags self-harm
is "$STATUS $(asked length)" "200 $(cat "$T/before")" \
    'about soup the classifier is sure: nobody else is asked'
flags hate false '.messages[0].content =
    "You are such a loser, nobody likes you.\n" + .messages[0].content |
    .flagged_categories = ["hate"]'
error_is 400 moderation_blocked 'about what it is not, the endpoint is'
is "$(asked '.[-1].headers.authorization')" 'Bearer sk-file' \
    'with the key of a file'
stop_turnpike
begin --set moderation.provider=endpoint --set moderation.timeout_ms=300
user_says $'I want to hurt myself.\nscript: words=2 text=well' false
is "$STATUS" 200 'its word alone may count'
user_says $'I want to hurt myself.\nmoderator: status=500' false
error_is 400 moderation_blocked 'where it gives none the classifier'"'"'s does'

# ---- images ----

png='data:image/png;base64,iVBORw0KGgo='
url='https://example.org/a.png?moderator:flag=violence'
sends() { # sends URL...: the filter of a request with these images
    local images
    images=$(for one; do
        case $DIALECT in
        chat) jq -nc --arg u "$one" '{type: "image_url",
            image_url: {url: $u}}' ;;
        messages) jq -nc --arg u "$one" '{type: "image", source: (if
            ($u | startswith("data:")) then {type: "base64",
            media_type: "image/png", data: ($u | split(",")[1])} else
            {type: "url", url: $u} end)}' ;;
        responses) jq -nc --arg u "$one" '{type: "input_image",
            image_url: $u}' ;;
        esac
    done | jq -sc .)
    case $DIALECT in
    responses) echo ".input = [{role: \"user\", content: ([{type:
        \"input_text\", text: .input}] + $images)}]" ;;
    *) echo ".messages[0].content |= [{type: \"text\", text: .}] + $images" ;;
    esac
}
stop_turnpike
begin --set moderation.images=endpoint
SURFACE=''
for DIALECT in chat messages responses; do
    asked length >"$T/before"
    user_says 'soup?' false "$(sends "$png" https://example.org/b.png)"
    is "$STATUS $(($(asked length) - $(cat "$T/before")))" '200 3' \
        "$DIALECT: texts and each image are asked about apart"
    is "$(asked '.[-2].body.input | tostring')" \
        '[{"type":"image_url","image_url":{"url":"'"$png"'"}}]' \
        'with its bytes'
    is "$(asked '.[-1].body.input[0].image_url.url')" \
        https://example.org/b.png 'or its address'
    user_says 'soup?' false \
        "$(sends "$png" "$url") | .flagged_categories = [\"violence\"]"
    error_is 400 moderation_blocked 'one that is minded is refused'
    is "$(body .error.message)" \
        "Moderation blocked: image flagged as 'violence'." 'as an image'
done
user_says 'soup?' false '.input = [{role: "user", content: [{type:
    "input_image", file_id: "file-1"}]}]'
error_is 400 invalid_request 'one that nobody can see is refused'
stop_turnpike
begin --set moderation.images=refuse
declare -A place=([chat]='messages[0].content[1]'
    [messages]='messages[0].content[1]' [responses]='input[0].content[1]')
for DIALECT in chat messages responses; do
    user_says 'soup?' false "$(sends "$png")"
    error_is 400 invalid_request "$DIALECT: images may be refused"
    is "$(body '.error.message' | sed 's/: is/ is/')" \
        "${place[$DIALECT]} is an image, and images are not accepted here" \
        'by the name of the field'
    user_says 'soup?' false
    is "$STATUS" 200 'others are answered'
done

# ---- whoever does not wait ----

stop_turnpike
begin --set moderation.timeout_ms=60000 --set drain.seconds=1
DIALECT=chat
waits='words=1\nmoderator: barrier=wait@0'
for stream in true false; do
    straight_to "$T/out" "$waits" $stream
    ok "streamed: $stream: a call waits" until_true upstream_has '.waiting == 1'
    leave "$CLIENT"
    ok 'its client leaves: the endpoint is let go' \
        until_true upstream_has '.waiting == 0'
    ok 'and what was held' until_true settled $email
done
perform_to "$T/out" "$waits" true
ok 'one more waits' until_true upstream_has '.waiting == 1'
# shellcheck disable=SC2046
kill -TERM $(workers)
ok 'its worker stops: it is answered' until_true test -s "$T/out.status"
is "$(cat "$T/out.status") $(jq -r .error.code "$T/out")" '503 overloaded' \
    'to come again'
ok 'nothing is held' until_true settled $email
stop_turnpike
ok 'the audit finds no breach' ctl audit
