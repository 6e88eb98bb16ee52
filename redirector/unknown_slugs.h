/* unknown_slugs.h - who asks for vanity links that nobody has, and how many more look-ups they have left: so that guessing
 * slugs does not become the store's work. A table of fixed size, a worker's own, its thread only. */
#ifndef REDIRECTOR_UNKNOWN_SLUGS_H
#define REDIRECTOR_UNKNOWN_SLUGS_H
#include "core/traffic/address.h"

#define UNKNOWN_SLUGS_WINDOW_MS                                                                    \
    60000 /* in which a source that is quiet has all its look-ups back */

struct unknown_slugs;

CHECKED int unknown_slugs_new(struct unknown_slugs **ret_table);
struct unknown_slugs *unknown_slugs_free(struct unknown_slugs *table); /* accepts NULL */

/* Who is behind an address: an IPv4 address, or an IPv6 network of 64 bits, as one customer has a whole one. */
uint64_t unknown_slugs_source(const struct address *visitor);

/* Takes one of the look-ups that the source has left; false when none is. A source has `a_minute` of them at most, and
 * one comes back every minute / a_minute. 0: no limit. now_ms is monotonic. No allocation. */
bool unknown_slugs_take(struct unknown_slugs *table, uint64_t source, int64_t now_ms,
                        unsigned a_minute);
/* The look-up was for something that is there, or was not answered: it did not count. */
void unknown_slugs_give_back(struct unknown_slugs *table, uint64_t source, unsigned a_minute);
#endif
