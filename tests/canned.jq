# What start_canned serves: an answer in one of three dialects, which says
# $pieces, an array of strings, one a frame; as $kind text, reasoning or args,
# the arguments of a call. With $stream it is the body of an event stream, each
# frame of the words "event" and "data", else one JSON object.

def usage(a; b): {(a): 7, (b): 11};
def whole: $pieces | join("");
def frame: (if .type then "event: \(.type)\n" else "" end) +
    "data: \(tojson)\n\n";

def chat_delta($delta; $finish): {id: "chatcmpl-1", created: 1,
    object: "chat.completion.chunk", model: "canned", choices: [{index: 0,
    delta: $delta, finish_reason: $finish}]};
def chat_call($piece): {tool_calls: [{index: 0,
    function: {arguments: $piece}}]};
def chat_said: if $kind == "args" then {role: "assistant", content: null,
        tool_calls: [{id: "call_1", type: "function",
        function: {name: "f", arguments: whole}}]}
    elif $kind == "reasoning" then {role: "assistant", content: "ok",
        reasoning_content: whole}
    else {role: "assistant", content: whole} end;
def chat_finish: if $kind == "args" then "tool_calls" else "stop" end;
def chat: if $stream then
        (chat_delta({role: "assistant", content: ""}; null) | frame),
        (if $kind == "args" then chat_delta({tool_calls: [{index: 0,
            id: "call_1", type: "function", function: {name: "f",
            arguments: ""}}]}; null) | frame else empty end),
        ($pieces[] | chat_delta(if $kind == "args" then chat_call(.)
            elif $kind == "reasoning" then {reasoning_content: .}
            else {content: .} end; null) | frame),
        (chat_delta({}; chat_finish) + {usage: (usage("prompt_tokens";
            "completion_tokens") + {total_tokens: 18})} | frame),
        "data: [DONE]\n\n"
    else {id: "chatcmpl-1", created: 1, object: "chat.completion",
        model: "canned", choices: [{index: 0, message: chat_said,
        finish_reason: chat_finish}], usage: (usage("prompt_tokens";
        "completion_tokens") + {total_tokens: 18})} | tojson end;

def block: if $kind == "args" then
        {type: "tool_use", id: "toolu_1", name: "f", input: {}}
    elif $kind == "reasoning" then
        {type: "thinking", thinking: "", signature: ""}
    else {type: "text", text: ""} end;
def filled: if $kind == "args" then .input = (whole | fromjson)
    elif $kind == "reasoning" then .thinking = whole else .text = whole end;
def block_delta($piece): if $kind == "args" then
        {type: "input_json_delta", partial_json: $piece}
    elif $kind == "reasoning" then {type: "thinking_delta", thinking: $piece}
    else {type: "text_delta", text: $piece} end;
def reason: if $kind == "args" then "tool_use" else "end_turn" end;
def message($content; $reason): {id: "msg_1", type: "message",
    role: "assistant", model: "canned", content: $content,
    stop_reason: $reason, stop_sequence: null,
    usage: usage("input_tokens"; "output_tokens")};
def messages: if $stream then
        ({type: "message_start", message: message([]; null)} | frame),
        ({type: "content_block_start", index: 0, content_block: block} |
            frame),
        ($pieces[] | {type: "content_block_delta", index: 0,
            delta: block_delta(.)} | frame),
        ({type: "content_block_stop", index: 0} | frame),
        ({type: "message_delta", delta: {stop_reason: reason,
            stop_sequence: null}, usage: {output_tokens: 11}} | frame),
        ({type: "message_stop"} | frame)
    else message([block | filled]; reason) | tojson end;

def part($text): {type: "output_text", text: $text, annotations: []};
def item($text; $status): if $kind == "args" then {id: "fc_1",
        type: "function_call", call_id: "call_1", name: "f",
        arguments: $text, status: $status}
    else {id: "msg_1", type: "message", role: "assistant", status: $status,
        content: [part($text)]} end;
def response($output; $status): {id: "resp_1", object: "response",
    created_at: 1, model: "canned", status: $status, output: $output,
    usage: (usage("input_tokens"; "output_tokens") + {total_tokens: 18})};
def at: {item_id: item(""; "").id, output_index: 0} +
    if $kind == "args" then {} else {content_index: 0} end;
def said: if $kind == "args" then {what: "function_call_arguments",
        key: "arguments"} else {what: "output_text", key: "text"} end;
def events: {type: "response.created",
        response: response([]; "in_progress")},
    {type: "response.output_item.added", output_index: 0,
        item: (item(""; "in_progress") |
        if .content then .content = [] else . end)},
    (if $kind == "args" then empty else {type: "response.content_part.added",
        part: part("")} + at end),
    ($pieces[] | {type: "response.\(said.what).delta", delta: .} + at),
    ({type: "response.\(said.what).done", (said.key): whole} + at),
    (if $kind == "args" then empty else {type: "response.content_part.done",
        part: part(whole)} + at end),
    {type: "response.output_item.done", output_index: 0,
        item: item(whole; "completed")},
    {type: "response.completed",
        response: response([item(whole; "completed")]; "completed")};
def responses: if $stream then
        [events] | to_entries[] | .value + {sequence_number: .key} | frame
    else response([item(whole; "completed")]; "completed") | tojson end;

if $dialect == "chat" then chat elif $dialect == "messages" then messages
    else responses end
