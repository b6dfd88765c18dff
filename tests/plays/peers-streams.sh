# What users of other gateways complain of in streams does not happen here; each
# check begins with the thread that it comes from.

. "${srcdir:-.}/tests/functions.sh"
plan 30

start_upstream
start_both "$UPSTREAM" --set rate.key=0

# count FILE: how many deltas a stream has brought.
count() {
    case $DIALECT in
    chat) grep -cE '"(content|arguments)":"[^"]' "$1" ;;
    messages) grep -cE '"(text|partial_json)":"[^"]' "$1" ;;
    responses) grep -c '"delta":"' "$1" ;;
    esac
}
has() { # has FILE N: exactly so many
    [ "$(count "$1")" -eq "$2" ]
}
frames_before() { # what an upstream sends before the first word
    case $MODEL-$DIALECT in
    native-messages) echo 3 ;;
    native-responses) echo 4 ;;
    *) echo 1 ;;
    esac
}

# While the upstream waits in the middle of its answer, what it has said is
# there: nothing is collected, neither the whole nor a part.
for MODEL in translated native; do
    for DIALECT in chat messages responses; do
        n=$(($(frames_before) + 5))
        rm -f "$T/client"
        perform_to "$T/client" "words=40 text=ab barrier=a@$n" true
        ok "BerriAI/litellm#26102 $MODEL $DIALECT: five words said, five heard" \
            until_true has "$T/client" 5
        release a >/dev/null
        wait "$CLIENT"
        ok "MiniMax-AI/MiniMax-M3#22 $MODEL $DIALECT: then all" \
            has "$T/client" 40
        is "$(header x-accel-buffering "$T/client.head")" no \
            "BerriAI/litellm#29557 $MODEL $DIALECT: nobody shall buffer it"
    done
done

# ---- the input of a tool, piece by piece ----

MODEL=translated DIALECT=messages
text=$(printf 'w%.0s' {1..200})
jq -nc --arg script "script: call=note args={\"text\":\"$text\"} barrier=a@4" \
    '{model: "translated", stream: true, messages: [{role: "user",
        content: $script}], tools: [{name: "note",
        input_schema: {type: "object"}}]}' >"$T/tool"
curl -sN -o "$T/client" -H "Authorization: Bearer $KEY" \
    -H 'Content-Type: application/json' --data-binary @"$T/tool" \
    "$BASE/v1/messages" &
CLIENT=$!
some() { # a piece of it, and not the end
    grep -q '"partial_json":"' "$T/client" && ! grep -q message_stop "$T/client"
}
ok 'maximhq/bifrost#2048: deltas of an input are not collected' \
    until_true some
release a >/dev/null
wait "$CLIENT"
is "$(frames "$T/client" | jq -sr '[.[] | .delta.partial_json // empty] |
    add | fromjson | .text | length')" 200 \
    'maximhq/bifrost#2786: however many there are, all come'
is "$(tail -n 3 "$T/client" | head -n 1)" 'event: message_stop' \
    'maximhq/bifrost#2786: and then the end'

# ---- sizes, lines, limits ----

DIALECT=chat
perform 'words=3 huge_frame=80' true
is "$(frames | grep -c DONE) $(frames | head -n 3 | tail -n 2 | wc -c |
    awk '{ print ($1 > 80000) }')" '1 1' \
    'envoyproxy/ai-gateway#1894: a frame of 80 KB passes'
perform 'words=3 split=1' true
is "$(frames | grep -v DONE | jq -sr '[.[] | .choices[0].delta.content //
    empty] | add | length > 3')" true \
    'BerriAI/litellm#30225: events in pieces are put together'
perform 'words=3 split=7 crlf' true
is "$(frames | tail -n 1)" '[DONE]' \
    'higress-group/higress#4616: whatever the pieces are'
perform 'words=3 comments' true
is "$(grep -c '^:' "$T/body")" 0 \
    'openai/openai-go#227: comments of an upstream stay there'
{
    printf '{"model":"translated","stream":true,"messages":[{"role":"system","content":"'
    head -c 1000000 /dev/zero | tr '\0' x
    printf '"},{"role":"user","content":"script: words=3"}]}'
} >"$T/long"
ask /v1/chat/completions -H 'Content-Type: application/json' \
    --data-binary @"$T/long"
is "$STATUS $(frames | tail -n 1)" '200 [DONE]' \
    'envoyproxy/ai-gateway#805: a prompt of 1 MB is streamed'
DIALECT=messages
perform 'words=3' false ',"max_tokens":128000'
is "$STATUS" 200 'vercel/ai#20649: a high limit is not refused'
perform_to "$T/hog" 'words=20000 unpaced' true
DIALECT=chat
perform 'words=3' true
is "$(frames | tail -n 1)" '[DONE]' \
    'apache/apisix#13256: one long stream leaves room for others'
wait "$CLIENT"
ask_body 'words=3' true >"$T/both"
is "$(for s in 1 2 3; do curl -s -H "Authorization: Bearer $KEY" \
    -H 'Content-Type: application/json' --data-binary @"$T/both" \
    "$BASE/v1/chat/completions" | grep -c '^data: {'; done | sort -u | wc -l)" \
    1 'Kong/kong#14425: the same configuration streams the same'
is "$(curl -s -H "Authorization: Bearer $KEY" -H 'Content-Type: application/json' \
    --data-binary @"$T/both" "$BASE/v1/chat/completions" |
    sed -n 's/^data: //p' | grep -c content)" 4 \
    'BerriAI/litellm#22073: each event is a frame of its own'
