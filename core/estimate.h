#ifndef ESTIMATE_H
#define ESTIMATE_H

#include <stdint.h>

#include "buf.h"

enum {
    ESTIMATE_PER_MESSAGE = 4, /* role and separators of a chat template */
    ESTIMATE_PER_IMAGE = 1100,  /* an image in high detail */
    ESTIMATE_PER_PAGE = 3000,   /* of a document, its text and its image */
    ESTIMATE_PAGES_MAX = 100,   /* of a document */
    ESTIMATE_PAGES_UNSEEN = 10, /* of a file that is not in the request */
    ESTIMATE_AUDIO_BYTES = 125  /* of sound, for one token */
};

/**
 * estimate_text(text):
 * About how many tokens the bytes of ${text} make, by a weight for each first
 * byte of a character: small ASCII letters a quarter, capitals one, digits
 * three quarters, other ASCII bytes a half, the rest by script. In quarters of
 * a token, so that pieces add up without rounding.
 *
 * Estimated by true tokens of pieces of 200 to 600 characters, as the ratio
 * that 5, 50 and 95 percent of the pieces are at or below; GPT-4o (o200k),
 * GPT-4 (cl100k) and Llama 3. With the 15 percent of estimate_input() whatever
 * is 0.87 or more is covered:
 *
 *                             GPT-4o            GPT-4           Llama 3
 *   English prose           1.12 1.37 1.65   1.14 1.38 1.64   1.14 1.38 1.64
 *   French, German, Spanish 1.40 1.54 1.69   1.18 1.25 1.34   1.18 1.25 1.35
 *   Polish, Turkish         1.09 1.24 1.51   0.92 0.99 1.09   0.95 1.16 1.53
 *   Vietnamese              0.99 1.05 1.08   0.79 0.84 0.89   1.03 1.08 1.14
 *   C                       1.23 1.40 1.78   1.23 1.40 1.79   1.23 1.40 1.79
 *   Python                  1.37 1.65 2.24   1.37 1.68 2.28   1.37 1.68 2.28
 *   JavaScript              1.24 1.53 1.88   1.21 1.54 1.91   1.21 1.54 1.91
 *   shell                   1.12 1.23 1.39   1.12 1.24 1.38   1.12 1.24 1.38
 *   JSON, pretty            1.09 1.18 1.35   1.05 1.18 1.30   1.05 1.18 1.31
 *   JSON, compact           1.30 1.34 1.37   1.28 1.33 1.36   1.28 1.33 1.36
 *   Chinese                 1.31 1.45 1.60   0.86 0.95 1.11   1.35 1.46 1.54
 *   Japanese                1.38 1.43 1.59   1.00 1.07 1.15   1.59 1.68 1.91
 *   Korean                  1.64 1.75 1.89   0.98 1.05 1.11   1.62 1.76 1.86
 *   Russian, Ukrainian      2.06 2.49 3.44   1.18 1.49 1.76   2.12 2.43 3.01
 *   Greek, Hebrew           2.18 2.47 2.86   0.91 1.02 1.06   0.91 2.38 2.58
 *   Arabic                  2.52 2.83 3.57   1.24 1.31 1.36   2.16 2.39 2.64
 *   Hindi, Bengali          2.94 3.56 4.19   0.90 1.09 1.15   0.91 1.96 2.19
 *   Thai                    2.59 2.90 3.06   1.22 1.27 1.32   2.51 2.65 2.77
 *   Georgian                5.45 6.26 6.97   0.96 0.97 0.97   0.96 0.97 0.97
 *   emoji                   1.29 1.33 1.38   1.03 1.04 1.06   1.03 1.04 1.07
 *   base64                  0.90 0.94 0.99   0.86 0.89 0.93   0.87 0.90 0.93
 *   hexadecimal             0.93 0.98 1.03   0.94 0.98 1.03   0.94 0.98 1.03
 *   UUIDs                   0.83 0.86 0.92   0.83 0.86 0.91   0.83 0.86 0.91
 *
 * Other tokenizers with small vocabularies need more: Mistral 7B is at 0.9 for
 * prose and code, at 0.6 for hexadecimal.
 */
uint64_t estimate_text(struct span text);

/**
 * estimate_escaped(text):
 * estimate_text() of what ${text}, the inside of a JSON string, decodes to.
 */
uint64_t estimate_escaped(struct span text);

/**
 * estimate_file(data):
 * About how many tokens a file makes, by its size alone: ${data}, the inside of
 * a JSON string, is its base64 or a data URL of that. In quarters of a token.
 *
 * Half a token for each byte: of text more than any language takes but for
 * lists of numbers and codes. What begins as a PDF or as a ZIP, which office
 * documents are, has pages: from 1 to ESTIMATE_PAGES_MAX of them. 17 PDFs of
 * manuals have 2,700 to 8,300 bytes a page; pictures in them only take more.
 *
 * Of a PDF models read the text and the image of each page. Anthropic (PDF
 * support) says about 7,000 tokens for 3 pages, and at most 100 pages in a
 * request, though 3,000 for the text alone of a page that is full; OpenAI (File
 * inputs) says text and image, and of other documents the text.
 *
 * A file that is not there, as ${data} is empty or another URL, counts as
 * ESTIMATE_PAGES_UNSEEN pages, whatever it is.
 */
uint64_t estimate_file(struct span data);

/**
 * estimate_audio(data):
 * The same for sound: 32 tokens a second, of which MP3 at its lowest rate, 32
 * kbit/s, has 4,000 bytes; other rates and WAV have more. Google (Audio
 * understanding) says 32 tokens for each second; OpenAI (Realtime costs) says
 * 10.
 */
uint64_t estimate_audio(struct span data);

/**
 * estimate_add(quarters, more):
 * Both together; at least nothing.
 */
uint64_t estimate_add(uint64_t quarters, int64_t more);

/**
 * estimate_tokens(quarters):
 * Whole tokens, rounded up.
 */
uint64_t estimate_tokens(uint64_t quarters);

/**
 * estimate_input(quarters):
 * Whole tokens with 15 percent on top, rounded up: what admission holds for
 * an input. RELIABILITY.md 2.3.
 */
uint64_t estimate_input(uint64_t quarters);

#endif
