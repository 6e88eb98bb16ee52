/* registry.h - what is set up, issued and sold: checks it, writes it, reads it. The one way there, for the command
 * line and the API alike.
 *
 * Input and results are JSON objects (jansson), owned by their maker; `*ret_result` is a new reference.
 * On failure *problem says what to change, field by field, and nothing was written. Field names are those
 * of the contract; each noun's table of fields (noun.h) is its parser, its help and its docs. */
#ifndef REGISTRY_REGISTRY_H
#define REGISTRY_REGISTRY_H
#include "core/base/problem.h"
#include "jalon/keys.h"

#include <jansson.h>

struct store;

#define REGISTRY_LINK_WAIT_MS 1000 /* what a clerk or a command has time for */

struct registry { /* what an operation works with; in place, borrowed for the call */
    struct store *store;
    const jalon_keys *keys;
    const char *domain;         /* "https://go.example.com" */
    const char *reference_file; /* the reports' reference ranges; empty: the built-in list */
    int64_t now_ms;
    int64_t
        link_wait_ms; /* how long conversion_add() may wait for a click's link to be registered */
    struct slice scope_brand,
        scope_campaign; /* a token's limits; outside them all is NOT_FOUND; empty: none */
    const char *source; /* what new orders are recorded to have come by: "api", "command" */
};

/* Called for each thing in a listing, sorted by key; a borrowed reference. An error ends it. */
typedef int thing_visit(void *context, const json_t *thing);

/* Filters of listings: empty slices are no filter. */
struct list_filter {
    struct slice campaign, creator;
    struct slice from, to; /* conversions: RFC 3339 or dates of the campaign's zone */
};

/* campaigns */
CHECKED int campaign_add(struct registry *registry, const json_t *input, json_t **ret_result,
                         struct problem *problem);
CHECKED int campaign_set(struct registry *registry, struct slice slug, const json_t *changes,
                         json_t **ret_result, struct problem *problem);
CHECKED int campaign_show(struct registry *registry, struct slice slug, json_t **ret_result,
                          struct problem *problem);
CHECKED int campaign_list(struct registry *registry, thing_visit *visit, void *context,
                          struct problem *problem);

/* creators */
CHECKED int creator_add(struct registry *registry, const json_t *input, json_t **ret_result,
                        struct problem *problem);
CHECKED int creator_set(struct registry *registry, struct slice slug, const json_t *changes,
                        json_t **ret_result, struct problem *problem);
CHECKED int creator_show(struct registry *registry, struct slice slug, json_t **ret_result,
                         struct problem *problem);
CHECKED int creator_list(struct registry *registry, thing_visit *visit, void *context,
                         struct problem *problem);
/* Removes name, platform, followers and niches for good, and disables the creator's links and codes;
 * the slug stays, as figures refer to it. */
CHECKED int creator_erase(struct registry *registry, struct slice slug, struct problem *problem);

/* links */
CHECKED int link_add(struct registry *registry, const json_t *input, json_t **ret_result,
                     struct problem *problem);
CHECKED int link_set(struct registry *registry, struct slice code, const json_t *changes,
                     json_t **ret_result, struct problem *problem);
CHECKED int link_show(struct registry *registry, struct slice code, json_t **ret_result,
                      struct problem *problem);
CHECKED int link_list(struct registry *registry, const struct list_filter *filter,
                      thing_visit *visit, void *context, struct problem *problem);
/* Offline: what a code, short link, token or URL of ours is and whether its signature holds. */
CHECKED int link_verify(struct registry *registry, struct slice text, json_t **ret_result,
                        struct problem *problem);

/* promo codes; code_add with "count" gives {"codes":[…]} */
CHECKED int code_add(struct registry *registry, const json_t *input, json_t **ret_result,
                     struct problem *problem);
CHECKED int code_set(struct registry *registry, struct slice code, struct slice campaign,
                     const json_t *changes, json_t **ret_result, struct problem *problem);
/* Issues a code in the place of another, which ends then, some days later: *ret_result is the new one. CONFLICT when it
 * was replaced already, is disabled, or is not valid now. */
CHECKED int code_rotate(struct registry *registry, struct slice code, const json_t *input,
                        json_t **ret_result, struct problem *problem);
/* NOT_FOUND when unknown, INVALID (422) when mistyped, CONFLICT naming the campaigns when ambiguous. */
CHECKED int code_show(struct registry *registry, struct slice code, struct slice campaign,
                      json_t **ret_result, struct problem *problem);
CHECKED int code_list(struct registry *registry, const struct list_filter *filter,
                      thing_visit *visit, void *context, struct problem *problem);

/* costs and posts. *ret_is_known: the same was there already, a no-op. */
CHECKED int cost_add(struct registry *registry, const json_t *input, bool is_replace,
                     json_t **ret_result, bool *ret_is_known, struct problem *problem);
CHECKED int cost_list(struct registry *registry, const struct list_filter *filter,
                      thing_visit *visit, void *context, struct problem *problem);
CHECKED int post_add(struct registry *registry, const json_t *input, json_t **ret_result,
                     bool *ret_is_known, struct problem *problem);
CHECKED int post_list(struct registry *registry, const struct list_filter *filter,
                      thing_visit *visit, void *context, struct problem *problem);

/* conversions. The result is the API's answer: campaign, order_id, status, credits, assists, unattributed.
 * *ret_is_known: the same order again, 200 instead of 201. Another content: CONFLICT. */
CHECKED int conversion_add(struct registry *registry, const json_t *input, json_t **ret_result,
                           bool *ret_is_known, struct problem *problem);
CHECKED int conversion_set_status(struct registry *registry, struct slice campaign,
                                  struct slice order_id, struct slice status, json_t **ret_result,
                                  struct problem *problem);
CHECKED int conversion_refund(struct registry *registry, struct slice order_id, const json_t *input,
                              json_t **ret_result, bool *ret_is_known, struct problem *problem);
/* These orders of a campaign, in that order; those that there are not are passed over. At most 500. */
CHECKED int conversion_each(struct registry *registry, struct slice campaign,
                            const struct slice *ids, size_t count, thing_visit *visit,
                            void *context, struct problem *problem);
CHECKED int conversion_list(struct registry *registry, const struct list_filter *filter,
                            thing_visit *visit, void *context, struct problem *problem);

/* API tokens: the secret is in token_add's result once ("token") and stored only hashed. */
CHECKED int token_add(struct registry *registry, const json_t *input, json_t **ret_result,
                      struct problem *problem);
CHECKED int token_list(struct registry *registry, thing_visit *visit, void *context,
                       struct problem *problem);
CHECKED int token_revoke(struct registry *registry, struct slice id, struct problem *problem);
/* The token's record when `secret` is one that is not revoked and has `scope`: UNAUTHORIZED, FORBIDDEN.
 * *ret_result has "brand" and "campaign", null where unlimited. */
CHECKED int token_check(struct registry *registry, struct slice secret, const char *scope,
                        json_t **ret_result, struct problem *problem);

/* Imports: all rows are checked before any is written; with is_skip_bad bad rows are reported and left out.
 * Rows that are there already and equal count as known. */
typedef void bad_row(void *context, size_t row, const struct problem *problem); /* row from 0 */
typedef void import_progress(void *context, size_t done, size_t total);

struct import_options {
    bool is_skip_bad;
    bool is_replace; /* of costs: another value replaces the one that is there */
    /* of conversions: a shop's own export; orders that came by import follow it, and one that differs from what is
     * recorded is known all the same */
    bool is_feed;
    bad_row *report_bad;       /* called for each bad row, in order; may be NULL */
    import_progress *progress; /* may be NULL; total is twice the rows: checked, then written */
    void *context;             /* of both */
};

struct noun_values;

/* The rows: put into values when they are looked at, so that they need not be in memory as such. */
struct import_rows {
    size_t count;
    /* Row `index` from 0, into values of which all are absent; asked for in any order and more than once. Texts that do not
     * borrow from the values' source live as long as the import. */
    int (*read)(void *context, size_t index, struct noun_values *values);
    void *context;
};

struct import_result {
    size_t added, changed, known, bad;
    size_t different; /* of the known: conversions that differ from their records */
    bool is_written;  /* some of it may be, also when the import failed */
};

/* `noun`: "creator", "link", "cost", "post" or "conversion". JALON_INVALID when rows were bad and nothing was
 * written; JALON_CONFLICT when others' writes made rows bad while the rest was being written. When the store goes away half-way, the same import again finds as known what was written. */
CHECKED int registry_import(struct registry *registry, const char *noun,
                            const struct import_rows *rows, const struct import_options *options,
                            struct import_result *ret_result, struct problem *problem);
#endif
