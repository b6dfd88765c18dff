#ifndef SAMPLE_H
#define SAMPLE_H

#include "core/json.h"

/**
 * sample_write(doc, schema, out):
 * Append a small JSON text that the JSON Schema at ${schema} allows, as far as
 * it uses type, properties, items, enum, const and $ref-less nesting.
 */
void sample_write(const struct json_doc *doc, uint32_t schema, struct buf *out);

#endif
