/* lookups.h - questions to the store that were not answered yet, and the exchanges parked on each. Twenty misses of one
 * code are one look-up. Bounded. Belongs to the worker's thread; knows neither cache nor store. */
#ifndef REDIRECTOR_LOOKUPS_H
#define REDIRECTOR_LOOKUPS_H
#include "core/base/slice.h"

#define LOOKUP_KEY_MAX 64
#define LOOKUPS_MAX 1024        /* different ones at a time */
#define LOOKUPS_PARKED_MAX 4096 /* exchanges on all of them */

struct exchange;

enum lookup_kind { LOOKUP_LINK, LOOKUP_CAMPAIGN };

struct lookup {
    struct lookup *next; /* in its bucket */
    enum lookup_kind kind;
    uint64_t id;       /* a link's id; of a campaign, a hash of its slug */
    uint8_t link_kind; /* of a link: enum link_kind */
    uint8_t key_size;
    char key[LOOKUP_KEY_MAX]; /* code or slug; empty for a portable link */
    bool is_sent;             /* on its way: an answer, or the connection's end, will be heard */
    bool is_outdated;         /* something changed while it was on its way */
    bool is_paid; /* by `payer`, who gets it back unless nobody has the link: unknown_slugs.h */
    uint64_t payer;
    uint32_t generation;           /* of the resolver, when it was sent */
    struct exchange *first, *last; /* parked, in order of arrival, so of deadline */
};

struct lookups;

CHECKED int lookups_new(struct lookups **ret_lookups);
struct lookups *lookups_free(struct lookups *lookups); /* accepts NULL; nobody may be parked */

struct lookup *lookups_find(struct lookups *lookups, enum lookup_kind kind, uint64_t id);
/* The one that is there, or a new one, not sent. JALON_FULL, JALON_NO_MEMORY. */
CHECKED int lookups_open(struct lookups *lookups, enum lookup_kind kind, uint64_t id,
                         struct slice key, struct lookup **ret_lookup);
/* JALON_FULL: too many are parked already. */
CHECKED int lookups_park(struct lookups *lookups, struct lookup *lookup, struct exchange *exchange);
/* Takes the look-up away and gives the list of those parked on it, linked by next_parked; NULL: none. */
struct exchange *lookups_close(struct lookups *lookups, struct lookup *lookup);
/* Takes those whose deadline has passed off all look-ups, as one list. */
struct exchange *lookups_expire(struct lookups *lookups, int64_t monotonic_ms);

/* Each look-up that is open; `visit` may close the one it is given. */
typedef void lookup_visit(void *context, struct lookup *lookup);
void lookups_each(struct lookups *lookups, lookup_visit *visit, void *context);
#endif
