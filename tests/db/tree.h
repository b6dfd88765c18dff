#ifndef TREE_H
#define TREE_H

/* Directories that tests leave behind. */

/**
 * tree_drop(path):
 * Remove ${path} with all that is in it; links are not followed. Returns 0, or
 * another number with errno set.
 */
int tree_drop(const char *path);

#endif
