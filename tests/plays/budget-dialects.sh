# A stream of Messages or Responses that outruns its credits ends legally, too:
# as one that has reached its limit of tokens, with the bill, whatever dialect
# its upstream speaks. What is held for a file is the same in all of them.

. "${srcdir:-.}/tests/functions.sh"
plan 41

start_upstream
start_both "$UPSTREAM" --set rate.key=0 --set price.tokens_per_credit=1 \
    --set models.max_output=100000

# The types of a stream's last frames, and what the last but one of Messages or
# the last of Responses says of its end.
ends() {
    sed -n 's/^event: //p' "$T/body" | grep -v ping | tail -n "$1" |
        tr '\n' ' '
}
last_of() {
    sed -n "/^event: $1\$/{n;s/^data: //p;}" "$T/body" | jq -rc "$2"
}

for MODEL in translated native; do
    for DIALECT in messages responses; do
        mail=$MODEL-$DIALECT@example.org
        account "$mail" 1200
        perform 'words=4000 text=ab ignore_max barrier=a@1500' true
        is "$STATUS" 200 "$MODEL $DIALECT: a stream of few credits"
        ok 'its upstream is let go' until_true upstream_has '.streams == 0'
        is "$(told '.[-1].ended')" client_gone 'in the middle of its answer'
        if [ $DIALECT = messages ]; then
            is "$(ends 3)" 'content_block_stop message_delta message_stop ' \
                'the end is legal'
            is "$(last_of message_delta '[.delta.stop_reason,
                .remaining_credits + .estimated_credits_used]')" \
                '["max_tokens",1200]' 'with a reason and the bill'
            is "$(last_of message_delta '.usage.output_tokens > 1000')" true \
                'and what was counted'
        else
            is "$(ends 3)" "response.content_part.done response.output_item.done response.incomplete " \
                'the end is legal'
            is "$(last_of response.incomplete '.response |
                [.incomplete_details.reason, .remaining_credits,
                .estimated_credits_used]')" \
                '["max_output_tokens",0,1200]' 'with a reason and the bill'
            is "$(last_of response.incomplete '.response |
                [.status, .output[0].content[0].text == ("ab" +
                " ab" * ((.output[0].content[0].text | length - 2) / 3))]')" \
                '["incomplete",true]' 'and all that was said'
        fi
        charged=$(json '.[-1] | -.amount' ledger "$mail")
        is "$(json '.[-1] | [.uncollected, .flags]' ledger "$mail")" \
            '[0,["estimated"]]' 'an estimate is charged, and collected'
        is "$(json '"\(.credits) held \(.held)"' credits show "$mail")" \
            "$((1200 - charged)) held 0" 'and nothing else is held'
        # A native Messages upstream states its input, which is less than what
        # was held for it.
        [ "$MODEL-$DIALECT" = native-messages ] ||
            is "$charged" 1200 'it is all that there was'
    done
done

# ---- a file is held for by its size: 45,000 bytes as 22,500 tokens ----

pdf='("JVBERi" + "A" * 59994)'
text='{type: "text", text: "script: words=2"}'
MODEL=native
for DIALECT in chat messages responses; do
    case $DIALECT in
    chat) parts=".messages[0].content = [$text,
        {type: \"file\", file: {file_data: $pdf}}]" ;;
    messages) parts=".messages[0].content = [$text, {type: \"document\",
        source: {type: \"base64\", media_type: \"application/pdf\",
        data: $pdf}}]" ;;
    *) parts=".input = [{role: \"user\", content: [$text |
        .type = \"input_text\", {type: \"input_file\",
        file_data: $pdf}]}]" ;;
    esac
    account "poor-$DIALECT@example.org" 25800
    user_says '' false "$parts"
    is "$STATUS" 402 "$DIALECT: a file is too much for these credits"
    account "rich-$DIALECT@example.org" 26100
    user_says '' false "$parts"
    is "$STATUS" 200 'but not for those'
done
