# The trainer makes the same bytes of the same texts, which the programs then
# judge by; what it cannot read it names.

. "${srcdir:-.}/tests/functions.sh"
plan 9

train=$builddir/moderation/train
mkdir "$T/data"
cp -r "$srcdir/moderation/lexicon" "$T/lexicon"
for i in $(seq 40); do
    printf '000000000000\tThe train number %d leaves at noon.\\nBring bread\\tand salt.\n' "$i"
    printf '000100000000\tYou are a fool and a liar, number %d\n' "$i"
    printf '00??000p000n\tA letter about nothing, number %d\n' "$i"
done | gzip >"$T/data/letters.tsv.gz"
printf '000000000000\tWhat time is it?\n000000000000\tGood morning\n' |
    gzip >"$T/data/benign_talk.tsv.gz"
printf 'safe\tnames\tHow do I kill a process?\n' |
    gzip >"$T/data/validation_words.tsv.gz"

ok 'it trains' "$train" "$T/data" "$T/lexicon" "$T/one"
ok 'and trains again' "$train" "$T/data" "$T/lexicon" "$T/two"
ok 'to the same bytes' cmp "$T/one" "$T/two"
"$builddir/moderation/evaluate" "$T/data" "$T/lexicon" "$T/one" >"$T/table"
is "$(grep -c '^harassment ' "$T/table")" 2 'each category is evaluated'
is "$(awk '$1 == "letters" && $2 == "harassment"' "$T/table" | wc -l)" 1 \
    'and each source by the others'

cp "$builddir/turnpikectl" "$T/turnpikectl"
cp "$T/one" "$T/moderation.weights"
is "$(echo '{"input":"You are a fool and a liar"}' |
    "$T/turnpikectl" moderate | jq '.category_scores | length')" 13 \
    'a program judges by the weights beside it'
head -c 5000 "$T/one" >"$T/moderation.weights"
not_ok 'but not by what is cut off' "$T/turnpikectl" moderate

mkdir "$T/short"
printf '0000\tshort\n' | gzip >"$T/short/letters.tsv.gz"
not_ok 'labels that are too few are refused' \
    "$train" "$T/short" "$T/lexicon" "$T/three"
printf 'many\twords\n' >>"$T/lexicon/hate.tsv"
not_ok 'and so is a phrase without a weight' \
    "$train" "$T/data" "$T/lexicon" "$T/three"
