/* changes.h - what is said on the channel of changes, so that caches follow within a second. The subscription is on any node
 * of the store, and proves itself by beats that come round through it, said to each node in turn: where one
 * does not, the channel is opened anew on another node, and whatever was said meanwhile counts as unheard.
 * Belongs to the worker's thread. */
#ifndef REDIRECTOR_CHANGES_H
#define REDIRECTOR_CHANGES_H
#include "redirector/redis.h"

struct changes;
struct store_nodes;

struct changes_options {
    struct worker *worker;
    struct store_nodes *nodes; /* beats are published through it */
    void (*link_changed)(void *context, uint64_t link_id);
    void (*campaign_changed)(void *context, struct slice slug);
    void (*renewed)(
        void *context); /* from now on all is heard; what was said before may not have been */
    void *context;
};

/* To be ended after its nodes, whose answers it hears. */
CHECKED int changes_new(struct changes **ret_changes, const struct changes_options *options);
struct changes *changes_free(struct changes *changes); /* accepts NULL */
void changes_tick(struct changes *changes);

/* "link 16HEX" or "campaign SLUG"; others are for others. For changes.c and its test. */
void changes_read(const struct changes_options *options, struct slice text);
#endif
