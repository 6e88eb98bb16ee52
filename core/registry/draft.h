/* draft.h - changes gathered before any is written. Reads go through it: a record is fetched once, and what was
 * put is what later reads see, so that the rows of one import see each other.
 *
 *   draft_new() ──▶ draft_fetch(), draft_get(), draft_put() … ──▶ draft_commit() ──▶ draft_free()
 *
 * A draft of one change and one of a million rows are written the same way. */
#ifndef REGISTRY_DRAFT_H
#define REGISTRY_DRAFT_H
#include "core/registry/campaign_view.h"
#include "core/registry/code_view.h"
#include "core/registry/link_view.h"
#include "core/store/store.h"

#include <jansson.h>

#define DRAFT_INDEXES_MAX 3

struct draft;

CHECKED int draft_new(struct draft **ret_draft, struct store *store);
struct draft *draft_free(struct draft *draft); /* accepts NULL, returns NULL */

/* Reads records that will be asked for, in few round trips; those known already are left out. */
CHECKED int draft_fetch(struct draft *draft, const struct key *key, const struct slice *fields,
                        size_t count);

/* The same of records of several keys: each is asked for, and then all are read. */
CHECKED int draft_want(struct draft *draft, const struct key *key, struct slice field);
CHECKED int draft_fetch_wanted(struct draft *draft);

/* The record's JSON, as put or as stored; empty when there is none. Borrowed: until it is put again. */
CHECKED int draft_get(struct draft *draft, const struct key *key, struct slice field,
                      struct slice *ret_json);

/* The same, read; the caller's. JALON_NOT_FOUND, JALON_DAMAGED. */
CHECKED int draft_get_record(struct draft *draft, const struct key *key, struct slice field,
                             json_t **ret_record);

/* The record will be `json` (the reference is taken, in failure too), with these additions to indexes
 * in the same slot, and the message `change` on the channel (empty: none). */
CHECKED int draft_put(struct draft *draft, const struct key *key, struct slice field, json_t *json,
                      const struct index_entry *indexes, size_t index_count, struct slice change);

/* The same of a record that is text already. */
CHECKED int draft_put_text(struct draft *draft, const struct key *key, struct slice field,
                           struct slice json, const struct index_entry *indexes, size_t index_count,
                           struct slice change);

/* The record is known as it is, and whoever is told so may rely on it: it is made durable by this draft as well, with
 * the entries that it has in indexes. Nothing when this draft puts it anyway. */
CHECKED int draft_keep(struct draft *draft, const struct key *key, struct slice field,
                       const struct index_entry *indexes, size_t index_count);

/* What is put under `key` is judged by what the record `field` of `on`, in the same slot, says: it is read now, unless it was
 * before, and when it is another by the time of the commit, that ends with JALON_CONFLICT. */
CHECKED int draft_rely(struct draft *draft, const struct key *key, const struct key *on,
                       struct slice field);

/* Members of an index that count towards a limit, those that this draft will add among them. */
CHECKED int draft_fetch_counts(struct draft *draft, const struct key *sets, size_t count);
CHECKED int draft_count(struct draft *draft, const struct key *set, uint64_t *ret_count);

/* Was a serial ever handed out under that name? */
CHECKED int draft_fetch_reserved(struct draft *draft, const struct slice *names, size_t count);
CHECKED int draft_is_reserved(struct draft *draft, struct slice name, bool *ret_is_reserved);

/* What a record says, read once until it is put; NULL when there is none. Borrowed from the draft, until draft_trim(). */
CHECKED int draft_campaign(struct draft *draft, struct slice slug,
                           const struct campaign_view **ret_view);
CHECKED int draft_link(struct draft *draft, uint64_t link_id, const struct link_view **ret_view);
CHECKED int draft_codes(struct draft *draft, struct slice brand, struct slice folded,
                        const struct code_record **ret_codes);
/* Ends what was read in that way when it has become much: bounds what is kept for a million rows. */
void draft_trim(struct draft *draft);

typedef void draft_progress(void *context, size_t done, size_t total);

/* Writes all that was put; `progress` may be NULL. JALON_CONFLICT: some of it was changed by another writer meanwhile.
 * Nothing is written then of the changes of one hash that store_put_many() sends together; what is written otherwise, of
 * an import, is found as known by the new draft with which the caller starts over. */
CHECKED int draft_commit(struct draft *draft, draft_progress *progress, void *context);
#endif
