/* ship_batch.h - a batch of journalled clicks of one partition as the one FCALL that applies it: merged increments,
 * visitors, the packed raw clicks and the position, in one atomic step. Pure: it builds the command,
 * the caller sends it. */
#ifndef STORE_SHIP_BATCH_H
#define STORE_SHIP_BATCH_H
#include "core/store/click_record.h"
#include "core/store/schema.h"

#define SHIP_BATCH_CLICKS_MAX 4096
#define SHIP_BATCH_LINKS_MAX 1024

struct ship_batch; /* reusable: built, sent, cleared */

CHECKED int ship_batch_new(struct ship_batch **ret_batch, unsigned partition, uint64_t incarnation);
struct ship_batch *ship_batch_free(struct ship_batch *batch);
void ship_batch_clear(struct ship_batch *batch);
size_t ship_batch_count(const struct ship_batch *batch); /* clicks and links in it */

/* JALON_FULL: send it first. JALON_BAD_ARGUMENT: a link of another partition. Copies. */
CHECKED int ship_batch_add_click(struct ship_batch *batch, const struct click_record *click);
CHECKED int ship_batch_add_link(struct ship_batch *batch, uint64_t link_id, struct slice campaign,
                                struct slice json);

/* The command for "apply this if the stored position is `from`, and move it to `to`"; argument vectors
 * are owned by the batch and live until it is cleared or built on. An empty batch just moves the position: a
 * partition without clicks must be moved on too, or the journal's start could never be deleted. gap_ms, when not 0: accept a stored
 * position below `from`, as what lies between is lost; the gap is recorded in the store as one before the first click of the
 * batch, or before gap_ms (since 1970).
 * The very first `from` of a partition is 0. now_ms, the wall clock, tells which clicks are late: their visitors are
 * sealed at once (store_seal.h). */
CHECKED int ship_batch_command(struct ship_batch *batch, uint64_t from, uint64_t to, int64_t gap_ms,
                               int64_t now_ms, int *ret_argc, const char ***ret_argv,
                               const size_t **ret_argv_sizes);

/* Reading the reply: an array of three integers (an error reply is for reply_error_read()). */
struct ship_reply {
    bool is_applied;
    uint64_t position; /* stored now */
    uint64_t failures; /* keys of a wrong type, stepped over: their counts are lost */
};
/* JALON_BAD_REPLY when they are not such an array. */
CHECKED int ship_reply_read(struct ship_reply *ret_reply, const long long *values, size_t count);
#endif
