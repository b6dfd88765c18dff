#ifndef REDACTION_H
#define REDACTION_H

#include "said.h"

/**
 * redaction_texts(texts, count, out, ends):
 * Append ${texts}, of which there are ${count}, to ${out} with what is of
 * persons or secret (pii.h) replaced, and leave in ${ends} where in ${out} each
 * ends. What is in pieces in several texts of one turn, and in none of them for
 * itself, is replaced where it begins. Returns the kinds found, PII_BIT of
 * each. When memory is out ${out} has failed.
 */
uint32_t redaction_texts(const struct policy_input *texts, size_t count,
    struct buf *out, size_t *ends);

/**
 * redaction_rest(doc, dialect, edits, room):
 * Look for what is of persons or secret in what the conversation in the
 * request ${doc} has beside the words of the users, which said_read() finds,
 * and of the system: answers, reasoning that is not signed, calls of tools with
 * their arguments, and results of tools. Append a struct said_edit for each
 * string or number to be replaced to ${edits}, in ascending order; their texts
 * lie in ${room}, which was empty. Returns the kinds found, PII_BIT of each.
 * When memory is out ${edits} has failed.
 */
uint32_t redaction_rest(const struct json_doc *doc, enum dialect dialect,
    struct buf *edits, struct buf *room);

#endif
