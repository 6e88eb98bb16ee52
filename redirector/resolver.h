/* resolver.h - from a code or a token to its link and campaign: the worker's cache, and its misses.
 *
 * A miss parks the exchange on a look-up; twenty misses of one code are one look-up. A parked exchange is resumed exactly
 * once: by the answer, or by its deadline. To resume is to call the handler again: it finds the answer in
 * the cache, or, past its deadline, takes what there is. Belongs to the worker's thread. */
#ifndef REDIRECTOR_RESOLVER_H
#define REDIRECTOR_RESOLVER_H
#include "redirector/link_cache.h"
#include "redirector/store_homes.h"

#define LOOKUP_DEADLINE_MS 2000
#define ABSENT_MS 5000 /* for how long an unknown code or campaign is not asked for again */

struct exchange;
struct resolver;
struct snapshot;
struct worker;

struct resolver_options {
    struct worker *worker; /* its clocks, snapshot and counters */
    uint64_t max_links;
    /* One look-up in the store, answered once by resolver_hear_…(); an error: not sent, the store is away. */
    int (*ask_link)(void *context, uint64_t link_id);
    int (*ask_campaign)(void *context, struct slice slug);
    void *context;
};

CHECKED int resolver_new(struct resolver **ret_resolver, const struct resolver_options *options);
struct resolver *resolver_free(struct resolver *resolver); /* accepts NULL; nobody is parked */

enum resolution {
    RESOLVE_FOUND,       /* exchange->link, whose campaign is known */
    RESOLVE_UNKNOWN,     /* forged, or nobody has it */
    RESOLVE_UNAVAILABLE, /* nobody can tell now */
    RESOLVE_LIMITED,     /* not looked up: its visitor asked for too many that nobody has */
    RESOLVE_PARKED,      /* exchange->route->handle will be called again */
};

/* What may be a signed code, at the beginning of `text`, will be looked for: see session_expect(). */
void resolver_expect(const struct resolver *resolver, struct slice text, bool is_next);
/* `key`: a signed code, or a vanity slug in lower case. exchange->route is what resumes it. */
enum resolution resolver_find_code(struct resolver *resolver, struct exchange *exchange,
                                   enum link_kind kind, struct slice key);
enum resolution resolver_find_token(struct resolver *resolver, struct exchange *exchange,
                                    struct slice text);

/* The store's answers. `json`: the record; empty: there is none. */
void resolver_hear_link(struct resolver *resolver, uint64_t link_id, struct slice json);
void resolver_hear_campaign(struct resolver *resolver, struct slice slug, struct slice json);
/* The question was not answered, or the answer says nothing: it is asked again, at the next tick or when the store is back. */
void resolver_lose_link(struct resolver *resolver, uint64_t link_id);
void resolver_lose_campaign(struct resolver *resolver, struct slice slug);

void resolver_set_homes(struct resolver *resolver, uint32_t homes); /* those that can be asked */
/* From the channel of changes. */
void resolver_link_changed(struct resolver *resolver, uint64_t link_id);
/* The channel may have said something that nobody heard: all that is cached is to be read again. */
void resolver_renew(struct resolver *resolver);
void resolver_tick(struct resolver *resolver); /* deadlines */
#endif
