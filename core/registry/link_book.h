/* link_book.h - which signed links there are already, for an import to tell rows that it was given before. */
#ifndef REGISTRY_LINK_BOOK_H
#define REGISTRY_LINK_BOOK_H
#include "core/registry/registry.h"

struct link_book;

struct link_traits { /* all that an import's row says of a signed link; empty and 0: not given */
    struct slice campaign, creator, channel, target;
    int64_t expires_ms;
};

CHECKED int link_book_new(struct link_book **ret_book);
struct link_book *link_book_free(struct link_book *book); /* accepts NULL, returns NULL */

/* *ret_is_known: the store has such a link; each of them answers for one row, so two equal rows are two links.
 * A campaign's links are read when it is first asked for. Those that a retired key signed are none. */
CHECKED int link_book_take(struct link_book *book, struct registry *registry,
                           const struct link_traits *traits, bool *ret_is_known,
                           struct problem *problem);
#endif
