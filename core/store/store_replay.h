/* store_replay.h - a redo log applied to a server that may have come back older. */
#ifndef STORE_STORE_REPLAY_H
#define STORE_STORE_REPLAY_H
#include "core/store/client.h"
#include "core/store/redo.h"

struct replay_result {
    uint64_t restored;  /* records that were older or missing */
    uint64_t conflicts; /* records of the same version with other content: left as they are */
    uint64_t refused;   /* effects that the server answered with an error */
    char damage[REDO_WHERE_MAX]; /* where the log is damaged; "" */
};

/* JALON_UNAVAILABLE, JALON_IO. JALON_NOT_FOUND: a server lacks the functions. */
CHECKED int store_replay(struct replay_result *ret_result, struct client *client, struct redo *redo,
                         struct slice run);
#endif
