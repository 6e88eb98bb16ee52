/* put_call.h - puts as calls of the functions in Redis, and what those answer; for store_put.c only. */
#ifndef STORE_PUT_CALL_H
#define STORE_PUT_CALL_H
#include "core/store/client.h"
#include "core/store/store.h"

/* How many of these puts, which follow each other, go in one call: at least 1. */
size_t put_call_length(const struct put *puts, size_t count);
void put_call_write(struct argument_list *command, const struct put *puts, size_t count);
/* What the call of `count` puts says of each. An error reply is everyone's. */
void put_call_answer(int *ret_outcomes, size_t count, bool is_known, const struct reply *reply);

/* What brings a store that lost the put, or never saw it, to the same state: for the redo log. */
void put_call_write_effect(struct argument_list *command, const struct put *put);
#endif
