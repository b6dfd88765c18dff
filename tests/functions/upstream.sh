# shellcheck shell=bash
# Upstreams of the play's own, and what they have seen.
#
#   start_upstream          a demo upstream that outlives the house; sets
#                           UPSTREAM, its origin
#   told FILTER             its log of requests, through jq
#   seen FILTER             jq on the newest of them
#   upstream_has FILTER     whether its statistics are so
#   release NAME            whoever waits at that barrier goes on
#   all_taken               whether what it has sent has been read
#   serve NAME LINE...      lighttpd on the files in $T/NAME, with these lines of
#                           configuration; sets SERVED, its origin
#   start_canned            an upstream that always gives the same answer, the
#                           file $T/canned/v1/chat/completions, as an event
#                           stream; sets CANNED, its origin
#   can STREAM KIND PIECE...
#                           from now on it answers with these pieces, one a
#                           frame, in each of the three dialects; KIND is text,
#                           reasoning or args, the arguments of a call

start_upstream() {
    [ -p "$T/listening" ] || mkfifo "$T/listening"
    "$builddir/turnpike-demo-upstream" --port 0 >"$T/listening" &
    on_exit "kill $! 2>/dev/null"
    read -r -t 30 LINE <"$T/listening" ||
        bail 'the demo upstream does not start'
    UPSTREAM=http://127.0.0.1:${LINE#listening }
}

told() {
    curl -s "$UPSTREAM/v1/log" | jq -rc "$1"
}

seen() {
    told ".[-1] | $1"
}

upstream_has() {
    curl -s "$UPSTREAM/v1/stats" | jq -e "$1"
}

release() {
    curl -s -X POST "$UPSTREAM/v1/barrier/$1"
}

# The kernel's queues on the connections to the upstream are empty.
all_taken() {
    awk -v port="$(printf ':%04X' "${UPSTREAM##*:}")" '
        (substr($2, 9) == port || substr($3, 9) == port) && $4 == "01" &&
            $5 != "00000000:00000000" { left = 1 }
        END { exit left }' /proc/net/tcp
}

serve() {
    local name=$1 port
    shift
    port=$(free_port)
    SERVED=http://127.0.0.1:$port
    mkdir -p "$T/$name"
    cat >"$T/$name.conf" <<END
server.bind = "127.0.0.1"
server.port = $port
server.document-root = "$T/$name"
$(printf '%s\n' "$@")
END
    lighttpd -D -f "$T/$name.conf" >"$T/$name.log" 2>&1 &
    on_exit "kill $! 2>/dev/null"
    until_true curl -s -o "$T/$name.out" "$SERVED/" ||
        bail "the web server of $name does not start"
}

start_canned() {
    mkdir -p "$T/canned/v1/chat"
    serve canned 'server.stat-cache-engine = "disable"' \
        'mimetype.assign = ("" => "text/event-stream")'
    CANNED=$SERVED
}

can() {
    local stream=$1 kind=$2 dialect path
    shift 2
    for dialect in chat messages responses; do
        path=$T/canned/v1/$dialect
        [ "$dialect" != chat ] || path=$path/completions
        jq -nrj --arg dialect "$dialect" --arg kind "$kind" \
            --argjson stream "$stream" '$ARGS.positional as $pieces |
            '"$(cat "$srcdir/tests/canned.jq")" --args "$@" >"$path.new" &&
            mv "$path.new" "$path" || bail "no answer in $dialect"
    done
}
