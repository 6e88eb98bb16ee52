/* store_many.h - many commands of a kind and their answers, for the files store_*.c only. While the caller is at one piece of
 * them the servers are at work on the next. */
#ifndef STORE_STORE_MANY_H
#define STORE_STORE_MANY_H
#include "core/store/store_handle.h"

#define MANY_PIECES 4                              /* under way at once */
#define MANY_FIELDS (STORE_PIPELINE / MANY_PIECES) /* of one hash: a piece, in one command */

struct many {     /* the first member of what its callbacks need */
    size_t count; /* of commands */
    size_t piece; /* how many are sent together */
    /* Puts command `index` together in store->command. */
    void (*ask)(const struct many *many, size_t index, struct store *store);
    /* Called for each answer, in the order of the commands. An error ends it and is returned. May add commands to
     * `count`, if it is not const. */
    int (*visit)(const struct many *many, size_t index, const struct reply *reply);
};

/* JALON_UNAVAILABLE, JALON_NO_MEMORY, and what `visit` returns. */
CHECKED int store_many(struct store *store, const struct many *many);
#endif
