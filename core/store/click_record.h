/* click_record.h - one click: what the journal carries, and what the raw clicks of an export are read from.
 * No address and no User-Agent is in it. Layout: top of click_record.c. */
#ifndef STORE_CLICK_RECORD_H
#define STORE_CLICK_RECORD_H
#include "core/base/buffer.h"

#define CLICK_RECORD_MAX 256
#define CLICK_SOURCE_MAX 64

struct click_record {
    uint64_t link_id, nonce, visitor; /* visitor: the daily fingerprint, 0 when unknown */
    int64_t at_ms;
    uint32_t key_id;             /* of the key that signed its id */
    uint8_t class, reason;       /* core/traffic/click_class.h */
    uint8_t device, system, app; /* core/traffic/agents.h */
    uint8_t network;             /* core/traffic/geo.h, enum network_kind */
    char country[2];             /* zeros when unknown */
    struct slice source;         /* referrer's site, at most CLICK_SOURCE_MAX */
};

/* Appends the record's bytes to `out` (a fixed buffer on the click's path: no allocation). */
void click_record_write(struct buffer *out, const struct click_record *click);
/* ret_click->source borrows from `bytes`. JALON_DAMAGED. */
CHECKED int click_record_read(struct click_record *ret_click, struct slice bytes);
#endif
