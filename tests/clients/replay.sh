# shellcheck shell=bash
# Requests of clients that the suite does not install, sent as those clients
# send them: OpenClaw's were recorded, those of the Python packages are written
# after their source. A file of requests/ holds
#
#   client, path, headers, body   what goes out; MODEL in the body is replaced
#   status                        what has to come
#   wants                         jq filters on the answer, each of which has to
#                                 be true. A stream is given to them as the
#                                 array of its frames, {event, data}, the data
#                                 parsed unless it is [DONE]
#
# and is one check.

requests=$srcdir/tests/clients/requests

count_requests() {
    find "$requests" -name '*.json' | wc -l
}

# As a jq filter: the frames of a stream.
parse_frames='split("\n\n") | map(split("\n") | {
    event: (map(select(startswith("event: ")))[0] // "")[7:],
    data: (map(select(startswith("data: ")))[0] // "")[6:]}
    | select(.data != "")
    | if .data != "[DONE]" then .data |= fromjson else . end)'

# What a file tells, a line each: client, path, status, how to read the answer,
# a filter that gives the numbers of what is not as wanted, body, headers.
told_by_file='.client, .path, .status,
    (if .body.stream == true and .status == 200 then "frames" else "json" end),
    ("[" + (.wants | map("(" + . + ")") | join(", ")) + "]
        | to_entries | map(select(.value != true) | .key + 1)"
        | gsub("\n"; " ")),
    (.body | .model = $model | tojson),
    (.headers | to_entries[] | "\(.key): \(.value | sub("KEY"; $key))")'

# is_wanted HOW FILTER: the last answer is what the client needs.
is_wanted() {
    local how=fromjson wrong
    [ "$1" = json ] || how=$parse_frames
    wrong=$(jq -Rsc "$how | $2" "$T/body") && [ "$wrong" = '[]' ] && return
    echo "not as wanted: $wrong"
    return 1
}

# replay FILE MODEL
replay() {
    local client path status how filter body
    jq -r --arg model "$2" --arg key "$KEY" "$told_by_file" "$1" >"$T/told"
    {
        read -r client
        read -r path
        read -r status
        read -r how
        read -r filter
        read -r body
        cat >"$T/headers"
    } <"$T/told"
    STATUS=$(curl -s -o "$T/body" -w '%{http_code}' --max-time 60 --compressed \
        -H @"$T/headers" --data-binary "$body" "$BASE$path")
    if [ "$STATUS" = "$status" ]; then
        ok "$2: $client" is_wanted "$how" "$filter"
    else
        is "$STATUS" "$status" "$2: $client"
    fi
}

# replay_all MODEL
replay_all() {
    local file
    for file in "$requests"/*.json; do
        replay "$file" "$1"
    done
}
