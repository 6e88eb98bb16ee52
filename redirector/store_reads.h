/* store_reads.h - what a worker asks the store: links and campaigns that its resolver lacks, and all campaigns after each
 * start and reconnect. Belongs to the worker's thread. */
#ifndef REDIRECTOR_STORE_READS_H
#define REDIRECTOR_STORE_READS_H
#include "core/base/slice.h"

struct resolver;
struct store_nodes;
struct store_reads;
struct worker;

CHECKED int store_reads_new(struct store_reads **ret_reads, struct worker *worker,
                            struct store_nodes *nodes);
struct store_reads *store_reads_free(struct store_reads *reads); /* accepts NULL */
void store_reads_serve(struct store_reads *reads, struct resolver *resolver);

/* One HGET each; the answer goes to the resolver. For struct resolver_options. */
int store_reads_ask_link(void *reads, uint64_t link_id);
int store_reads_ask_campaign(void *reads, struct slice slug);

/* Reads all campaigns anew, in pieces; begins again after a loss, or when another server answers than before. */
void store_reads_all_campaigns(struct store_reads *reads);
void store_reads_reached(struct store_reads *reads); /* a part of the store is back, or elsewhere */
void store_reads_tick(struct store_reads *reads);    /* what could not be asked, once it can be */
bool store_reads_is_complete(const struct store_reads *reads); /* all campaigns were read once */
#endif
