# What is of persons is taken out by a policy that redacts: of what users say
# before a model gets it, and of what the model says, in text, reasoning and
# arguments of tools, whole or streamed and cut at any byte, on three dialects,
# translated or passed through. Metadata tell; a shadow takes nothing out; what
# only looks like it passes.

. "${srcdir:-.}/tests/functions.sh"
plan 138

start_canned
start_upstream
start_both "$CANNED" --upstream "chat+messages+responses@$UPSTREAM" \
    --set model.heard.upstreams=u3 \
    --set rate.key=0 --set price.tokens_per_credit=1

email=ann@example.org
governed $email bot '{"rules":{"redact_pii":true}}'
put_policy $email shadow '{"rules":{"redact_pii":true},
    "rollout":{"shadow":{"enabled":true}}}'
put_policy $email plain '{"rules":{}}'
SURFACE=/policy

policy() { # of the whole answer or the last frame
    { if grep -q '^data: ' "$T/body"; then
        frames | grep -vF '[DONE]' | tail -n 1
    else
        cat "$T/body"
    fi; } | jq -rc ".policy | $1"
}
# arguments: those of the one call that the answer has.
arguments() {
    if grep -q '^data: ' "$T/body"; then
        frames | grep -vF '[DONE]' | jq -rj '
            .choices[0].delta.tool_calls[0].function.arguments? //
            .delta.partial_json? //
            (select(.type == "response.function_call_arguments.delta") |
            .delta) // empty'
    else
        jq -rj '.choices[0].message.tool_calls[0].function.arguments? //
            (.content[0].input? | select(.) | tojson) //
            .output[0].arguments' "$T/body"
    fi
}
thoughts() {
    frames | grep -vF '[DONE]' |
        jq -rj '.choices[0].delta.reasoning_content? //
            .delta.thinking? //
            (select(.type == "response.reasoning_summary_text.delta") |
            .delta) // empty'
}

# ---- what users say ----

private='bob@example.org, +49 30 1234567, 536-22-8145, 4111 1111 1111 1111'
hidden='[REDACTED_EMAIL], [REDACTED_PHONE], [REDACTED_SSN], [REDACTED_CARD]'
heard() { # the words that the model got
    told '.[-1].body | if .input then .input else .messages[-1].content end |
        if type == "string" then . else [.. | .text? // empty] | join("|") end'
}
MODEL=heard
for DIALECT in chat messages responses; do
    for stream in false true; do
        user_says "I am $private."$'\nscript: words=2 text=well' $stream
        is "$STATUS $(heard | head -n 1)" "200 I am $hidden." \
            "$DIALECT, streamed: $stream: a model does not hear it"
        is "$(policy '[.decision, .redacted_spans[]] | sort | join(" ")')" \
            'allow card email phone ssn' 'which is told'
    done
    user_says "I am $private."$'\nscript: words=2 text=well' false \
        '.policy_id = "shadow"'
    is "$(heard | head -n 1)" "I am $private." 'in a shadow it does'
    is "$(policy 'has("redacted_spans")')" false 'and nothing is told'
done
DIALECT=chat
user_says hello false '.messages = [{role: "user", content: [{type: "text",
    text: "bob@exa"}, {type: "text", text: "mple.org or eve@example.org"}]}]'
is "$(heard)" '[REDACTED_EMAIL]| or [REDACTED_EMAIL]' \
    'parts are looked at, and what lies in two of them'

# ---- what tools said, and the model before ----

declare -A history=([chat]='.messages = [{role: "system",
        content: "I am desk@example.org."}, {role: "user", content: "go"},
        {role: "assistant", content: "eve@example.org?", tool_calls: [{id: "c1",
        type: "function", function: {name: "f",
        arguments: "{\"to\":\"eve\\u0040example.org\"}"}}]}, {role: "tool",
        tool_call_id: "c1", content: "eve@example.org, 536-22-8145"}] +
        .messages'
    [messages]='.system = "I am desk@example.org." | .messages = [{role: "user",
        content: "go"}, {role: "assistant", content: [{type: "text",
        text: "eve@example.org?"}, {type: "tool_use", id: "c1", name: "f",
        input: {to: "eve@example.org"}}]}, {role: "user", content: [{type:
        "tool_result", tool_use_id: "c1",
        content: "eve@example.org, 536-22-8145"}, {type: "text",
        text: .messages[0].content}]}]'
    [responses]='.instructions = "I am desk@example.org." | .input = [{role:
        "user", content: "go"}, {role: "assistant", content: [{type:
        "output_text", text: "eve@example.org?"}]}, {type: "function_call",
        call_id: "c1", name: "f", arguments: "{\"to\":\"eve@example.org\"}"},
        {type: "function_call_output", call_id: "c1",
        output: "eve@example.org, 536-22-8145"}, {role: "user",
        content: .input}]')
MODEL=heard
for DIALECT in chat messages responses; do
    user_says 'script: words=2 text=well' false "${history[$DIALECT]}"
    is "$STATUS $(told '.[-1].body | tostring |
        [test("eve|536-22"), test("desk@example.org"),
        ([scan("REDACTED_EMAIL")] | length)] | tostring')" \
        '200 [false,true,3]' \
        "$DIALECT: results and arguments are without it, the system's words not"
    is "$(policy '.redacted_spans | sort | tostring')" '["email","ssn"]' \
        'which is told'
    user_says 'script: words=2 text=well' false \
        "${history[$DIALECT]} | .policy_id = \"plain\""
    is "$(told '.[-1].body | tostring | test("eve")')" true \
        'without such a policy they stay'
done

# ---- what looks like it ----

clean='Order 4111-22 of 2024-11-21T16:19:41Z, version 10.2.1, id 123e4567-e89b-12d3-a456-426614174000, pi 3.14159265, @home, 5 < 6@7'
for DIALECT in chat messages responses; do
    MODEL=heard
    user_says "$clean"$'\nscript: words=2 text=well' false
    is "$(heard | head -n 1)" "$clean" "$DIALECT: what only looks like it stays"
    for MODEL in translated native; do
        can true text "${clean:0:40}" "${clean:40}"
        user_says hello true
        is "$(all_text)" "$clean" "$MODEL: also of what the model says"
        is "$(policy '.redacted_spans | tostring')" '[]' 'and none is told'
    done
done

# ---- what the model says ----

said='Write to bob@example.org now.' shown='Write to [REDACTED_EMAIL] now.'
called='{"to":"bob\u0040example.org","n":1}'
call='{"to":"[REDACTED_EMAIL]","n":1}'
cuts() { # cuts FROM TO: whether each cut in between leads to the same
    local at wrong=''
    for ((at = $1; at <= $2; at++)); do
        can true "$3" "${4:0:at}" "${4:at}"
        user_says hello true
        [ "$("$5")" = "$6" ] && ! grep -q 'bob' "$T/body" || wrong+=" $at"
    done
    is "$wrong" '' "$7"
}
for MODEL in translated native; do
    for DIALECT in chat messages responses; do
        who="$MODEL $DIALECT"
        can false text "$said"
        user_says hello false
        is "$(all_text)" "$shown" "$who: an answer is without it"
        is "$(policy '.redacted_spans | tostring')" '["email"]' 'and tells'
        not_ok 'it is nowhere else' grep -q bob "$T/body"
        can false args "$called"
        user_says hello false
        is "$(arguments | jq -c .)" "$call" 'so are arguments of tools'
        user_says hello false '.policy_id = "shadow"'
        is "$(arguments | jq -c .to)" '"bob@example.org"' 'not in a shadow'
        cuts 8 25 text "$said" all_text "$shown" \
            'a stream is, wherever it is cut'
        is "$(policy '.redacted_spans | tostring')" '["email"]' 'and tells'
        cuts 6 28 args "$called" arguments "$call" \
            'and its arguments, which stay JSON'
        can true args '{"s":"\ud835\udf' 'cf23-45-6789","n":41111111' '11111111}'
        user_says hello true
        is "$(arguments | jq -c .)" '{"s":"[REDACTED_SSN]","n":"[REDACTED_CARD]"}' \
            'also behind escapes that are pairs, and numbers'
        can true text "$said"
        user_says hello true '.policy_id = "plain"'
        is "$(all_text) $(policy 'has("redacted_spans")')" "$said false" \
            'without such a policy it stays'
        SURFACE=''
        user_says hello true
        is "$(all_text)" "$said" 'and where none rules'
        SURFACE=/policy
        can true text '{"n":"Bob\n555-123' '-4567\n","to":"bob\u00' \
            '40example.org"}'
        user_says hello true
        is "$(all_text)" '{"n":"Bob\n[REDACTED_PHONE]\n","to":"[REDACTED_EMAIL]"}' \
            'escapes in a text that is JSON hide nothing'
        # As the canned upstream of Responses has it, reasoning is text.
        [ "$who" != 'native responses' ] || continue
        can false reasoning 'ask bob@example.org first'
        user_says hello false
        not_ok 'reasoning of an answer is without it' grep -q 'bob@' "$T/body"
        can true reasoning 'ask bob@exam' 'ple.org first'
        user_says hello true 'if .messages and .max_tokens then .max_tokens =
            2000 | .thinking = {type: "enabled", budget_tokens: 1024} else .
            end'
        is "$(thoughts)" 'ask [REDACTED_EMAIL] first' 'of a stream, too'
    done
done

# ---- several choices, and what an upstream escapes ----

chunk() { # chunk INDEX CONTENT: a frame; the content is what JSON has of it
    printf 'data: {"id":"c","created":1,"object":"chat.completion.chunk","model":"m","choices":[{"index":%d,"delta":{"content":"%s"},"finish_reason":null}]}\n\n' \
        "$1" "$2"
}
finish() { # finish INDEX
    printf 'data: {"id":"c","created":1,"object":"chat.completion.chunk","model":"m","choices":[{"index":%d,"delta":{},"finish_reason":"stop"}]}\n\n' \
        "$1"
}
choice() { # choice INDEX: its text
    frames | grep -vF '[DONE]' | jq -rj \
        ".choices[] | select(.index == $1) | .delta.content // empty"
}
DIALECT=chat
for MODEL in translated native; do
    { chunk 0 'Ask bob@exa' && chunk 1 'Call 555-12' &&
        chunk 0 'mple.org' && chunk 1 '3-4567.' &&
        chunk 0 ' now.' && finish 1 && finish 0 &&
        printf 'data: [DONE]\n\n'; } >"$T/canned/v1/chat/completions"
    user_says hello true '.n = 2'
    is "$(choice 0)|$(choice 1)" \
        'Ask [REDACTED_EMAIL] now.|Call [REDACTED_PHONE].' \
        "$MODEL: choices that alternate are looked at each for itself"
    is "$(policy '.redacted_spans | sort | tostring')" '["email","phone"]' \
        'and what is in any is told'
    { chunk 0 'Ask \u0062ob' && chunk 0 '\u0040ex\u0061mple' &&
        chunk 0 '.org and \ud835\udfcf23-45' && chunk 0 '-6789.' &&
        finish 0 && printf 'data: [DONE]\n\n'; } \
        >"$T/canned/v1/chat/completions"
    user_says hello true
    is "$(choice 0)" 'Ask [REDACTED_EMAIL] and [REDACTED_SSN].' \
        'escapes of an upstream, and pairs of them, hide nothing'
    jq -nc '{id: "c", object: "chat.completion", created: 1, model: "m",
        choices: [{index: 0, message: {role: "assistant",
        content: "bob@example.org"}, finish_reason: "stop"}, {index: 1,
        message: {role: "assistant", content: "4111 1111 1111 1111"},
        finish_reason: "stop"}], usage: {prompt_tokens: 1,
        completion_tokens: 2, total_tokens: 3}}' \
        >"$T/canned/v1/chat/completions"
    user_says hello false '.n = 2'
    is "$(body '[.choices[].message.content] | join(" ")')" \
        '[REDACTED_EMAIL] [REDACTED_CARD]' 'also where they do not stream'
    is "$(policy '.redacted_spans | sort | tostring')" '["card","email"]' \
        'which is told'
done
is "$(json '[.held] | tostring' account show $email)" '[0]' 'nothing is held'
is "$(json '[.[].event | select(.policy_id == "bot") | tostring |
    select(test("bob@|536-22"))] | length' events)" 0 'no event has a word of it'
not_ok 'nor has a log' grep -rq 'bob@' "$T/state/run"
