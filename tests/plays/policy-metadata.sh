# Every data frame but [DONE] and every body of the governed surface tells the
# verdict under "policy", signs of life and errors included, and in place of an
# upstream's own; nothing of /v1 does. A policy that only watches changes no
# other byte.

. "${srcdir:-.}/tests/functions.sh"
plan 84

start_upstream
start_both "$UPSTREAM" --set rate.key=0 --set stream.grace=1 --set stream.heartbeat=1

email=ann@example.org
governed $email bot '{"rules":{"denylist":["competitor-x"]}}'
put_policy $email shadow '{"rules":{"denylist":["goes on"]},
    "rollout":{"shadow":{"enabled":true}}}'
put_policy $email open '{"rules":{}}'

# all_told: whether each data frame has a policy of ours, or none of them.
all_told() {
    [ "$(frames | grep -vxF '[DONE]' | jq -c 'has("policy") and
        .policy.policy_id == "bot" and .policy.decision == "allow"' |
        sort -u)" = true ]
}
none_told() {
    [ "$(frames | grep -vxF '[DONE]' | jq -c 'has("policy")' | sort -u)" = \
        false ]
}

for MODEL in translated native; do
    for DIALECT in chat messages responses; do
        who="$MODEL $DIALECT"
        for path in '/policy ' ' /v1' '/policy /v1'; do
            SURFACE=${path%% *} V1=${path#* } wanted=none_told
            [ -z "$SURFACE" ] || wanted=all_told
            perform 'words=3 own_keys' true
            ok "$who: frames of $SURFACE$V1" $wanted
            perform 'words=3 own_keys' false
            is "$(body '.policy.policy_id')" "$([ -n "$SURFACE" ] &&
                echo bot || echo null)" 'an answer'
        done
        SURFACE=/policy
        perform 'words=3 error_after=1' true
        ok 'an error in the middle' all_told
        ok 'which is there' grep -q error "$T/body"
        perform 'status=400 message=no' true
        is "$STATUS $(body .policy.decision)" '400 allow' 'an error of a status'
        perform 'words=3 finish=length' true
        ok 'another end' all_told
        perform_to "$T/body" 'words=2 barrier=a@2' true
        ok 'a stream stands still' until_true upstream_has '.waiting == 1'
        case $DIALECT in
        chat) ok 'and shows signs of life' until_true grep -q '^:' "$T/body" ;;
        messages) ok 'and shows signs of life' \
            until_true grep -q '"type":"ping"' "$T/body" ;;
        *) ok 'and shows signs of life' \
            until_true grep -q '"type":"keepalive"' "$T/body" ;;
        esac
        release a >"$T/out"
        wait "$CLIENT"
        ok 'which are told, too' all_told
    done
done

# plain: the frames without what differs from call to call.
plain() {
    sed -E 's/,"policy":\{[^}]*\}//; s/("id":"|"created(_at)?":|"item_id":"|"remaining_credits":)[^,}]*/\1/g
        s/"(chatcmpl-|msg_|resp_)[0-9a-f]*//g' "$T/body"
}
for policy in shadow open; do
    for DIALECT in chat messages responses; do
        MODEL=native
        SURFACE='' perform 'words=9 reasoning=3' true
        plain >"$T/wanted"
        SURFACE=/policy perform 'words=9 reasoning=3' true \
            ",\"policy_id\":\"$policy\""
        plain >"$T/got"
        ok "$DIALECT: what is $policy is as on /v1" cmp "$T/wanted" "$T/got"
    done
done
