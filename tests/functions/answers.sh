# shellcheck shell=bash
# Answers, whole or streamed, in $DIALECT.
#
#   body FILTER             jq on the answer
#   header NAME [FILE]      its value in the head of the answer, or in FILE
#   why                     prints its status, and the code and the param of its
#                           error, "-" for one that is null
#   frames [FILE]           the data of each frame of a stream, one a line
#   has_frames FILE N       whether it has brought so many
#   is_whole FILE           whether it ends with [DONE]
#   has_words FILE N        whether it has brought so many words "ab"
#   all_text                what the answer says, whole or streamed; an error
#                           its code
#   stream_end              the last frames of a stream, as a client sees its end
#   error_is STATUS CODE DESC
#                           a check: the answer is an error in the shape of the
#                           dialect
#   calls_work              3 checks: a call, a stream and a governed one

body() {
    jq -rc "$1" "$T/body"
}

header() {
    sed -n "s/^$1: *//Ip" "${2:-$T/head}" | tr -d '\r'
}

why() {
    echo "$STATUS $(jq -rc '.error | [.code, .param] | map(. // "-") |
        join(" ")' "$T/body" 2>&1)"
}

frames() {
    sed -n 's/^data: //p' "${1:-$T/body}"
}

has_frames() {
    [ "$(grep -c '^data: ' "$1")" -eq "$2" ]
}

is_whole() {
    [ "$(frames "$1" | tail -n 1)" = '[DONE]' ]
}

has_words() {
    local key=content
    case $DIALECT in
    messages) key=text ;;
    responses) key=delta ;;
    esac
    [ "$(grep -c "\"$key\":\" *ab\"" "$1")" -eq "$2" ]
}

all_text() {
    if grep -q '^data: ' "$T/body"; then
        frames | grep -vF '[DONE]' | jq -rj '.choices[0].delta.content //
            .delta.text? // (select(.type == "response.output_text.delta") |
            .delta) // empty'
    else
        jq -rj '.choices[0].message.content // .content[0].text? //
            .output[0].content[0].text? // .error.code // .error.type //
            empty' "$T/body"
    fi
}

stream_end() {
    case $DIALECT in
    chat) frames | tail -n 2 |
        jq -Rr 'if . == "[DONE]" then . else fromjson |
            .choices[0].finish_reason end' | tr '\n' ' ' ;;
    messages) frames | tail -n 3 | jq -r '.type, (.delta.stop_reason? //
        empty)' | tr '\n' ' ' ;;
    responses) frames | tail -n 1 | jq -r '.type,
        .response.incomplete_details.reason' | tr '\n' ' ' ;;
    esac
}

error_is() {
    local shape='.error.type != null and (.error | has("param")) and
        (has("type") | not)'
    [ "$DIALECT" != messages ] || shape='.type == "error" and .error.type != null'
    is "$STATUS $(body ".error.code, ($shape)" | tr '\n' ' ')" "$1 $2 true " "$3"
}

calls_work() {
    chat hello
    is "$STATUS $(body '.choices[0].finish_reason')" '200 stop' 'a call works'
    perform 'words=5' true
    is "$(frames | tail -n 1)" '[DONE]' 'so does a stream'
    SURFACE=/policy perform 'words=5' true
    is "$(frames | tail -n 1)" '[DONE]' 'and a governed one'
}
