/* classify.h - what a click is: a person's, or one of the kinds that don't count (CONTRACT: what is counted). */
#ifndef REDIRECTOR_CLASSIFY_H
#define REDIRECTOR_CLASSIFY_H
#include "redirector/exchange.h"

/* Fills the exchange's classify part for a click on link_id. A click of class human claims its place among the recent
 * ones: classify_undo() when it can't be recorded. No allocation of our own. */
void classify_click(struct exchange *exchange, uint64_t link_id, int64_t duplicate_window_ms);
void classify_undo(struct exchange *exchange, uint64_t link_id);

/* The decision before duplicates: the first that holds of preview, bot, prefetch, datacenter, human. */
void classify_decide(const struct agent *agent, bool is_prefetch, const struct place *place,
                     uint8_t *ret_class, uint8_t *ret_reason);
#endif
