# What a policy adds to a request is held for before a model gets it, as if the
# caller had sent it, on three dialects, streamed or not; where the credits do
# not reach that far the output is shorter, or the call is one without credits.

. "${srcdir:-.}/tests/functions.sh"
plan 21

start_upstream
start_turnpike --upstream "chat+messages+responses@$UPSTREAM" \
    --set rate.key=0 --set price.tokens_per_credit=1

email=ann@example.org
governed $email bot '{"rules":{"denylist":["competitor-x"],
    "enforcement_action":"rewrite"}}'
put_policy $email brief '{"rules":{"denylist":["competitor-x"],
    "enforcement_action":"summarize"}}'
bound=$KEY
said='Tell me of competitor-x.'

held() {
    json .held credits show $email
}
# holds_for: how much is held for $T/request while a model answers it.
holds_for() {
    until_true test "$(held)" = 0
    ask "$(dialect_path)" -H 'Content-Type: application/json' \
        --data-binary @"$T/request" &
    until_true upstream_has '.waiting == 1' || bail 'no model is asked'
    held
    release a >/dev/null
    wait $!
}
limit() { # limit N: as a member of the request
    case $DIALECT in
    responses) echo ".max_output_tokens = $1" ;;
    *) echo ".max_tokens = $1" ;;
    esac
}
# request STREAM N [FILTER]: one that the policy amends, with an output of N
# tokens.
request() {
    ask_body 'words=2 text=well barrier=a' "$1" |
        jq -c --arg said "$said" "$(limit "$2") | ${3:-.} |
        if .input then .input |= \$said + \"\n\" + . else
        .messages[0].content |= \$said + \"\n\" + . end" >"$T/request"
}

for DIALECT in chat messages responses; do
    for stream in false true; do
        SURFACE=/policy
        request $stream 50
        amended=$(holds_for)
        told '.[-1].body | {model: "abliterated-model", stream, messages,
            input, instructions, system, max_tokens, max_output_tokens} |
            with_entries(select(.value != null))' >"$T/request"
        SURFACE=''
        same=$(holds_for)
        ok "$DIALECT, streamed: $stream: a note is held for as if it were sent" \
            test "$amended" -ge "$same"
        ok 'and no more than that' test "$amended" -le $((same + 2))
    done
done
SURFACE=/policy DIALECT=chat
request false 50 '.policy_id = "brief"'
amended=$(holds_for)
request false 50 '.policy = {rules: {}}'
ok 'a note that asks for a summary is, too' \
    test "$amended" -gt $(($(holds_for) + 10))

# poor CREDITS: KEY becomes that of an account of so many, under such a policy;
# sets POOR.
poor() {
    POOR=poor$1@example.org
    ctl account add "$POOR" --plan policy --credits "$1" >"$T/out" </dev/null
    put_policy "$POOR" bot '{"rules":{"denylist":["competitor-x"],
        "enforcement_action":"rewrite"}}'
    ctl project create "$POOR" "poor$1" --policy bot >"$T/out" </dev/null
    KEY=$(json .key key create "$POOR" --project "poor$1")
}
# post: the same without the barrier, and of the same length as it is estimated.
post() {
    sed -i 's/ barrier=a/aaaaaaaaaaaa/' "$T/request"
    ask "$(dialect_path)" -H 'Content-Type: application/json' \
        --data-binary @"$T/request"
}

request false 50 '.policy = {rules: {}}'
plain=$(holds_for)
request false 50
amended=$(holds_for)
poor $((plain - 40))
calls=$(told length)
for stream in false true; do
    request $stream 50
    post
    is "$STATUS $(body .error.code) $(told length)" \
        "402 insufficient_credits $calls" \
        "streamed: $stream: where nothing is left for an answer none is asked for"
    is "$(json '"\(.credits) \(.held)"' credits show "$POOR")" \
        "$((plain - 40)) 0" 'and nothing is charged'
done
poor $((amended - 30))
for stream in false true; do
    request $stream 50
    post
    is "$STATUS $(seen .body.max_tokens)" '200 20' \
        "streamed: $stream: the answer is as long as the credits reach"
    ctl credits grant "$POOR" $((amended - 30 - $(json .credits credits show \
        "$POOR"))) --idempotency-key again >"$T/out" </dev/null
done
KEY=$bound
request false 50 '.policy_user = "u"'
ctl project set bot --user-quota tokens=$((plain - 30)) >"$T/out" </dev/null
post
is "$STATUS $(seen .body.max_tokens)" '200 20' \
    'a quota that was not used up is none because of a note'
is "$(held) $(json .held credits show "$POOR") $(json .breaches audit)" \
    '0 0 0' 'nothing is held, and the audit finds no breach'
