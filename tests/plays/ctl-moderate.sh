# turnpikectl moderate judges lines of JSON without a store, a state or a
# configuration, by the thresholds of one where it is named.

. "${srcdir:-.}/tests/functions.sh"
plan 14

judge() { # judge LINE [OPTION...]: the line that comes of it
    local line=$1
    shift
    printf '%s\n' "$line" |
        env -u TURNPIKE_CONF "$builddir/turnpikectl" "$@" moderate
}
of() { # of FILTER LINE [OPTION...]: what jq makes of it
    local filter=$1
    shift
    judge "$@" | jq -rc "$filter"
}

bad='{"input":"I want to kill myself tonight"}'
good='{"input":"Which bread goes with soup?"}'

is "$(of '.category_scores | length' "$good")" 13 'there are 13 scores'
is "$(of '.categories | keys == (keys | sort) and length == 13' "$good")" true \
    'and as many verdicts'
is "$(of '[.category_scores[] | select(. < 0 or . > 1)] | length' "$bad")" 0 \
    'scores are from 0 to 1'
is "$(of '[.categories[] | select(.)] | length' "$good")" 0 \
    'soup is of no category'
is "$(of '.categories["self-harm/intent"]' "$bad")" true 'despair is'
is "$(of .category_scores '{"input":["I want to","kill myself"]}')" \
    "$(of .category_scores '{"input":[{"type":"text","text":"I want to"},{"type":"text","text":"kill myself"}]}')" \
    'strings and parts are the same text'
is "$(of '.categories["self-harm/intent"]' '{"input":["I want to","kill myself"]}')" \
    true 'read across their borders'
is "$(of '.categories["self-harm/intent"]' "$bad" --set moderation.threshold.self-harm/intent=1)" \
    false 'a threshold decides'
echo 'moderation.threshold.self-harm/intent = 1' >"$T/conf"
is "$(of '.categories["self-harm/intent"]' "$bad" --conf "$T/conf")" false \
    'also from a configuration'
is "$(printf 'what\n{"input":7}\n{}\n{"input":[{"type":"image_url"}]}\n%s\n' "$good" |
    "$builddir/turnpikectl" moderate | jq -c 'has("error")' | tr '\n' ' ')" \
    'true true true true false ' 'a bad line becomes an error, the next is read'
{ head -c 40000000 /dev/zero | tr '\0' x; printf '\n%s\n' "$good"; } |
    "$builddir/turnpikectl" moderate >"$T/long"
is "$(jq -r .error.message "$T/long" | tr '\n' ' ')" \
    'the line is too long null ' 'so does one without an end, which is not kept'
is "$(printf '\n[]\n"x"\n{"input":null}\n{"input":"\xff"}\n{"input":[[]]}\n' |
    "$builddir/turnpikectl" moderate | jq -r .error.message)" \
    "$(printf '%s\n' 'invalid JSON: the text is empty' 'there is no input' \
        'there is no input' 'input is neither a string nor an array' \
        'invalid JSON: text that is not well-formed Unicode' \
        'a part of input is neither a string nor a text')" \
    'an error tells what is wrong'
is "$(printf '' | "$builddir/turnpikectl" moderate | wc -l)" 0 \
    'no line makes no line'
not_ok 'a configuration that is broken is told' \
    judge "$good" --set moderation.threshold.hate=2
