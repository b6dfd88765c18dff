#ifndef IMAGE_H
#define IMAGE_H

#include "buf.h"

/**
 * image_check(url):
 * What the URL of an image must be but ${url} is not ("an https URL ..."), or
 * NULL when it will do. RELIABILITY.md 7.2 rows 34, 35.
 */
const char *image_check(struct span url);

/**
 * image_base64_check(text):
 * The same for an image in base64 whose type is stated elsewhere.
 */
const char *image_base64_check(struct span text);

#endif
