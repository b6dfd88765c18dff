# A long conversation that goes on is refused for what its last turn says, and
# answered again without that: in all dialects, also where it is large, and where
# nothing is remembered.

. "${srcdir:-.}/tests/functions.sh"
plan 56

start_upstream

pad='The garden was quiet that evening. Bread needs flour, water and salt. '
large=''
for ((i = 0; i < 600; i++)); do large+=$pad; done

# talk TEXT...: what the user says, turn by turn; the model answers each.
talk() {
    local turns
    turns=$(jq -nc '[$ARGS.positional[] | {role: "user", content: .},
        {role: "assistant", content: "I see."}] | .[:-1]' --args "$@")
    user_says '' false "if .input then .input = $turns else .messages = $turns end"
}

converse() { # converse NAME TEXT: which is long
    talk "$2"
    is "$STATUS" 200 "$1: a conversation begins"
    talk "$2" 'Which bread goes with soup?'
    is "$STATUS" 200 'it goes on'
    talk "$2" 'I want to hurt myself.'
    error_is 400 moderation_blocked 'what its next turn says is judged'
    talk "$2" 'Which bread goes with soup?' 'Thank you.'
    is "$STATUS" 200 'without that it goes on'
    talk "$2" 'Which bread goes with soup?' 'I want to'
    is "$STATUS" 200 'half a sentence is no harm'
    talk "$2" 'Which bread goes with soup?' 'I want to' 'hurt myself.'
    error_is 400 moderation_blocked 'the other half is'
    talk "I want to hurt myself. $2" 'Which bread goes with soup?'
    error_is 400 moderation_blocked 'as is another beginning'
}

for recall in on off; do
    start_turnpike --upstream "chat+messages+responses@$UPSTREAM" \
        --set rate.key=0 --set moderation.recall=$recall
    for DIALECT in chat messages responses; do
        converse "$DIALECT, recall $recall" "${large:0:6000}"
    done
    DIALECT=chat
    converse "a large one, recall $recall" "$large"
    stop_turnpike
done
